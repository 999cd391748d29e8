"""spikenet's C++ standalone device: Brian2's, for chunks of a population whose size is known at run time.

Brian2's own device runs one population of a size that is fixed at compile time. This one generates a program that runs
chunk after chunk of neurons from files, in blocks that fit the cache; the number of neurons, their drives and their
parameters are given when it is started. It lives in a process of its own (`standalone.cpp.generate`).
"""

from spikenet.brian2_internals import CPPStandaloneCodeObject, CPPStandaloneDevice, neuron_count_line, own_templates
from spikenet.engines.active_device import activate
from spikenet.engines.standalone.blocks import BLOCK
from spikenet.engines.standalone.chunk_device import SharedCodeObjects
from spikenet.engines.standalone.merging import MergedSources, merge_sources


class CppStreamCodeObject(CPPStandaloneCodeObject):
    """C++ standalone code, with spikenet's templates before Brian2's."""

    templater = own_templates(CPPStandaloneCodeObject, "spikenet.engines.standalone")


class _RuntimeSize:
    """A writer of code that reads the number of neurons when it runs, in place of a constant."""

    def __init__(self, writer, n: int):
        self._writer, self._constant = writer, neuron_count_line(n)

    def write(self, name: str, text: str) -> None:
        self._writer.write(name, text.replace(self._constant, neuron_count_line("spikenet::stream().n")))


class CppStreamDevice(SharedCodeObjects, MergedSources, CPPStandaloneDevice):
    """C++ standalone for chunks of up to ``size`` neurons; a `chunk_device.ChunkDevice`."""

    size, block = 0, BLOCK
    merge = staticmethod(merge_sources)

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or CppStreamCodeObject

    def generate_codeobj_source(self, writer):
        super().generate_codeobj_source(_RuntimeSize(writer, self.size))

    def seed_lines(self) -> list[str]:
        return ["_random_generators[0].seed(spikenet::stream().chunk_seed());"]

    def after_host_write(self, array: str) -> list[str]:
        return []

    def before_host_read(self, array: str) -> list[str]:
        return []

    def after_chunk(self) -> list[str]:
        return []


def activate_cpp_device(capacity: int) -> CppStreamDevice:
    """Make the device the active one of this process, for chunks of up to ``capacity`` neurons, and return it."""
    device = activate("spikenet_stream", CppStreamDevice())
    device.size = capacity
    return device
