"""What a CUDA binary depends on, and one that NVIDIA's compiler makes."""

import os
import resource
import time
from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest

from spikenet.cuda.toolchain import find_toolchain
from spikenet.engines.simulate import Schedule
from spikenet.engines.standalone.cuda import target as cuda_target
from spikenet.engines.standalone.cuda.target import CudaTarget
from spikenet.engines.standalone.project import project_for
from spikenet.errors import BuildError, InvalidValueError, ToolchainError
from spikenet.neurons import LIF
from tests.planning import plan


def test_precision_and_compute_capability_are_in_the_spec():
    wanted = {"toolchain": None, "precision": "float32", "compute_capability": 9.0}
    assert CudaTarget(None, "float32", 9.0).settings() == wanted


def test_a_binary_hangs_on_nvcc_and_on_the_compiler_that_it_calls(emulator, monkeypatch):
    target = CudaTarget(find_toolchain())
    nvcc, host = target.compiler()
    assert nvcc == target.toolchain.identity() and host[0].endswith("g++")
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert target.compiler() is None
    with pytest.raises(BuildError, match=r"nvcc calls a C\+\+ compiler, and none was found; install g\+\+"):
        raise target.no_compiler_error()


def test_without_a_toolkit_the_error_tells_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("SPIKENET_CUDA", str(tmp_path))
    target = CudaTarget(None)
    assert target.compiler() is None
    with pytest.raises(ToolchainError, match="no whole CUDA toolkit was found"):
        target.no_compiler_error()


def test_without_brian2cuda_the_error_says_what_to_install(monkeypatch):
    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(cuda_target, "version", absent)
    with pytest.raises(BuildError, match=r'Brian2CUDA, which is not installed; do: pip install "spikenet\[cuda\]"'):
        CudaTarget(None).environment()


@pytest.mark.brian2cuda
def test_nvidias_compiler_makes_a_program_and_the_cache_keeps_it(monkeypatch, tmp_path):
    """All that a job can have: spikes, trace, reductions, a drive that changes. 10 CPU-seconds; the cache, a second."""
    monkeypatch.setenv("SPIKENET_CACHE", str(tmp_path))
    try:
        toolchain = find_toolchain()
    except ToolchainError as error:
        pytest.skip(f"no CUDA toolkit: {error}")
    if toolchain.emulated:
        pytest.skip("SPIKENET_CUDA names the emulator")
    model = LIF(tau_mem="15 ms")
    keep = ("mean", "trace", "final", "count", "first_spike", "spikes")
    job, _ = plan(model, np.zeros((1, 10, 2)), Schedule("20 ms", "5 ms"), record=keep)
    target = CudaTarget(toolchain, "float32", 9.0)
    folder = project_for(job, target)
    assert os.access(folder / "main", os.X_OK) and (folder / "main").stat().st_size > 1e5
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{(folder / 'seconds').read_text().strip()} s, {used.ru_utime + used.ru_stime:.0f} CPU-seconds")
    started = time.perf_counter()
    assert project_for(job, target) == folder
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("wrong", [3.5, 100, "9.0", True, float("nan")])
def test_a_compute_capability_that_there_is_not_is_told_before_anything_is_generated(wrong):
    with pytest.raises(InvalidValueError, match="compute_capability is .*wants 7.5 or more, such as 9.0"):
        CudaTarget(None, compute_capability=wrong)
