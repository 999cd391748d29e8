"""How Brian2 and Brian2CUDA 1.0b1 have to be set for their projects to compile with a toolchain.

What goes wrong by default: its makefile and Brian2's host flags say C++11, and CUDA 13 wants C++17 in both passes; from
CUDA 13.2 on Thrust's pairs are not included by other headers any more; NVIDIA's wheels have no ``libcurand.so`` and no
``lib64``; ``-use_fast_math`` changes results; its search for a card fails where there is none.
"""

import contextlib
import hashlib
import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import brian2
import numpy as np

from spikenet.cuda.gpu import NEWEST, check_capability
from spikenet.cuda.toolchain import Toolchain
from spikenet.errors import InvalidValueError
from spikenet.machine import cache_folder, usable_cores

_BACKEND = "devices.cuda_standalone.cuda_backend"
_PRECISIONS = ("float64", "float32")
_ANY_PLACE = "/usr/local/cuda"  # where only sources are wanted
_HOST = ("-w", "-O3", "-ffast-math", "-fno-finite-math-only", "-std=c++17")


def brian2_preferences(
    toolchain: Toolchain | None, precision: str = "float64", compute_capability: float | None = None
) -> dict[str, object]:
    """Brian2's preferences for a CUDA project, by name. Brian2CUDA need not be loaded.

    Without ``toolchain`` only sources can be generated. ``compute_capability`` None makes one binary for all cards
    (``-arch=all-major``, some three times the compile time); a number such as 9.0 is for that kind alone.
    Errors: InvalidValueError for a precision or a compute capability that there is not.
    """
    if precision not in _PRECISIONS:
        raise InvalidValueError(f"precision is {precision!r}, wanted {' or '.join(map(repr, _PRECISIONS))}")
    version = toolchain.version if toolchain else NEWEST
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
    """Within it Brian2CUDA is set for this toolchain, from the making of objects to the build; afterwards as before.

    Errors: those of `brian2_preferences`.
    """
    # Brian2CUDA registers its preferences when it is imported; it is an extra that only CUDA needs.
    from spikenet.brian2cuda_internals import quiet, selected_gpu  # noqa: PLC0415

    wanted = brian2_preferences(toolchain, precision, compute_capability)
    with preferences_set(wanted), selected_gpu(compute_capability), quiet():
        yield


@contextlib.contextmanager
def preferences_set(wanted: Mapping[str, object]) -> Iterator[None]:
    """Within it Brian2's preferences have these values; afterwards those from before."""
    before = {name: _copied(brian2.prefs[name]) for name in wanted}
    try:
        for name, value in wanted.items():
            brian2.prefs[name] = value
        yield
    finally:
        for name, value in before.items():
            brian2.prefs[name] = value


def _compile_arguments(toolchain: Toolchain | None, capability: float | None) -> list[str]:
    arguments = ["-w", "-std=c++17"]  # the makefile's own comes before; the last one counts
    if toolchain and toolchain.thrust_pair:
        arguments += ["-include", "thrust/pair.h"]
    arguments += [f"-I{shlex.quote(str(folder))}" for folder in (toolchain.include if toolchain else ())]
    return arguments if capability is not None else [*arguments, "-arch=all-major"]


def _link_arguments(toolchain: Toolchain | None) -> list[str]:
    if toolchain is None or toolchain.emulated:
        return []
    folders = [f"-L{shlex.quote(str(folder))}" for folder in (_links(toolchain), *toolchain.libraries)]
    return [*folders, f"-Xlinker -rpath={shlex.quote(str(toolchain.curand.parent))}"]


def _links(toolchain: Toolchain) -> Path:
    """A folder in the cache in which the linker finds cuRAND under the name that it looks for."""
    library = toolchain.curand
    folder = cache_folder() / "cuda" / hashlib.sha256(str(library).encode()).hexdigest()[:24]
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "libcurand.so"
    if not link.is_symlink():
        own = folder / f"libcurand.{os.getpid()}"
        own.symlink_to(library)
        own.replace(link)  # in one step: others may be at it, too
    return folder


def _copied(value):
    return list(value) if isinstance(value, list) else value
