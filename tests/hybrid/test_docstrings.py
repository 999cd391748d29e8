"""The examples in the docstrings run, and give what they show."""

import doctest
from importlib import import_module

import pytest

MODULES = (
    "embedding",
    "hybrid_network",
    *(f"conductance.{name}" for name in ("modes", "to_brian", "brian_network", "in_the_loop")),
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_show(name):
    found = doctest.testmod(import_module(f"spikenet.hybrid.{name}"))
    assert found.attempted and not found.failed
