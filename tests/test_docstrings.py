"""Every public object says what it is and what it takes, and the examples in docstrings give what they show."""

import doctest
import inspect
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

import spikenet as sn

ROOMS = "data decode encode engines errors hybrid layers neurons recording scripts synapses train units".split()
MADE_BY_A_FUNCTION = {"scripts.Script"}  # never called by users, who need not know its parameters
KERAS = {"build", "call", "compute_output_shape", "from_config", "get_config"}  # documented by Keras
# Examples that compile for seconds; `simulate` has one for every day.
SLOW = {"Simulation", "engines.Cpp", "engines.Response", "scripts.Script.run", "scripts.device", "stream"}


def public_objects() -> dict[str, object]:
    """Functions and classes of `sn` and of the rooms, by dotted name; once each."""
    found = {}
    for room in ROOMS:
        module = import_module(f"spikenet.{room}")
        own = [name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__]
        for name in getattr(module, "__all__", own):
            found[f"{room}.{name}"] = getattr(module, name)
    for name in sn.__all__:
        if not any(getattr(sn, name) is one for one in found.values()):
            found[name] = getattr(sn, name)
    return {
        name: one
        for name, one in found.items()
        if not name.rpartition(".")[2].startswith("_") and (inspect.isclass(one) or inspect.isfunction(one))
    }


PUBLIC = public_objects()
every_object = pytest.mark.parametrize("name", PUBLIC)


def members(one: object) -> Iterator[tuple[str, object]]:
    """Public methods and properties of a class, with those that it inherits from classes of spikenet."""
    if not inspect.isclass(one):
        return
    for owner in one.__mro__:
        for name, value in vars(owner).items() if owner.__module__.startswith("spikenet.") else ():
            function = getattr(value, "__func__", value)
            if not name.startswith("_") and (inspect.isfunction(function) or isinstance(function, property)):
                yield name, function


def parameters(function: object) -> list[str]:
    """Names of the parameters of a function or of a class, less self and the settings that are handed on."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a class without a signature
        return []
    return [
        one.name
        for one in found
        if one.name not in ("self", "cls") and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
    ]


def described(text: str) -> set[str]:
    """Names in the sections for parameters and attributes of a docstring."""
    sections = re.findall(r"^(?:Parameters|Attributes)\n-+\n(.*?)(?=^\S+[^\n]*\n---|\Z)", text, re.M | re.S)
    heads = [line.partition(" : ")[0] for section in sections for line in section.splitlines() if re.match(r"\S", line)]
    return {name.strip("* ") for head in heads for name in head.split(",")}


def first_line(one: object) -> str:
    return (inspect.getdoc(one) or "").partition("\n")[0]


@every_object
def test_a_docstring_begins_with_what_it_does_or_is(name):
    """In the imperative or as a noun phrase; the rest of a sentence would leave it open."""
    lines = {name: first_line(PUBLIC[name])}
    lines |= {f"{name}.{one}": first_line(value) for one, value in members(PUBLIC[name]) if one not in KERAS}
    assert not {one: line for one, line in lines.items() if not re.match(r"(?!What|Whether|How )\S.*[.:]$", line)}


@every_object
def test_a_docstring_describes_every_parameter(name):
    """In a section of its own, or by naming the function that has the same ones; errors and protocols have none."""
    one = PUBLIC[name]
    if getattr(one, "_is_protocol", False) or (inspect.isclass(one) and issubclass(one, BaseException)):
        return
    known = described(inspect.getdoc(one))
    if same := re.search(r"^Parameters .* those of `(\w+)`", inspect.getdoc(one), re.M):
        known |= described(inspect.getdoc(PUBLIC[same[1]]))
    assert name in MADE_BY_A_FUNCTION or not set(parameters(one)) - known


def examples() -> list:
    """One case for each docstring with an example."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    cases = []
    for name, one in PUBLIC.items():
        for test in finder.find(one, name, module=False, globs={}):
            if test.examples:
                cases.append(pytest.param(test, id=test.name, marks=pytest.mark.slow if test.name in SLOW else ()))
    return cases


@pytest.mark.parametrize("test", examples())
def test_an_example_gives_what_it_shows(test, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = []
    failures, _ = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=told.append)
    assert not failures, "".join(told)
