"""The examples in the docstrings run, and give what they show."""

import doctest
from importlib import import_module

import pytest

MODULES = (
    "engines.simulate",
    "engines.runtime",
    "engines.standalone.cpp.engine",
    "engines.standalone.cuda.engine",
    "engines.lookup.response",
    "engines.lookup.response_table",
    "scripts.block",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_show(name):
    found = doctest.testmod(import_module(f"spikenet.{name}"))
    assert found.attempted and not found.failed
