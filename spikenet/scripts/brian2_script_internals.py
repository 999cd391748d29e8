"""Parts of Brian2 that its documentation does not promise, used by scripts in blocks of `sn.device` only.

As `spikenet.brian2_internals`, which has the rest; ``test_brian2_script_internals.py`` tests every assumption.
"""

import contextlib
import itertools
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import brian2
import numpy as np
from brian2.core.variables import DynamicArrayVariable
from brian2.stateupdaters.GSL import GSLContainer

from spikenet.brian2_internals import (
    CONNECT_TEMPLATE,
    ArrayVariable,
    CPPStandaloneDevice,
    RuntimeDevice,
    StandaloneDevice,
)
from spikenet.engines.active_device import runtime_device

# The active device, and objects that belong to it ------------------------------------------------------------------


@contextlib.contextmanager
def standing_for(device, names: Iterable[str] = ("cpp_standalone", "cuda_standalone")) -> Iterator[None]:
    """Let a script that chooses a standalone device by its name get this one.

    Assumes that ``set_device`` looks names up in ``all_devices``.
    """
    others = {name: brian2.all_devices[name] for name in names if name in brian2.all_devices}
    brian2.all_devices.update(dict.fromkeys(names, device))
    try:
        yield
    finally:
        for name in [name for name in names if brian2.all_devices.get(name) is device]:
            del brian2.all_devices[name]
        brian2.all_devices.update(others)


def activated_by_spikenet() -> bool:
    """Tell whether a device is being made active by spikenet, not by a script.

    Assumes that ``set_device`` and ``reset_device`` are in the module ``brian2.devices.device``.
    """
    frame = sys._getframe(1)
    passed = ("brian2.devices.device", "contextlib", __name__, "spikenet.scripts.guarded")
    while frame.f_globals.get("__name__") in passed:
        frame = frame.f_back
    return frame.f_globals.get("__name__", "").startswith("spikenet.")


@contextlib.contextmanager
def other_devices_refused(error: Exception) -> Iterator[None]:
    """Raise an error where a script makes another device active; spikenet itself may.

    Assumes that ``set_device`` and ``reset_device`` call the new device's ``activate``.
    """

    def activate(*args, of, **settings):
        if not activated_by_spikenet():
            raise error
        return type(of).activate(of, *args, **settings)

    others = {one for one in brian2.all_devices.values() if "activate" not in vars(one)} - {brian2.get_device()}
    for one in others:
        one.activate = lambda *args, of=one, **settings: activate(*args, of=of, **settings)
    try:
        yield
    finally:
        for one in others:
            del one.activate


def check_networks(device, check: Callable[[brian2.Network], None]) -> None:
    """Call a function before each run of a network while a device in process is active.

    Assumes that ``Network.run`` asks the active device for ``network_run``, and is ``original_function`` without that.
    """
    plain = getattr(brian2.Network.run, "original_function", None)  # None where somebody has replaced it

    def network_run(net, duration, *args, level=0, **settings):
        check(net)
        return plain(net, duration, *args, level=level + 1, **settings)

    if plain and isinstance(device, RuntimeDevice):
        device.network_run = network_run


def preference_as_it_comes(name: str) -> bool:
    """Tell whether nobody has changed a preference. Assumes ``pref_register``, which has their defaults."""
    section, _, short = name.rpartition(".")
    preferences, _ = brian2.prefs.pref_register[section]
    return brian2.prefs[name] == preferences[short].default


def is_magic(net: brian2.Network) -> bool:
    """Tell whether a network is that of ``run()``, which collects objects itself."""
    return net is brian2.magic_network


def objects_in_scope() -> set[brian2.BrianObject]:
    """Return all objects that the script has made and still has.

    Assumes ``__instances__()``, a set of weak references, and ``_scope_key``.
    """
    every = {reference() for reference in brian2.BrianObject.__instances__()} - {None}
    return {one for one in every if one._scope_key == brian2.BrianObject._scope_current_key}


def place_of(error: brian2.BrianObjectException) -> str:
    """Return where the object of an error was made: file and line. Assumes the form of the message."""
    found = re.search(r"File '(.*)', line (\d+)", str(error))
    return f"{found[1]}, line {found[2]}" if found else ""


# Values ------------------------------------------------------------------------------------------------------------

CREATE_SYNAPSES_TEMPLATES = (CONNECT_TEMPLATE, "synapses_create_array")
"""The templates of code that makes synapses."""


def owner_of(variable):
    """Return the object that a variable belongs to; None if it is gone. Assumes that ``owner`` is a weak proxy."""
    with contextlib.suppress(ReferenceError, AttributeError):
        return variable.owner if variable.owner.name else None
    return None


def full_name(variable) -> str:
    """Return the name of a variable with that of its owner, such as ``cells.v``."""
    return f"{getattr(owner_of(variable), 'name', 'a group')}.{variable.name}"


def name_owners_that_are_gone(variables: Iterable) -> None:
    """Let sources be written although a script has let go of an object. Assumes that they need ``owner.name`` only."""
    for variable in variables:
        if owner_of(variable) is None and variable.owner is not None:
            variable.owner = SimpleNamespace(name="gone")


def values_of_synapses(synapses) -> list[ArrayVariable]:
    """Return the arrays that grow with synapses, but for the indices of neurons.

    Assumes ``_registered_variables``, and that Brian2 itself knows of ``_synaptic_pre`` and ``_synaptic_post``.
    """
    return [one for one in synapses._registered_variables if not one.name.startswith("_synaptic_")]


def pathways(synapses: Iterable[brian2.Synapses], net: brian2.Network) -> list[str]:
    """Return the names of the pathways of those synapses that are in a network. Assumes ``_pathways``."""
    return sorted(path.name for one in synapses if one in net.sorted_objects for path in one._pathways)


_OF_GENERATORS = ("_previous_dt", "_spikes_changed")


def attributes_of_generators(net: brian2.Network) -> dict:
    """Return what a SpikeGeneratorGroup knows of its own arrays, by names. Assumes these two attributes."""
    objects = [one for one in net.sorted_objects if isinstance(one, brian2.SpikeGeneratorGroup)]
    return {(one.name, name): getattr(one, name) for one in objects for name in _OF_GENERATORS}


def put_attributes(net: brian2.Network, attributes: Mapping) -> None:
    """Put them back."""
    by_name = {one.name: one for one in net.sorted_objects}
    for (owner, name), value in attributes.items():
        setattr(by_name[owner], name, value)


def put_time(net: brian2.Network, seconds: float) -> None:
    """Set the time of a network. Assumes that ``t_`` is what it goes on from."""
    net.t_ = seconds


def only_checks_indices() -> bool:
    """Tell whether a value is read to check indices of a StateMonitor, which Brian2 skips where it is not known.

    Assumes that ``StateMonitor.__init__`` reads the length of what it records for that, unless it records all.
    """
    frame = sys._getframe(1)
    while frame and frame.f_code is not brian2.StateMonitor.__init__.__code__:
        frame = frame.f_back
    return frame is not None and not getattr(frame.f_locals["self"], "record_all", True)


@contextlib.contextmanager
def evaluated_in_process() -> Iterator[None]:
    """Evaluate expressions by the device in process, with values of another one.

    Assumes that code in process asks its own device for arrays.
    """
    with runtime_device():
        runtime, plain = brian2.get_device(), brian2.get_device().get_value

        def get_value(variable, access_data=True):
            return plain(variable, access_data) if variable.device is runtime else variable.device.get_value(variable)

        runtime.get_value = get_value
        try:
            yield
        finally:
            del runtime.get_value


# A program and its results -----------------------------------------------------------------------------------------


def put_results(device: StandaloneDevice, results: Path, given: Iterable[str]) -> None:
    """Let a device read its results from a folder; ``given`` are names of variables whose values it was started with.

    Assumes ``results_dir``, a text that ends in a slash, and ``last_run_info.txt``, of which the device remembers two
    numbers.
    """
    device.results_dir, device.has_been_run = f"{results}/", True
    given = set(given)
    device.array_cache.update((one, None) for one in list(device.array_cache) if full_name(one) in given)
    for clock in device.clocks:  # a program may have stopped before its time
        device.array_cache[clock.variables["t"]] = None
    with contextlib.suppress(FileNotFoundError):
        device._last_run_time, device._last_run_completed_fraction = map(
            float, (results / "last_run_info.txt").read_text().split()
        )


def warn_of_values_that_are_not_finite(device: StandaloneDevice) -> None:
    """Log Brian2's warnings of states that have diverged. Assumes ``_check_for_invalid_states`` of groups."""
    owners = {owner.name: owner for variable in device.arrays if (owner := owner_of(variable)) is not None}
    for owner in owners.values():
        if isinstance(owner, brian2.Group):
            with np.errstate(over="ignore"):  # in single precision, Brian2's bound of 1e50 is infinite
                owner._check_for_invalid_states()


def put_profile(networks: Iterable[brian2.Network], results: Path) -> None:
    """Give networks the times that a program has measured. Assumes ``profiling_info.txt``, and ``_profiling_info``."""
    with contextlib.suppress(FileNotFoundError):
        lines = [line.split() for line in (results / "profiling_info.txt").read_text().splitlines()]
        for net in networks:
            net._profiling_info = [(name, float(seconds) * brian2.second) for name, seconds in lines]


@contextlib.contextmanager
def gsl_allowed(device: StandaloneDevice) -> Iterator[None]:
    """Let a device of ours use GSL integrators as Brian2's own does.

    Assumes that ``GSLContainer.get_codeobj_class`` adds libraries and headers to a device that is a
    ``CPPStandaloneDevice`` and of no class below it.
    """
    plain, own = GSLContainer.get_codeobj_class, type(device)

    def get_codeobj_class(container):
        device.__class__ = CPPStandaloneDevice
        try:
            return plain(container)
        finally:
            device.__class__ = own

    GSLContainer.get_codeobj_class = get_codeobj_class
    try:
        yield
    finally:
        GSLContainer.get_codeobj_class = plain


# Sources in the same order each time -------------------------------------------------------------------------------


@contextlib.contextmanager
def sets_in_order(owner, settings: dict, array_name: Callable) -> Iterator[None]:
    """Let templates find what a monitor records, and what synapses own, in the order of names.

    Assumes ``record_variables`` among the ``settings`` of the template of a monitor, and the set
    ``_registered_variables`` of synapses; ``array_name`` gives the name of a variable in C++.
    """
    if "record_variables" in settings:
        settings["record_variables"] = dict(sorted(settings["record_variables"].items()))
    registered = getattr(owner, "_registered_variables", None)
    if registered is None:
        yield
        return
    owner._registered_variables = sorted(registered, key=array_name)
    try:
        yield
    finally:
        owner._registered_variables = registered


def records_in_order(owner, code):
    """Return abstract code that records variables in the order of their names.

    Assumes that all of the code of a StateMonitor is lines such as ``_to_record_v = _source_v``; ``variables=True``
    keeps them in a set.
    """
    if not isinstance(owner, brian2.StateMonitor):
        return code
    if isinstance(code, dict):
        return {block: records_in_order(owner, lines) for block, lines in code.items()}
    return "\n".join(sorted(code.splitlines()))


CLOCK_VARIABLES = ("t", "timestep", "dt")
"""The variables of a clock."""


def recorded_events(device: StandaloneDevice) -> dict[str, dict[str, tuple[str, np.dtype]]]:
    """Return the recorded arrays of each spike or event monitor: file and type, by name.

    Assumes that they are in ``dynamic_arrays``, ``i`` and ``t`` among them, and that the owner of a variable is a weak
    reference, which is dead for a subgroup that is gone.
    """
    found: dict[str, dict] = {}
    for variable in device.dynamic_arrays:
        with contextlib.suppress(ReferenceError):
            if isinstance(variable.owner, brian2.EventMonitor) and isinstance(variable, DynamicArrayVariable):
                columns = found.setdefault(variable.owner.name, {})
                columns[variable.name] = (device.get_array_filename(variable), variable.dtype)
    return {name: columns for name, columns in found.items() if {"i", "t"} <= set(columns)}


_LINES_OF_CLOCKS = re.compile(r"_run_random_number_buffer\);$|, NULL\);$")


def sort_main_queue(device: StandaloneDevice) -> None:
    """Put what belongs to clocks into the order of names: Brian2 keeps clocks in sets.

    Assumes items ``(kind, arguments)``: ``set_by_...`` items, whose first argument is the name of an array, and
    ``run_network`` items, whose second one is lines of C++, of which those that end in ``, NULL);`` belong to clocks.
    """
    arrays = {device.get_array_name(clock.variables[name]) for clock in device.clocks for name in CLOCK_VARIABLES}

    def clock_of(item) -> str:
        kind, arguments = item
        return arguments[0] if kind.startswith("set_by") and arguments[0] in arrays else ""

    queue = _with_sorted_runs(device.main_queue, lambda item: bool(clock_of(item)), clock_of)
    for place, (kind, arguments) in enumerate(queue):
        if kind == "run_network":
            network, lines = arguments
            lines = _with_sorted_runs(lines, lambda line: bool(_LINES_OF_CLOCKS.search(line)), str)
            queue[place] = (kind, (network, lines))
    device.main_queue[:] = queue


def _with_sorted_runs(items: Iterable, chosen: Callable, key: Callable) -> list:
    """Return the items, neighbours that are chosen sorted by a key."""
    groups = ((here, list(group)) for here, group in itertools.groupby(items, key=chosen))
    return [item for here, group in groups for item in (sorted(group, key=key) if here else group)]
