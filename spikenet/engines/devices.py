"""spikenet's C++ standalone device, and the only calls of ``set_device`` in the project.

Brian2's own device runs one population of a size fixed at compile time and forgets it. This one generates a program
that runs chunk after chunk of neurons from files, in blocks that fit the cache; the number of neurons, their drives
and their parameters are given when it is started. It lives in a process of its own (`standalone.cpp.generate`).
"""

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
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import RuntimeDevice, all_devices, get_device, previous_devices, reset_device

from spikenet.engines.standalone.blocks import BLOCK
from spikenet.engines.standalone.merging import Merged, merge_sources

_scopes = itertools.count(1_000_000, 1000)  # keys of Brian2's magic, out of the way of its own, which count from 0
_NOISE = re.compile(r"xi\w* = dt\*\*\.5 \* randn\(\)")  # what Brian2 writes for a noise term
_OWN_CLOCK = re.compile(r"_clock(_\d+)?$")  # the name of one that Brian2 made for an object


class StreamCodeObject(CPPStandaloneCodeObject):
    """C++ standalone code, with spikenet's templates before Brian2's."""

    templater = CPPStandaloneCodeObject.templater.derive("spikenet.engines.standalone")


class _RuntimeSize:
    """A writer that lets generated code read the number of neurons from the stream instead of a constant."""

    def __init__(self, writer, n: int):
        self._writer, self._constant = writer, f"const int64_t N = {n};"

    def write(self, name: str, text: str) -> None:
        self._writer.write(name, text.replace(self._constant, "const int64_t N = spikenet::stream().n;"))


class SharedCode:
    """For a standalone device: settling and recording are two runs of the same code, and it is compiled once."""

    _CHANCE = re.compile(r"\b(randn?|poisson|binomial\w*)\b")  # Brian2CUDA counts the numbers that are drawn by run

    def code_object(self, owner, name, abstract_code, variables, template_name, *others, **settings):
        abstract_code = steady_noise(abstract_code)
        code = str(abstract_code)
        made = self.__dict__.setdefault("_made", {})
        key = (name, template_name, code)
        if key not in made or self._CHANCE.search(code):
            made[key] = super().code_object(owner, name, abstract_code, variables, template_name, *others, **settings)
        return made[key]


def steady_noise(code):
    """Abstract code, one or a mapping of blocks, whose noise terms are drawn in the order of their names.

    Brian2 keeps them in a set: in another process, the same seed would give each the numbers of another.
    """
    if isinstance(code, dict):
        return {block: steady_noise(lines) for block, lines in code.items()}
    lines = (code or "").splitlines()
    drawn = iter(sorted(line for line in lines if _NOISE.fullmatch(line)))
    return "\n".join(next(drawn) if _NOISE.fullmatch(line) else line for line in lines)


class StreamDevice(SharedCode, Merged, CPPStandaloneDevice):
    """C++ standalone for chunks of a population; a `sources.ChunkDevice` for chunks up to ``size``."""

    size, block = 0, BLOCK
    merge = staticmethod(merge_sources)

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or StreamCodeObject

    def generate_codeobj_source(self, writer):
        super().generate_codeobj_source(_RuntimeSize(writer, self.size))

    def seeding(self) -> list[str]:
        return ["_random_generators[0].seed(spikenet::stream().seed + 1000003ul*spikenet::stream().chunk_index());"]

    def given(self, array: str) -> list[str]:
        return []

    def wanted(self, array: str) -> list[str]:
        return []

    def cleared(self) -> list[str]:
        return []


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


def activate_stream_device(capacity: int) -> StreamDevice:
    """Make the stream device the active one of this process and hand it out."""
    device = activate("spikenet_stream", StreamDevice())
    device.size = capacity
    return device


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
