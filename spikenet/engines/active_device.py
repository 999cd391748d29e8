"""Which Brian2 device is active: the only calls of ``set_device`` in the package."""

import contextlib
import threading
from collections.abc import Iterator

import brian2
import numpy as np

from spikenet.brian2_internals import (
    CPPStandaloneDevice,
    RuntimeDevice,
    noise_in_order,
    random_state_as_before,
    register_device,
    reset_device,
    restored_device,
    separate_objects,
)

_SCRIPT = "spikenet_script"
_one_thread = threading.RLock()  # device, precision, chance and clocks of Brian2 are one for the whole process


def activate[D: CPPStandaloneDevice](name: str, device: D) -> D:
    """Make a standalone device the active one of this process, and return it."""
    register_device(name, device)
    brian2.set_device(name, build_on_run=False)
    return device


@contextlib.contextmanager
def standalone_device(device: CPPStandaloneDevice) -> Iterator[None]:
    """Make a standalone device the active one within the context.

    Brian2 knows only of objects made within it: its magic, and when it names new ones, so that the same script gives
    the same names, and the same sources, each time. Afterwards the device of before is active, with its clock and its
    objects, whatever was made of devices meanwhile.
    """
    with restored_device(_SCRIPT), separate_objects():
        activate(_SCRIPT, device)
        yield


@contextlib.contextmanager
def runtime_device() -> Iterator[None]:
    """Run Brian2 in process, in float64, within the context; then give the user's device, precision and chance back.

    One thread at a time: others wait.
    """
    with _one_thread:
        other = not isinstance(brian2.get_device(), RuntimeDevice)
        if other:
            brian2.set_device("runtime")
        precision = brian2.prefs.core.default_float_dtype
        brian2.prefs.core.default_float_dtype = np.float64
        try:
            with noise_in_order(brian2.get_device()), random_state_as_before():
                yield
        finally:
            brian2.prefs.core.default_float_dtype = precision
            if other:
                reset_device()
