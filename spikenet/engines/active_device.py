"""Which Brian2 device is active: the only calls of ``set_device`` in the package."""

import contextlib
import itertools
import re
from collections.abc import Iterator

import brian2
import numpy as np
from brian2.codegen.codeobject import CodeObject
from brian2.core.base import BrianObject
from brian2.core.clocks import Clock
from brian2.core.names import Nameable
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import RuntimeDevice, all_devices, get_device, previous_devices, reset_device

_scopes = itertools.count(1_000_000, 1000)  # keys of Brian2's magic, out of the way of its own, which count from 0
_NOISE = re.compile(r"xi\w* = dt\*\*\.5 \* randn\(\)")  # what Brian2 writes for a noise term
_OWN_CLOCK = re.compile(r"_clock(_\d+)?$")  # the name of one that Brian2 made for an object


def steady_noise(code):
    """Abstract code, one or a mapping of blocks, whose noise terms are drawn in the order of their names.

    Brian2 keeps them in a set: in another process, the same seed would give each the numbers of another.
    """
    if isinstance(code, dict):
        return {block: steady_noise(lines) for block, lines in code.items()}
    lines = (code or "").splitlines()
    drawn = iter(sorted(line for line in lines if _NOISE.fullmatch(line)))
    return "\n".join(next(drawn) if _NOISE.fullmatch(line) else line for line in lines)


def activate[D: CPPStandaloneDevice](name: str, device: D) -> D:
    """Make a standalone device the active one of this process and hand it out."""
    all_devices[name] = device
    brian2.set_device(name, build_on_run=False)
    return device


@contextlib.contextmanager
def standalone_device(device: CPPStandaloneDevice) -> Iterator[None]:
    """Within it a standalone device is the active one, and Brian2 knows only of objects made within it: its magic, and
    when it names new ones, so that the same script gives the same names, and the same sources, each time.

    Afterwards the device before is active, with its clock and its objects, whatever was made of devices meanwhile.
    """
    outer, dt = get_device(), brian2.defaultclock.dt
    stack = [*previous_devices, (outer, outer.build_on_run, outer.build_options)]
    scope, BrianObject._scope_current_key = BrianObject._scope_current_key, next(_scopes)
    names = Nameable.__instances__()
    hidden = {reference for reference in names if _names_its_own(reference())}
    names.difference_update(hidden)
    activate("spikenet_script", device)
    try:
        yield
    finally:
        names.update(reference for reference in hidden if reference() is not None)
        previous_devices[:] = stack
        reset_device()
        brian2.defaultclock.dt = dt
        BrianObject._scope_current_key = scope
        all_devices.pop("spikenet_script", None)


def _names_its_own(thing) -> bool:
    """Whether something is of no use with another device, so that its name may be given again there."""
    of_object = isinstance(thing, Clock) and _OWN_CLOCK.search(thing.name)
    return bool(of_object) or isinstance(thing, BrianObject | CodeObject)


@contextlib.contextmanager
def _steady(device: RuntimeDevice) -> Iterator[None]:
    """Within it a device draws the same noise in every process.

    It stays the device that it is: what is made within must run outside, too, and Brian2 looks for it there.
    """
    outer, plain = vars(device).get("code_object"), device.code_object

    def code_object(owner, name, abstract_code, *others, **settings):
        return plain(owner, name, steady_noise(abstract_code), *others, **settings)

    device.code_object = code_object
    try:
        yield
    finally:
        del device.code_object
        if outer:
            device.code_object = outer


class runtime_device:  # noqa: N801 (a context manager, used like a function)
    """Within it Brian2 runs in process, in float64; device, precision and chance of the user's come back afterwards."""

    def __enter__(self):
        self._other = not isinstance(get_device(), RuntimeDevice)
        if self._other:
            brian2.set_device("runtime")
        self._steady = _steady(get_device())
        self._steady.__enter__()
        self._chance = get_device().get_random_state()
        self._precision = brian2.prefs.core.default_float_dtype
        brian2.prefs.core.default_float_dtype = np.float64

    def __exit__(self, *_):
        brian2.prefs.core.default_float_dtype = self._precision
        get_device().set_random_state(self._chance)
        self._steady.__exit__(None, None, None)
        if self._other:
            reset_device()
