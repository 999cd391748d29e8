"""Checks of a machine: what spikenet needs, what was found, and how to install what is missing."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from spikenet.cuda.gpu import NEWEST, gpus, mode
from spikenet.cuda.toolchain import INSTALL_CUDA, Candidate, candidates
from spikenet.engines.standalone.project import cached_projects
from spikenet.errors import SpikenetError
from spikenet.machine import cache_folder

OLDEST_PYTHON = (3, 12)
CUDA_BRIAN2 = "2.10.1"  # the only version that Brian2CUDA takes
_PROGRAM = "int main() { return 0; }\n"


@dataclass(frozen=True)
class Check:
    """The outcome of one check.

    ``found`` says what there is, ``remedy`` what to do if it is not ``ok``. spikenet works without what is not
    ``required``.
    """

    name: str
    ok: bool
    found: str
    remedy: str = ""
    required: bool = True

    @property
    def mark(self) -> str:
        """A sign for the first column: fine, missing, or missing but not required."""
        if self.ok:
            return "✓"
        return "✗" if self.required else "–"


def examine() -> tuple[Check, ...]:
    """Run all checks, in the order of ``CHECKS``."""
    return tuple(check() for check in CHECKS)


def check_python() -> Check:
    """Check the version of Python."""
    return Check("Python", sys.version_info[:2] >= OLDEST_PYTHON, _python(), "install Python 3.12 or later")


def check_compiler() -> Check:
    """Check that g++ makes a program that runs."""
    remedy = "install g++ (Debian, Ubuntu: apt install g++)"
    if not shutil.which("g++"):
        return Check("g++", False, "not found", remedy)
    found = (_output(["g++", "-dumpfullversion"]) or "of unknown version").strip()
    if _compile_and_run(_PROGRAM) is None:
        return Check("g++", False, f"{found}, but it makes no program that runs", f"{remedy} with its C++ library")
    return Check("g++", True, found)


def check_make() -> Check:
    """Check that there is make."""
    found = _output(["make", "--version"])
    return Check("make", found is not None, (found or "not found").splitlines()[0], "install make (apt install make)")


def check_brian2() -> Check:
    """Check Brian2, and say which Python and which engines go with its version."""
    check = _package("Brian2", "brian2")
    if not check.ok:
        return check
    limit = "" if check.found == CUDA_BRIAN2 else f"; the cuda engine needs Brian2 {CUDA_BRIAN2}"
    return replace(check, found=f"{check.found} with Python {_python()}{limit}")


def check_tensorflow() -> Check:
    """Check that TensorFlow is installed."""
    return _package("TensorFlow", "tensorflow")


def check_keras() -> Check:
    """Check that Keras is installed."""
    return _package("Keras", "keras")


def check_cache() -> Check:
    """Check that the folder of compiled neurons can be written."""
    remedy = "make the folder writable, or set SPIKENET_CACHE to a folder that is"
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            found = cached_projects()
    except (OSError, SpikenetError) as error:
        return Check("compile cache", False, str(error), remedy)
    size = sum(project.bytes for project in found) / 1e6
    return Check("compile cache", True, f"{folder}, {size:.1f} MB")


def check_bundled_data() -> Check:
    """Check that the images that come with spikenet are there."""
    names = [item.name for item in files("spikenet").joinpath("data").iterdir() if item.name.endswith((".xz", ".npz"))]
    found = ", ".join(sorted(names)) or "not found"
    return Check("bundled images", bool(names), found, "install spikenet again; its data files are missing")


def check_full_data() -> Check:
    """Check whether the full MNIST has been downloaded."""
    keras_home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    places = [Path(folder) for folder in [os.environ.get("SPIKENET_DATA")] if folder] + [keras_home / "datasets"]
    for place in places:
        if (place / "mnist.npz").is_file():
            return Check("full MNIST", True, str(place / "mnist.npz"), required=False)
    remedy = "--data full downloads it once; or set SPIKENET_DATA to a folder that has mnist.npz"
    return Check("full MNIST", False, "not found", remedy, required=False)


def check_brian2cuda() -> Check:
    """Check whether Brian2CUDA is installed."""
    return replace(_package("Brian2CUDA", "brian2cuda"), required=False)


def check_nvcc() -> Check:
    """Check the CUDA toolkit, except for its cuRAND."""
    taken = _toolkit()
    if taken is None:
        return Check("nvcc", False, "not found", f"for the cuda engine only: {INSTALL_CUDA}", required=False)
    if lacking := [name for name in taken.missing if name != "cuRAND"]:
        found = f"{taken.root} ({taken.source}) lacks {', '.join(lacking)}"
        return Check("nvcc", False, found, f"for the cuda engine only: {taken.remedy}", required=False)
    release = "an emulator of " if taken.toolchain and taken.toolchain.emulated else ""
    release += "CUDA {}.{}, ".format(*taken.toolchain.version) if taken.toolchain else ""
    return Check("nvcc", True, f"{release}{taken.root / 'bin' / 'nvcc'} ({taken.source})", required=False)


def check_curand() -> Check:
    """Check the random number library of the CUDA toolkit."""
    taken = _toolkit()
    if taken is None or "cuRAND" in taken.missing or "nvcc" in taken.missing:
        remedy = f"for the cuda engine only: {taken.remedy if taken else INSTALL_CUDA}"
        return Check("cuRAND", False, "not found", remedy, required=False)
    library = taken.toolchain.curand if taken.toolchain else None
    return Check("cuRAND", True, str(library or "its headers"), required=False)


def check_gpu() -> Check:
    """Check for a GPU that the CUDA toolkit can use."""
    found = gpus()
    if not found:
        remedy = "for the cuda engine only: a machine with an NVIDIA GPU and its driver"
        return Check("GPU", False, "not found", remedy, required=False)
    taken = _toolkit()
    version = taken.toolchain.version if taken and taken.toolchain else NEWEST
    names = "; ".join(
        f"{gpu.name}, driver {gpu.driver}, compute capability {gpu.compute_capability}, {gpu.memory / 1e9:.1f} GB"
        for gpu in found
    )
    if all(gpu.shortcomings(version) for gpu in found):
        remedy = "; ".join(found[0].shortcomings(version))
        return Check("GPU", False, names, f"a newer driver, card or an older CUDA: {remedy}", required=False)
    return Check("GPU", True, names, required=False)


def check_cuda() -> Check:
    """Say what can be done with CUDA on this machine."""
    can = mode()
    found = {
        "run": "run: projects are compiled and run here",
        "compile": "compile: projects are compiled here, and run where there is a GPU",
        "generate": "generate: sources are written here, and compiled and run elsewhere",
    }[can]
    remedy = "for the cuda engine only: install what is missing above: nvcc, cuRAND or GPU"
    return Check("CUDA", can == "run", found, remedy, required=False)


CHECKS: tuple[Callable[[], Check], ...] = (
    check_python,
    check_compiler,
    check_make,
    check_brian2,
    check_tensorflow,
    check_keras,
    check_cache,
    check_bundled_data,
    check_full_data,
    check_brian2cuda,
    check_nvcc,
    check_curand,
    check_gpu,
    check_cuda,
)


def _toolkit() -> Candidate | None:
    """Return the toolkit that is used, or the first incomplete one."""
    found = candidates()
    whole = [candidate for candidate in found if candidate.toolchain]
    return next(iter((*whole, *found)), None)


def _python() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _package(name: str, package: str) -> Check:
    try:
        return Check(name, True, version(package))
    except PackageNotFoundError:
        remedy = INSTALL_CUDA if package == "brian2cuda" else f"pip install {package}"
        return Check(name, False, "not installed", remedy)


def _output(command: list[str]) -> str | None:
    """Return what a program prints, or None if it is missing or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return None


def _compile_and_run(source: str) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "program.cpp")
        path.write_text(source)
        if _output(["g++", str(path), "-o", str(path.with_suffix(""))]) is None:
            return None
        return _output([str(path.with_suffix(""))])
