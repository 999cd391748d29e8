"""C++ standalone code from templates of our own, and what these templates ask for."""

import itertools
import re
from collections.abc import Iterable, Mapping

import brian2

from spikenet.brian2_internals import (
    RAND_CALL,
    CPPStandaloneCodeObject,
    has_no_memory,
    own_templates,
    pathways_of,
    read_index_line,
)

_WRITTEN = re.compile(r"^\s*(_ptr\w+)\[(\w+)\] = ", re.M)
_ACCESS = re.compile(r"\b(_ptr\w+)\[(\w+)\]")
_OTHER_SIDE = {"pre": "_postsynaptic_idx", "post": "_presynaptic_idx"}


def independent_pragma(lines: Iterable[str], variables: Mapping, indices: tuple, others: tuple = ()) -> str:
    """Return a line that lets the compiler do several steps of a loop at once; empty where they are not independent.

    They are if no two of them have the same of ``indices``, and no others are written to. Functions of the user, and
    those that draw random numbers but for ``others``, may have a memory.
    """
    code = "\n".join(lines)
    written = set(_WRITTEN.findall(code))
    used = {array: {index for other, index in _ACCESS.findall(code) if other == array} for array, _ in written}
    functions = {
        name: one for name, one in variables.items() if name not in others and isinstance(one, brian2.Function)
    }
    independent = all(index in indices and used[array] == {index} for array, index in written)
    return "#pragma GCC ivdep" if independent and all(map(has_no_memory, functions.values())) else ""


def other_index(pathway) -> str:
    """Return the name of the index of the neurons that a pathway leads to."""
    return _OTHER_SIDE[pathway.prepost]


def code_of_neighbours(lines: Iterable[str], pathway) -> str:
    """Return the code of a spike for synapses of one neuron onto neighbours, whose numbers need no look-up.

    Empty where effects of one spike add up in a variable: the compiler would add them in another order.
    """
    code = "\n".join(lines)
    if not {index for _, index in _WRITTEN.findall(code)} <= {"_idx", other_index(pathway)}:
        return ""
    code = code.replace(read_index_line(pathway.synapse_sources), "_source;")
    return code.replace(read_index_line(pathway.synapse_targets), "_other + _k;")


def pathway_from_sources(owner, lines: Iterable[str]):
    """Return a pathway from the sources of synapses, if that is what code belongs to that needs their neurons."""
    if not isinstance(owner, brian2.Synapses) or "synaptic_idx" not in "\n".join(lines):
        return None
    return next((one for one in pathways_of(owner) if one.prepost == "pre"), None)


def draws_uniform_numbers(lines: Iterable[str]) -> bool:
    """Tell whether code draws random numbers from 0 to 1."""
    return RAND_CALL in "\n".join(lines)


def with_spread_numbers(lines: Iterable[str]) -> str:
    """Return code that takes the numbers of a neuron from the key of this step, others for each place in it."""
    code, places = "\n".join(lines), itertools.count()
    n_places = code.count(RAND_CALL)
    return re.sub(re.escape(RAND_CALL), lambda _: f"_uniform(_key, _idx*{n_places} + {next(places)})", code)


class FastCodeObject(CPPStandaloneCodeObject):
    """C++ standalone code with fewer look-ups for synapses and fewer random numbers in a row, for one thread."""

    templater = own_templates(
        CPPStandaloneCodeObject,
        "spikenet.engines.standalone.fast",
        code_of_neighbours,
        draws_uniform_numbers,
        with_spread_numbers,
        independent_pragma,
        other_index,
        pathway_from_sources,
    )
