"""CUDA toolkits on this machine: where they are, and whether they have all that Brian2CUDA's projects need.

Loads neither Brian2 nor Brian2CUDA. The sources of brian2cuda 1.0b1 include ``curand.h``, ``curand_kernel.h``,
``cuda_profiler_api.h`` and Thrust; ``nvcc -dc`` needs ``cicc`` and ``libcudadevrt.a``; they link with ``-lcurand``.
"""

import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from spikenet.errors import ToolchainError
from spikenet.machine import for_make

INSTALL_CUDA = 'pip install "spikenet[cuda]"'
INSTALL_CURAND = 'pip install "nvidia-curand>=10.4,<10.5"'
USUAL_PLACE = Path("/usr/local/cuda")
_WHEELS = "cu13"  # the folder that all of CUDA 13's wheels share
_EMULATED = "cudashim"  # stands in the version that the tests' emulator prints
# The pieces of a toolkit that are needed, and files that show that each is there.
_HEADERS = {
    "cudart": ("cuda_runtime.h",),
    "thrust": ("thrust/device_vector.h", "cccl/thrust/device_vector.h"),  # either
    "profiler": ("cuda_profiler_api.h",),
}
_COMPILER = {"nvvm": "nvvm/bin/cicc", "crt": "include/crt/host_config.h"}
_CUDART_LIBRARIES = ("libcudart_static.a", "libcudadevrt.a")
_CURAND_HEADERS = ("curand.h", "curand_kernel.h")
_CURAND_LIBRARIES = ("libcurand.so", "libcurand.so.10")


_BY_NAME = ("Brian2CUDA's preference cuda_path", "SPIKENET_CUDA")


@dataclass(frozen=True)
class Toolchain:
    """A complete CUDA toolkit.

    Attributes
    ----------
    root, nvcc : Path
        Its folder, and its compiler.
    version : tuple of int
        Of CUDA, such as (13, 0).
    include : tuple of Path
        Folders of headers that its compiler does not search by itself.
    libraries : tuple of Path
        Folders with the libraries cudart and cuRAND.
    source : str
        How it was found.
    emulated : bool
        True for the emulator of the tests, whose programs run on the processor.
    """

    root: Path
    nvcc: Path
    version: tuple[int, int]
    include: tuple[Path, ...]
    libraries: tuple[Path, ...]
    source: str
    emulated: bool = False

    def identity(self) -> list:
        """Return what identifies the toolkit: path, version, size and date; JSON."""
        status = self.nvcc.stat()
        places = [str(path) for path in (self.nvcc, *self.include, *self.libraries)]
        known = [*places, list(self.version), status.st_size, status.st_mtime_ns]
        return [*known, _digest(self.root)] if self.emulated else known

    @property
    def thrust_pair(self) -> bool:
        """True if there is a header of Thrust's pairs, which other headers do not include from CUDA 13.2 on."""
        return _first(_include_folders(self.root), ("thrust/pair.h", "cccl/thrust/pair.h")) is not None

    @property
    def curand(self) -> Path | None:
        """The library of cuRAND; None where it is emulated."""
        return _first(self.libraries, _CURAND_LIBRARIES)


@dataclass(frozen=True)
class Candidate:
    """A folder where a toolkit was looked for, with the pieces that are ``missing``; ``toolchain`` if none is."""

    source: str
    root: Path
    missing: tuple[str, ...]
    toolchain: Toolchain | None = None

    @property
    def remedy(self) -> str:
        """The command that installs what is missing; empty if nothing is."""
        if not self.missing:
            return ""
        return f"{INSTALL_CURAND}, or {INSTALL_CUDA}" if self.missing == ("cuRAND",) else INSTALL_CUDA


def find_toolchain() -> Toolchain:
    """Return the first complete toolkit of `candidates`. One that the user named is taken or refused, not passed over.

    Raises
    ------
    ToolchainError
        If there is none; it says what each lacks, and what to install.

    Examples
    --------
    >>> from spikenet.cuda import find_toolchain
    >>> find_toolchain().version  # doctest: +SKIP
    (13, 0)
    """
    refused = []
    for candidate in _candidates():
        if candidate.toolchain:
            return candidate.toolchain
        refused.append(candidate)
        if candidate.source in _BY_NAME:
            break
    found = "".join(f"\n  {one.source}: {one.root} lacks {', '.join(one.missing)}" for one in refused)
    remedies = dict.fromkeys(one.remedy for one in refused) or (INSTALL_CUDA,)
    raise ToolchainError(
        f"no whole CUDA toolkit was found; Brian2CUDA wants nvcc, cudart, Thrust and cuRAND:"
        f"{found or ' no preference, no CUDA_PATH or CUDA_HOME, no wheels, no nvcc on PATH, no /usr/local/cuda'}\n"
        f"do: {', or '.join(remedies)} (see: spikenet doctor)"
    )


def make_arguments(toolchain: Toolchain) -> list[str]:
    """Return arguments of ``make`` for a project: its makefile cannot name a folder with a space in its name."""
    return [f"NVCC=@{for_make(shlex.quote(str(toolchain.nvcc)))} -ccbin $(CXX)"]


def candidates() -> tuple[Candidate, ...]:
    """Return every toolkit that was found, complete or not, in the order of preference.

    Looks at Brian2CUDA's preference ``cuda_path``, the variables SPIKENET_CUDA, CUDA_PATH and CUDA_HOME, pip's
    packages, PATH, and /usr/local/cuda.
    """
    return tuple(_candidates())


def _candidates() -> Iterator[Candidate]:
    seen = set()
    for source, root in _places():
        resolved = root.expanduser().resolve()
        if resolved not in seen:
            seen.add(resolved)
            yield _examine(source, resolved)


def _places() -> Iterator[tuple[str, Path]]:
    """Yield the folders where a toolkit may be, each with how it was found."""
    if preferred := _preferred():
        yield _BY_NAME[0], Path(preferred)
    for variable in ("SPIKENET_CUDA", "CUDA_PATH", "CUDA_HOME"):
        if named := os.environ.get(variable):
            yield variable, Path(named)
    for root in _wheels():
        yield "pip's wheels", root
    if (found := shutil.which("nvcc")) and (root := _root_of(found)):
        yield "nvcc on PATH", root
    if USUAL_PLACE.exists():
        yield "the usual place", USUAL_PLACE


def _preferred() -> str | None:
    """Return the preference of Brian2CUDA, if that is loaded, so that it may have been set."""
    if not (sys.modules.get("brian2cuda") and sys.modules.get("brian2")):
        return None
    return sys.modules["brian2"].prefs["devices.cuda_standalone.cuda_backend.cuda_path"]


def _wheels() -> Iterator[Path]:
    found = importlib.util.find_spec("nvidia")
    for folder in (found and found.submodule_search_locations) or ():
        if (root := Path(folder, _WHEELS)).is_dir():
            yield root


def _root_of(nvcc: str) -> Path | None:
    """Return the toolkit of an nvcc, as that says itself: on PATH may be a link to it, or a script."""
    for line in (_output(nvcc, "--dryrun", "no_such_file.cu") or "").splitlines():
        if line.startswith("#$ TOP="):
            return Path(line.partition("=")[2])
    return Path(nvcc).resolve().parent.parent


def _examine(source: str, root: Path) -> Candidate:
    """Find out which pieces a folder lacks."""
    nvcc = root / "bin" / "nvcc"
    text = _version_text(str(nvcc), nvcc.stat().st_mtime_ns) if nvcc.is_file() else None
    release = re.search(r"release (\d+)\.(\d+)", text or "")
    if not release:
        return Candidate(source, root, ("an nvcc that runs" if nvcc.exists() else "nvcc",))
    emulated = _EMULATED in text
    headers, libraries = _include_folders(root), _library_folders(root)
    missing = [name for name, files in _HEADERS.items() if not _first(headers, files)]
    if not emulated:
        missing += [name for name, file in _COMPILER.items() if not (root / file).exists()]
        missing += [] if _all(libraries, _CUDART_LIBRARIES) else ["cudart"]
    beyond = _curand(headers, libraries, emulated, release[1])
    missing += [] if beyond else ["cuRAND"]
    if missing:
        return Candidate(source, root, tuple(dict.fromkeys(missing)))
    include, more = beyond
    version = (int(release[1]), int(release[2]))
    return Candidate(source, root, (), Toolchain(root, nvcc, version, include, libraries + more, source, emulated))


def _curand(headers, libraries, emulated: bool, major: str) -> tuple[tuple[Path, ...], tuple[Path, ...]] | None:
    """Return folders of headers and of libraries with cuRAND, beside the toolkit's own; None if it is nowhere."""
    if _all(headers, _CURAND_HEADERS) and (emulated or _first(libraries, _CURAND_LIBRARIES)):
        return (), ()
    for root in _wheels() if major in _WHEELS else ():
        include, library = root / "include", root / "lib"
        if _all([include], _CURAND_HEADERS) and _first([library], _CURAND_LIBRARIES):
            return (include,), (library,)
    return None


def _include_folders(root: Path) -> tuple[Path, ...]:
    return tuple(path for path in (root / "include", *root.glob("targets/*/include")) if path.is_dir())


def _library_folders(root: Path) -> tuple[Path, ...]:
    folders = (root / "lib64", root / "lib", *root.glob("targets/*/lib"))
    return tuple(dict.fromkeys(path.resolve() for path in folders if path.is_dir()))


def _first(folders, names) -> Path | None:
    return next((folder / name for folder in folders for name in names if (folder / name).exists()), None)


def _all(folders, names) -> bool:
    return all(_first(folders, [name]) for name in names)


@cache
def _version_text(nvcc: str, changed: int) -> str | None:
    return _output(nvcc, "--version")


def _output(*command: str) -> str | None:
    """Return what a program prints on both streams, or None if it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout + done.stderr


def _digest(root: Path) -> str:
    """Return a digest of all files of the emulator, which consists of sources."""
    files = sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:24]
