"""The same sources for the same script in every process: Brian2 keeps some things in sets, whose order changes."""

import contextlib
import re
from collections.abc import Callable, Iterator
from itertools import groupby

_OF_CLOCKS = re.compile(r"_run_random_number_buffer\);$|, NULL\);$")


@contextlib.contextmanager
def steady_sets(owner, settings: dict, array_name: Callable) -> Iterator[None]:
    """Within it, templates find what a monitor records, and what synapses own, in the order of names.

    ``settings`` are those of the template; ``array_name`` tells the name of a variable in the sources.
    """
    if "record_variables" in settings:
        settings["record_variables"] = dict(sorted(settings["record_variables"].items()))
    registered = getattr(owner, "_registered_variables", None)  # of Synapses
    if registered is None:
        yield
        return
    owner._registered_variables = sorted(registered, key=array_name)
    try:
        yield
    finally:
        owner._registered_variables = registered


def steady_queue(queue: list, clocks: set[str]) -> list:
    """A device's queue in which what belongs to clocks stands in the order of names."""

    def clock_of(item) -> str:
        kind, arguments = item
        return arguments[0] if kind.startswith("set_by") and arguments[0] in clocks else ""

    steady = []
    for of_clock, group in groupby(queue, key=lambda item: bool(clock_of(item))):
        items = list(group)
        steady += sorted(items, key=clock_of) if of_clock else items
    return [_steady_run(item) if item[0] == "run_network" else item for item in steady]


def _steady_run(item):
    kind, (network, lines) = item
    steady = []
    for of_clock, group in groupby(lines, key=lambda line: bool(_OF_CLOCKS.search(line))):
        some = list(group)
        steady += sorted(some) if of_clock else some
    return kind, (network, steady)
