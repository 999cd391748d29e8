"""spikenet's CUDA standalone device: Brian2CUDA's, for chunks of a population whose size is known at run time.

Brian2CUDA compiles the number of neurons in. Here it is one that occurs nowhere else, and its places in the finished
sources ask the stream instead. Kernels are told the number by their argument ``_N``.
"""

import re
from pathlib import Path

from spikenet.brian2_internals import own_templates
from spikenet.brian2cuda_internals import (
    KERNELS_END,
    CUDAStandaloneCodeObject,
    CUDAStandaloneDevice,
    copy_headers,
    random_buffers,
)
from spikenet.engines.active_device import activate
from spikenet.engines.standalone.chunk_device import SharedCode
from spikenet.engines.standalone.merging import Merged, merge_cuda_sources
from spikenet.engines.standalone.sources import STREAM
from spikenet.errors import BuildError

SIZE = 99_991  # stands for the number of neurons until the sources are written; a prime, to be nobody's constant
_COPY = "CUDA_SAFE_CALL(cudaMemcpy({to}, {of}, sizeof({host}[0]) * spikenet::stream().n, cudaMemcpy{way}));"


class CudaStreamCodeObject(CUDAStandaloneCodeObject):
    """CUDA standalone code, with spikenet's templates before Brian2CUDA's."""

    templater = own_templates(CUDAStandaloneCodeObject, "spikenet.engines.standalone")


class CudaStreamDevice(SharedCode, Merged, CUDAStandaloneDevice):
    """CUDA standalone for chunks of a population; a `chunk_device.ChunkDevice`."""

    size, block = SIZE, 1
    merge = staticmethod(merge_cuda_sources)

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or CudaStreamCodeObject

    def copy_source_files(self, writer, directory):
        copy_headers(writer, directory)

    def seeding(self) -> list[str]:
        return [
            "random_number_buffer = RandomNumberBuffer();",
            "random_number_buffer.set_seed(spikenet::stream().seed + 1000003ull*spikenet::stream().chunk_index());",
        ]

    def given(self, array: str) -> list[str]:
        return [_COPY.format(to=f"dev{array}", of=array, host=array, way="HostToDevice")]

    def wanted(self, array: str) -> list[str]:
        return [_COPY.format(to=array, of=f"dev{array}", host=array, way="DeviceToHost")]

    def cleared(self) -> list[str]:
        """Numbers drawn in advance: Brian2CUDA's buffer forgets them when it is made anew."""
        return [f"CUDA_SAFE_CALL(cudaFree({name})); {name} = nullptr;" for name in random_buffers(self)]

    def let_the_stream_tell_the_size(self, folder: Path) -> None:
        """Put the number of neurons of this run in the place of the number that was compiled in."""
        for path in [*folder.glob("*.cu"), *folder.glob("*.h"), *folder.glob("code_objects/*")]:
            text = path.read_text()
            if changed := _sized(path, text):
                path.write_text(changed)


def _sized(path: Path, text: str) -> str | None:
    """A source with its size left open, or None where it has none."""
    number = re.compile(rf"\b({SIZE}|{SIZE + 1})\b")
    if not number.search(text):
        return None

    def asked(size: str):
        return lambda found: size if found[0] == str(SIZE) else f"({size} + 1)"

    whole = f'#include "{STREAM}"\n'
    if path.name == "objects.cu":
        return whole + number.sub(asked("spikenet::stream().capacity()"), text)
    if path.suffix != ".cu":
        raise BuildError(f"Brian2CUDA wrote the number of neurons to {path.name}, where it cannot be left open")
    kernels, start, host = text.partition(KERNELS_END)
    if not start:
        kernels, host = "", text
    return whole + number.sub(asked("_N"), kernels) + start + number.sub(asked("spikenet::stream().n"), host)


def activate_cuda_device() -> CudaStreamDevice:
    """Make the CUDA device the active one of this process and hand it out."""
    return activate("spikenet_cuda", CudaStreamDevice())
