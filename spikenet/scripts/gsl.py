"""Integrators of the GNU Scientific Library (GSL): Brian2's own machinery, where the library is there."""

import os
from collections.abc import Iterable

import brian2

from spikenet.brian2_internals import StandaloneDevice
from spikenet.engines.standalone.cpp.target import compiler_command
from spikenet.engines.standalone.processes import run_command
from spikenet.errors import DeviceError, ToolchainError

_HEADER = "gsl/gsl_odeiv2.h"


def refuse_missing_gsl(device: StandaloneDevice) -> None:
    """Refuse a program that needs the library where the compiler does not find it. Raises ToolchainError."""
    folders = [*device.include_dirs, *brian2.prefs["codegen.cpp.include_dirs"]]
    if "gsl" in device.libraries and not compiles_with_gsl(folders):
        raise ToolchainError(
            f"the script has a method of the GNU Scientific Library, and {compiler_command()[0]} does not find "
            f"{_HEADER}; install libgsl-dev, name its folder by prefs.GSL.directory, or choose another method"
        )


def compiles_with_gsl(folders: Iterable[str]) -> bool:
    """Tell whether the compiler finds the library's headers; ``folders`` are places to look besides its own."""
    command = [*compiler_command(), *(f"-I{folder}" for folder in folders), "-include", _HEADER, "-fsyntax-only"]
    return not run_command([*command, "-x", "c++", os.devnull]).returncode


def refuse_gsl(method) -> None:
    """Refuse such an integrator on a device that has none."""
    if isinstance(method, str) and method.startswith("gsl_"):
        raise DeviceError(
            f"method={method!r} is of the GNU Scientific Library, which has no code for CUDA; choose another method, "
            "such as rk4, or run the script with sn.device('cpp')"
        )
