"""Machines without CUDA, and folders that look like it."""

import stat
import sys
from pathlib import Path

import pytest

from spikenet.cuda import toolchain

FILES = {
    "cudart": ("include/cuda_runtime.h", "lib64/libcudart_static.a", "lib64/libcudadevrt.a"),
    "thrust": ("include/cccl/thrust/device_vector.h", "include/cccl/thrust/pair.h"),
    "profiler": ("include/cuda_profiler_api.h",),
    "nvvm": ("nvvm/bin/cicc",),
    "crt": ("include/crt/host_config.h",),
    "cuRAND": ("include/curand.h", "include/curand_kernel.h", "lib64/libcurand.so.10"),
}
VARIABLES = ("SPIKENET_CUDA", "CUDA_PATH", "CUDA_HOME", "CUDA_VISIBLE_DEVICES")


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def touch(root: Path, *files: str) -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()


def toolkit(root: Path, *without: str, release: str = "13.0") -> Path:
    """A folder like a CUDA toolkit's, without some of its pieces."""
    if "nvcc" not in without:
        said = f"echo 'Cuda compilation tools, release {release}, V{release}.1'"
        program(root / "bin" / "nvcc", f"case $1 in --dryrun) echo '#$ TOP={root}/bin/..' >&2;; *) {said};; esac")
    for piece, files in FILES.items():
        if piece not in without:
            touch(root, *files)
    return root


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine that has no CUDA at all, with a folder on its PATH."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")
    monkeypatch.setattr(toolchain, "USUAL_PLACE", tmp_path / "usual")
    monkeypatch.setattr(toolchain, "_wheels", lambda: iter(()))
    monkeypatch.delitem(sys.modules, "brian2cuda", raising=False)
    return tmp_path


@pytest.fixture
def wheels(monkeypatch):
    """``wheels(root)``: pip has installed NVIDIA's wheels there."""
    return lambda root: monkeypatch.setattr(toolchain, "_wheels", lambda: iter((root,)))
