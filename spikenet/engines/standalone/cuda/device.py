"""spikenet's CUDA standalone device: Brian2CUDA's, for chunks of a population whose size is known at run time.

Brian2CUDA writes the number of neurons into its sources. Here it is a number that occurs nowhere else, and where it
stands in the finished sources it is replaced by a call of the stream; in kernels by their argument ``_N``.
"""

import re
from pathlib import Path

from spikenet.brian2_internals import own_templates
from spikenet.cuda.brian2cuda_internals import (
    KERNELS_END,
    CUDAStandaloneCodeObject,
    CUDAStandaloneDevice,
    copy_headers,
    random_buffers,
)
from spikenet.engines.active_device import activate
from spikenet.engines.standalone.chunk_device import SharedCodeObjects
from spikenet.engines.standalone.merging import MergedSources, merge_cuda_sources
from spikenet.engines.standalone.sources import STREAM
from spikenet.errors import BuildError

SIZE = 99_991  # stands for the number of neurons until the sources are written; a prime, so that nothing else has it
_COPY = "CUDA_SAFE_CALL(cudaMemcpy({to}, {of}, sizeof({host}[0]) * spikenet::stream().n, cudaMemcpy{way}));"


class CudaStreamCodeObject(CUDAStandaloneCodeObject):
    """CUDA standalone code, with spikenet's templates before Brian2CUDA's."""

    templater = own_templates(CUDAStandaloneCodeObject, "spikenet.engines.standalone")


class CudaStreamDevice(SharedCodeObjects, MergedSources, CUDAStandaloneDevice):
    """CUDA standalone for chunks of a population; a `chunk_device.ChunkDevice`."""

    size, block = SIZE, 1
    merge = staticmethod(merge_cuda_sources)

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or CudaStreamCodeObject

    def copy_source_files(self, writer, directory):
        copy_headers(writer, directory)

    def seed_lines(self) -> list[str]:
        return [
            "random_number_buffer = RandomNumberBuffer();",
            "random_number_buffer.set_seed(spikenet::stream().chunk_seed());",
        ]

    def after_host_write(self, array: str) -> list[str]:
        return [_COPY.format(to=f"dev{array}", of=array, host=array, way="HostToDevice")]

    def before_host_read(self, array: str) -> list[str]:
        return [_COPY.format(to=array, of=f"dev{array}", host=array, way="DeviceToHost")]

    def after_chunk(self) -> list[str]:
        """Free random numbers drawn in advance: Brian2CUDA forgets them when its buffer is made again."""
        return [f"CUDA_SAFE_CALL(cudaFree({name})); {name} = nullptr;" for name in random_buffers(self)]

    def read_size_at_run_time(self, folder: Path) -> None:
        """Replace `SIZE` in the sources by the number of neurons of a run."""
        for path in [*folder.glob("*.cu"), *folder.glob("*.h"), *folder.glob("code_objects/*")]:
            text = path.read_text()
            if changed := _with_run_time_size(path, text):
                path.write_text(changed)


def _with_run_time_size(path: Path, text: str) -> str | None:
    """Return a source with `SIZE` replaced, or None where it does not occur."""
    number = re.compile(rf"\b({SIZE}|{SIZE + 1})\b")
    if not number.search(text):
        return None

    def by(size: str):
        return lambda found: size if found[0] == str(SIZE) else f"({size} + 1)"

    header = f'#include "{STREAM}"\n'
    if path.name == "objects.cu":
        return header + number.sub(by("spikenet::stream().capacity()"), text)
    if path.suffix != ".cu":
        raise BuildError(f"Brian2CUDA wrote the number of neurons to {path.name}, where it cannot be left open")
    kernels, start, host = text.partition(KERNELS_END)
    if not start:
        kernels, host = "", text
    return header + number.sub(by("_N"), kernels) + start + number.sub(by("spikenet::stream().n"), host)


def activate_cuda_device() -> CudaStreamDevice:
    """Make the device the active one of this process, and return it."""
    return activate("spikenet_cuda", CudaStreamDevice())
