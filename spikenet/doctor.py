"""What spikenet needs of a machine, and how to mend what is missing."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from spikenet.engine.project import cached_projects
from spikenet.errors import SpikenetError
from spikenet.machine import cache_folder

OLDEST_PYTHON = (3, 12)
CUDA_HOME = Path("/usr/local/cuda")
PLAIN = "int main() { return 0; }\n"
THREADS = '#include <omp.h>\n#include <cstdio>\nint main() { std::printf("%d", omp_get_max_threads()); }\n'


@dataclass(frozen=True)
class Check:
    """What was found, and what to do if it is not ``ok``; spikenet works without what is not ``required``."""

    name: str
    ok: bool
    found: str
    remedy: str = ""
    required: bool = True

    @property
    def mark(self) -> str:
        if self.ok:
            return "✓"
        return "✗" if self.required else "–"


def examine() -> tuple[Check, ...]:
    """Every check, in the order of ``CHECKS``."""
    return tuple(check() for check in CHECKS)


def check_python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", sys.version_info[:2] >= OLDEST_PYTHON, found, "install Python 3.12 or later")


def check_compiler() -> Check:
    remedy = "install g++ (Debian, Ubuntu: apt install g++)"
    if not shutil.which("g++"):
        return Check("g++", False, "not found", remedy)
    found = (_output(["g++", "-dumpfullversion"]) or "of unknown version").strip()
    if _compile_and_run(PLAIN) is None:
        return Check("g++", False, f"{found}, but it makes no program that runs", f"{remedy} with its C++ library")
    return Check("g++", True, found)


def check_make() -> Check:
    found = _output(["make", "--version"])
    return Check("make", found is not None, (found or "not found").splitlines()[0], "install make (apt install make)")


def check_openmp() -> Check:
    threads = _compile_and_run(THREADS, "-fopenmp")
    remedy = "without OpenMP one thread is used; install libgomp (it comes with g++)"
    found = "no program with it runs" if threads is None else f"{threads} threads"
    return Check("OpenMP", threads is not None, found, remedy, required=False)


def check_brian2() -> Check:
    return _package("Brian2", "brian2")


def check_tensorflow() -> Check:
    return _package("TensorFlow", "tensorflow")


def check_keras() -> Check:
    return _package("Keras", "keras")


def check_cache() -> Check:
    remedy = "make the folder writable, or set SPIKENET_CACHE to one that is"
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
    names = [item.name for item in files("spikenet").joinpath("data").iterdir() if item.name.endswith((".xz", ".npz"))]
    found = ", ".join(sorted(names)) or "not found"
    return Check("bundled images", bool(names), found, "install spikenet again: its data files are missing")


def check_full_data() -> Check:
    keras_home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    places = [Path(folder) for folder in [os.environ.get("SPIKENET_DATA")] if folder] + [keras_home / "datasets"]
    for place in places:
        if (place / "mnist.npz").is_file():
            return Check("full MNIST", True, str(place / "mnist.npz"), required=False)
    remedy = "--data full downloads it once; or set SPIKENET_DATA to a folder that has mnist.npz"
    return Check("full MNIST", False, "not found", remedy, required=False)


def check_nvcc() -> Check:
    found = shutil.which("nvcc") or shutil.which("nvcc", path=CUDA_HOME / "bin")
    release = (
        [line for line in (_output([found, "--version"]) or "").splitlines() if "release" in line] if found else []
    )
    remedy = "for the cuda engine only: install NVIDIA's CUDA toolkit"
    text = f"{found}: {release[0].strip()}" if release else "not found"
    return Check("nvcc", bool(release), text, remedy, required=False)


def check_gpu() -> Check:
    found = _output(["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"])
    names = "; ".join((found or "").strip().splitlines())
    remedy = "for the cuda engine only: a machine with an NVIDIA GPU and its driver"
    return Check("GPU", bool(names), names or "not found", remedy, required=False)


CHECKS: tuple[Callable[[], Check], ...] = (
    check_python,
    check_compiler,
    check_make,
    check_openmp,
    check_brian2,
    check_tensorflow,
    check_keras,
    check_cache,
    check_bundled_data,
    check_full_data,
    check_nvcc,
    check_gpu,
)


def _package(name: str, package: str) -> Check:
    try:
        return Check(name, True, version(package))
    except PackageNotFoundError:
        return Check(name, False, "not installed", f"pip install {package}")


def _output(command: list[str]) -> str | None:
    """What a program prints, or None if it is absent or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return None


def _compile_and_run(source: str, *flags: str) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "program.cpp")
        path.write_text(source)
        if _output(["g++", *flags, str(path), "-o", str(path.with_suffix(""))]) is None:
            return None
        return _output([str(path.with_suffix(""))])
