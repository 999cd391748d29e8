"""The C++ compiler, and what the binaries that it makes depend on."""

import contextlib
import os
import platform
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from spikenet.engines.standalone.cache_entries import build_entry, is_whole, lock, lock_of
from spikenet.engines.standalone.processes import run_command
from spikenet.engines.standalone.project import digest
from spikenet.errors import BuildError, InvalidValueError
from spikenet.machine import cache_folder, for_make, usable_cores

_FLAGS = ("-w", "-O3", "-ffast-math", "-fno-finite-math-only", "-march=native")
_ERRORS_SHOWN = 5
# What Brian2's sources include of the standard library. Compiled once for all projects: reading it takes three quarters
# of the time that a source of this size takes.
_HEADERS = (
    *("algorithm", "cassert", "chrono", "climits", "cmath", "cstring", "ctime", "fstream", "iostream", "iterator"),
    *("map", "random", "sstream", "string", "tuple", "utility", "vector"),
)
HEADER = "standard.h"


@dataclass(frozen=True)
class CppTarget:
    """A `project.Target`: this machine's C++ compiler and processor."""

    precision: str = "float64"

    generator = "spikenet.engines.standalone.cpp.generate"

    def settings(self) -> dict:
        return {"precision": self.precision, "flags": list(compiler_flags())}

    def environment(self) -> dict:
        return {"processor": processor()}

    def compiler(self) -> list | None:
        return compiler_identity()

    def no_compiler_error(self) -> BuildError:
        return BuildError("no C++ compiler was found; install g++, or set CXX to one (see: spikenet doctor)")

    def compile(self, folder: Path) -> None:
        with _headers() as headers:
            compile_project(folder, headers)


def compiler_command() -> list[str]:
    """Return the compiler as words: ``CXX``, which may be several such as ``ccache g++``, or g++."""
    given = os.environ.get("CXX", "")
    try:
        return shlex.split(given) or ["g++"]
    except ValueError as error:
        raise InvalidValueError(
            f"CXX is {given!r}, which cannot be read as words ({error}); wanted such as g++"
        ) from None


def compiler_identity() -> list | None:
    """Return the compiler's path, size, date and options; None if there is no compiler."""
    program, *options = compiler_command()
    path = shutil.which(program)
    if path is None:
        return None
    status = Path(path).resolve().stat()
    return [path, status.st_size, status.st_mtime_ns, *options]


def compiler_flags() -> tuple[str, ...]:
    return (*_FLAGS, "-mprefer-vector-width=512") if "avx512f" in processor().split() else _FLAGS


def known_flags(flags: Sequence[str]) -> list[str]:
    """Return the flags that the compiler knows. Brian2 would ask for each by itself, and of another compiler."""

    def knows(*flags: str) -> bool:
        command = [*compiler_command(), *flags, "-fsyntax-only", "-x", "c++", os.devnull]
        return not run_command(command).returncode

    return list(flags) if knows(*flags) else [flag for flag in flags if knows(flag)]


@cache
def processor() -> str:
    """Return what ``-march=native`` depends on."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                return f"{platform.machine()} {line.partition(':')[2].strip()}"
    return f"{platform.machine()} {platform.processor()}"


def compile_headers(folder: Path) -> None:
    """Compile the standard headers into ``folder``. Where that fails, sources read them as text, which is slower."""
    (folder / HEADER).write_text("".join(f"#include <{name}>\n" for name in _HEADERS))
    flags = known_flags(compiler_flags())
    command = [*compiler_command(), *flags, "-x", "c++-header", HEADER, "-o", f"{HEADER}.gch"]
    run_command(command, folder)


def compile_project(folder: Path, headers: Path) -> None:
    """Compile and link what Brian2 generated. Raises BuildError with the errors of the compiler."""
    # By its path from the folder: the user's own names for folders reach neither make nor a shell.
    header = os.path.relpath(headers / HEADER, folder)
    compiler = for_make(shlex.join([*compiler_command(), "-include", header]))
    # Nobody edits the sources, so that dependencies among them need not be worked out: a quarter of the time.
    run_make(folder, ["DEPS=/dev/null", f"CXX={compiler}"], "the C++ compiler")


def run_make(folder: Path, arguments: list[str], compiler: str) -> None:
    """Run ``make`` with all cores. Raises BuildError with the errors of the compiler."""
    if shutil.which("make") is None:
        raise BuildError("make was not found; install it (see: spikenet doctor)")
    command = ["make", f"-j{usable_cores()}", *arguments]
    done = run_command(command, folder)
    if done.returncode:
        errors = [
            line for line in done.stderr.splitlines() if re.search(r"\berror:|undefined reference|: \*\*\*", line)
        ]
        shown = "\n  ".join(errors[:_ERRORS_SHOWN]) or done.stderr.strip()[-400:]
        raise BuildError(f"{compiler} failed:\n  {shown}")


@contextlib.contextmanager
def _headers() -> Iterator[Path]:
    """Keep the folder of the standard headers from being cleared; compile them if they are not there yet."""
    folder = cache_folder() / "headers" / digest([compiler_identity(), compiler_flags(), processor()])
    while True:
        build_entry(folder, (HEADER, f"{HEADER}.gch"), compile_headers)
        with lock(lock_of(folder), shared=True):
            if is_whole(folder):  # not cleared meanwhile
                yield folder
                return
