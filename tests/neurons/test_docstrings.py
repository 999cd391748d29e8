"""The examples in the docstrings run, and give what they show."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["model", "equations.sensitivity", "equations.update"])
def test_examples_give_what_they_show(name):
    found = doctest.testmod(import_module(f"spikenet.neurons.{name}"))
    assert found.attempted and not found.failed
