"""Parts of Brian2CUDA that its documentation does not promise, each used through one name of this module.

As in `spikenet.brian2_internals`: ``tests/test_brian2cuda_internals.py`` tests what the names assume. For 1.0b1.
"""

import contextlib
import logging
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Protocol

import brian2cuda
from brian2.utils.filetools import copy_directory
from brian2cuda.codeobject import CUDAStandaloneCodeObject as CUDAStandaloneCodeObject
from brian2cuda.device import CUDAStandaloneDevice as CUDAStandaloneDevice
from brian2cuda.utils import gputools

from spikenet.brian2_internals import StandaloneDevice

KERNELS_END = "\nvoid _run_"
"""Where a code object's file goes on to the function of the host that starts its kernels; they have ``_N`` neurons."""


class CudaDevice(StandaloneDevice, Protocol):
    """What spikenet uses of Brian2CUDA's device beyond what that shares with Brian2's own."""

    codeobjects_with_rng: dict  # by "host_api" and "device_api": code objects that draw random numbers
    all_poisson_lamdas: dict  # by code object, of those that draw Poisson numbers
    variables_on_host_only: list  # names of arrays that the card does not have


@contextlib.contextmanager
def selected_gpu(compute_capability: float | None) -> Iterator[None]:
    """Choose a GPU in Brian2CUDA's place, and forget the toolkit that it found; both as before at the end.

    Assumes the dictionaries ``_cuda_installation`` and ``_gpu_selection`` of `gputools`, with functions that reset and
    restore them. With ``-arch=all-major``, Brian2CUDA would ask for a compute capability and warn of having two.
    """
    installation, selection = dict(gputools._cuda_installation), dict(gputools._gpu_selection)
    try:
        gputools.reset_cuda_installation()
        chosen = {"selected_gpu_id": 0, "selected_gpu_compute_capability": compute_capability or 0.0}
        gputools.restore_gpu_selection({"available_gpus": None} | chosen)
        yield
    finally:
        gputools.restore_cuda_installation(installation)
        gputools.restore_gpu_selection(selection)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep Brian2CUDA from telling all its settings each time. Assumes that the logger ``brian2.brian2cuda`` does."""
    logger = logging.getLogger("brian2.brian2cuda")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def copy_headers(writer, directory) -> None:
    """Copy Brian2CUDA's own headers into a project.

    Assumes that they are in ``brianlib`` beside the package. The device looks for them beside the class of its code
    objects, which here is spikenet's.
    """
    copied = copy_directory(str(Path(brian2cuda.__file__).parent / "brianlib"), str(Path(directory, "brianlib")))
    writer.header_files.update(f"brianlib/{name}" for name in copied)


def random_buffers(device: CudaDevice) -> list[str]:
    """Return the names, in C++, of the GPU's memory for random numbers, sorted.

    Assumes that ``codeobjects_with_rng["host_api"]["per_run"]`` has code objects by kind for each run, whose numbers
    are drawn in advance into ``dev_<code object>_<kind>_allocator``, and that those of
    ``["device_api"]["every_tick"]`` draw by themselves, from ``dev_curand_states``.
    """
    runs = device.codeobjects_with_rng["host_api"]["per_run"]
    names = {f"dev_{code.name}_{kind}_allocator" for run in runs for kind in run for code in run[kind]}
    return sorted(names | ({"dev_curand_states"} if device.codeobjects_with_rng["device_api"]["every_tick"] else set()))


@contextlib.contextmanager
def written_again(device: CudaDevice) -> Iterator[None]:
    """Let a device write its sources, and later write them again with more in them.

    Assumes that writing changes these attributes of code objects, the text of ``code.cu_file``, and the device's
    ``codeobjects_with_rng`` and ``all_poisson_lamdas``: it counts and numbers calls of random numbers.
    """
    attributes = ("rng_calls", "poisson_lamdas", "needs_curand_states", "runs_every_tick")
    codes = list(device.code_objects.values())
    before = [({name: copy(getattr(code, name)) for name in attributes}, code.code.cu_file) for code in codes]
    counted = {kind: _copied(by_run) for kind, by_run in device.codeobjects_with_rng.items()}
    lamdas = _copied(device.all_poisson_lamdas)
    try:
        yield
    finally:
        for code, (values, text) in zip(codes, before, strict=True):
            vars(code).update(values)
            code.code.cu_file = text
        device.codeobjects_with_rng, device.all_poisson_lamdas = counted, lamdas


def _copied(value):
    """Return mappings and lists within each other as new ones, with the same things in them."""
    if isinstance(value, dict):
        made = copy(value)  # of the same kind
        made.update((key, _copied(one)) for key, one in value.items())
        return made
    return [_copied(one) for one in value] if isinstance(value, list) else value
