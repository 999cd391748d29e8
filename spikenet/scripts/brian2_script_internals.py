"""Parts of Brian2 that its documentation does not promise, used where scripts read and restore values.

As `spikenet.brian2_internals`, which has the rest; ``test_brian2_script_internals.py`` tests every assumption.
"""

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import SimpleNamespace

import brian2

from spikenet.brian2_internals import CONNECT_TEMPLATE, ArrayVariable
from spikenet.engines.active_device import runtime_device


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


CREATE_SYNAPSES_TEMPLATES = (CONNECT_TEMPLATE, "synapses_create_array")
"""The templates of code that makes synapses."""


def owner_of(variable):
    """Return the object that a variable belongs to; None if it is gone. Assumes that ``owner`` is a weak proxy."""
    with contextlib.suppress(ReferenceError, AttributeError):
        return variable.owner if variable.owner.name else None
    return None


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
