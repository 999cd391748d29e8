"""Preferences of Brian2 and Brian2CUDA 1.0b1 with which their projects compile with a toolchain.

What goes wrong without them: Brian2CUDA's makefile and Brian2's compiler flags ask for C++11, and CUDA 13 needs C++17;
from CUDA 13.2 on other headers do not include Thrust's pairs any more; NVIDIA's wheels have no ``libcurand.so`` and no
``lib64``; ``-use_fast_math`` changes results; the search for a GPU fails where there is none.
"""

import contextlib
import hashlib
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import brian2
import numpy as np

from spikenet.cuda.gpu import NEWEST, check_capability
from spikenet.cuda.toolchain import Toolchain
from spikenet.errors import ToolchainError
from spikenet.machine import cache_folder, usable_cores
from spikenet.validate import check_precision

_BACKEND = "devices.cuda_standalone.cuda_backend"
_ANY_PLACE = "/usr/local/cuda"  # where only sources are written
_HOST = ("-w", "-O3", "-ffast-math", "-fno-finite-math-only", "-std=c++17")


def brian2_preferences(
    toolchain: Toolchain | None, precision: str = "float64", compute_capability: float | None = None
) -> dict[str, object]:
    """Return Brian2's preferences for a CUDA project, by name. Brian2CUDA need not be loaded.

    Without ``toolchain`` only sources can be generated. A program for the ``compute_capability`` None runs on all GPUs
    (``-arch=all-major``, which takes three times as long to compile); for a number such as 9.0, on those alone.

    Raises
    ------
    InvalidValueError
        For an unknown precision, and for a compute capability that the toolchain does not have.
    """
    check_precision(precision)
    version = toolchain.version if toolchain else NEWEST
    if toolchain:
        _quoted(toolchain.root)
    check_capability(version, compute_capability)
    return {
        "core.default_float_dtype": np.dtype(precision).type,
        "devices.cuda_standalone.default_functions_integral_convertion": np.dtype(precision).type,
        "codegen.cpp.extra_compile_args_gcc": list(_HOST),
        "codegen.cpp.extra_link_args": _link_arguments(toolchain),
        "devices.cpp_standalone.extra_make_args_unix": [f"-j{usable_cores()}"],  # rules nvcc, too
        "devices.cpp_standalone.openmp_threads": 0,
        f"{_BACKEND}.detect_gpus": False,
        f"{_BACKEND}.detect_cuda": False,
        f"{_BACKEND}.gpu_id": 0,
        f"{_BACKEND}.compute_capability": None if compute_capability is None else float(compute_capability),
        f"{_BACKEND}.cuda_path": str(toolchain.root) if toolchain else _ANY_PLACE,
        f"{_BACKEND}.cuda_runtime_version": float("{}.{}".format(*version)),
        f"{_BACKEND}.extra_compile_args_nvcc": _compile_arguments(toolchain, compute_capability),
    }


@contextlib.contextmanager
def preferences(
    toolchain: Toolchain | None, precision: str = "float64", compute_capability: float | None = None
) -> Iterator[None]:
    """Set Brian2CUDA up for a toolchain while objects are made and built; restore its settings afterwards.

    Parameters and errors as in `brian2_preferences`.
    """
    # Brian2CUDA registers its preferences when it is imported; it is an extra that only CUDA needs.
    from spikenet.cuda.brian2cuda_internals import quiet, selected_gpu  # noqa: PLC0415

    wanted = brian2_preferences(toolchain, precision, compute_capability)
    with preferences_set(wanted), selected_gpu(compute_capability), quiet():
        yield


@contextlib.contextmanager
def preferences_set(wanted: Mapping[str, object]) -> Iterator[None]:
    """Set preferences of Brian2; restore them afterwards."""
    before = {name: _copied(brian2.prefs[name]) for name in wanted}
    try:
        for name, value in wanted.items():
            brian2.prefs[name] = value
        yield
    finally:
        for name, value in before.items():
            brian2.prefs[name] = value


def _quoted(folder: Path) -> str:
    """Return a folder's name for a makefile. Raises ToolchainError for one that a makefile would read as code."""
    if found := re.search(r"[$#\n]", str(folder)):
        raise ToolchainError(
            f"make cannot take {found[0]!r} in the name of the folder {str(folder)!r}; give it another name, or "
            "another folder by CUDA_PATH or SPIKENET_CACHE"
        )
    return shlex.quote(str(folder))


def _compile_arguments(toolchain: Toolchain | None, capability: float | None) -> list[str]:
    arguments = ["-w", "-std=c++17"]  # the makefile's own comes before; the last one counts
    if toolchain and toolchain.thrust_pair:
        arguments += ["-include", "thrust/pair.h"]
    arguments += [f"-I{_quoted(folder)}" for folder in (toolchain.include if toolchain else ())]
    return arguments if capability is not None else [*arguments, "-arch=all-major"]


def _link_arguments(toolchain: Toolchain | None) -> list[str]:
    if toolchain is None or toolchain.emulated:
        return []
    folders = [f"-L{_quoted(folder)}" for folder in (_curand_folder(toolchain), *toolchain.libraries)]
    return [*folders, f"-Xlinker -rpath={_quoted(toolchain.curand.parent)}"]


def _curand_folder(toolchain: Toolchain) -> Path:
    """Return a folder in the cache where cuRAND has the name that the linker looks for."""
    library = toolchain.curand
    folder = cache_folder() / "cuda" / hashlib.sha256(str(library).encode()).hexdigest()[:24]
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "libcurand.so"
    if not link.is_symlink():
        own = folder / f"libcurand.{os.getpid()}"
        own.symlink_to(library)
        own.replace(link)  # in one step: another process may do the same
    return folder


def _copied(value):
    return list(value) if isinstance(value, list) else value
