"""spikenet's C++ standalone device, and the only calls of ``set_device`` in the project.

Brian2's own device runs one population of a size fixed at compile time and forgets it. This one generates a program
that runs chunk after chunk of neurons from files, in blocks that fit the cache; the number of neurons, their drives
and their parameters are given when it is started. It lives in a process of its own (`spikenet.engine.generate`).
"""

from pathlib import Path

import brian2
import numpy as np
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import RuntimeDevice, all_devices, get_device, reset_device

from spikenet.engine.merging import merge_sources

TEMPLATES = Path(__file__).parent / "templates"


class StreamCodeObject(CPPStandaloneCodeObject):
    """C++ standalone code, with spikenet's templates before Brian2's."""

    templater = CPPStandaloneCodeObject.templater.derive("spikenet.engine")


class _RuntimeSize:
    """A writer that lets generated code read the number of neurons from the stream instead of a constant."""

    def __init__(self, writer, n: int):
        self._writer, self._constant = writer, f"const int64_t N = {n};"

    def write(self, name: str, text: str) -> None:
        self._writer.write(name, text.replace(self._constant, "const int64_t N = spikenet::stream().n;"))


class StreamDevice(CPPStandaloneDevice):
    """C++ standalone for chunks of a population whose size is known at run time. ``capacity`` is the largest chunk."""

    capacity = 0

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or StreamCodeObject

    def generate_codeobj_source(self, writer):
        super().generate_codeobj_source(_RuntimeSize(writer, self.capacity))

    def generate_makefile(self, writer, *settings, **more):
        writer.source_files = merge_sources(Path(writer.project_dir), writer.source_files)
        super().generate_makefile(writer, *settings, **more)


def activate_stream_device(capacity: int) -> StreamDevice:
    """Make the stream device the active one of this process and hand it out."""
    device = all_devices["spikenet_stream"] = StreamDevice()
    device.capacity = capacity
    brian2.set_device("spikenet_stream", build_on_run=False)
    return device


class runtime_device:  # noqa: N801 (a context manager, used like a function)
    """Within it Brian2 runs in process, in float64; device, precision and chance of the user's come back afterwards."""

    def __enter__(self):
        self._other = not isinstance(get_device(), RuntimeDevice)
        if self._other:
            brian2.set_device("runtime")
        self._chance = get_device().get_random_state()
        self._precision = brian2.prefs.core.default_float_dtype
        brian2.prefs.core.default_float_dtype = np.float64

    def __exit__(self, *_):
        brian2.prefs.core.default_float_dtype = self._precision
        get_device().set_random_state(self._chance)
        if self._other:
            reset_device()
