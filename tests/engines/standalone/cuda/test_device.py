"""Where the number of neurons stands in Brian2CUDA's sources, and what takes its place."""

from pathlib import Path

import pytest

from tests.conftest import NO_BRIAN2CUDA

pytest.importorskip("brian2cuda", reason=NO_BRIAN2CUDA)

from spikenet.engines.standalone.cuda.device import SIZE, CudaStreamCodeObject, CudaStreamDevice, _with_run_time_size  # noqa: E402
from spikenet.errors import BuildError  # noqa: E402

KERNEL = f"__global__ void _run_kernel_x(int _N) {{ const int64_t N = {SIZE}; }}"
HOST = f"\nvoid _run_x() {{ const int64_t N = {SIZE}; const int _num_spikespace = {SIZE + 1}; }}"


def test_kernels_are_told_by_their_argument_and_the_host_by_the_stream():
    sized = _with_run_time_size(Path("code_objects/x.cu"), KERNEL + HOST)
    assert sized.startswith('#include "spikenet_stream.h"\n')
    assert "int _N) { const int64_t N = _N; }" in sized
    assert "const int64_t N = spikenet::stream().n; const int _num_spikespace = (spikenet::stream().n + 1);" in sized


def test_arrays_hold_the_largest_chunk():
    sized = _with_run_time_size(Path("objects.cu"), f"a = new double[{SIZE}]; const int brian::_num_s = {SIZE + 1};")
    assert "a = new double[spikenet::stream().capacity()]; " in sized
    assert "_num_s = (spikenet::stream().capacity() + 1);" in sized


def test_what_only_the_host_runs_asks_the_stream():
    assert "per_cycle = spikenet::stream().n * 2" in _with_run_time_size(Path("rand.cu"), f"per_cycle = {SIZE} * 2;")


@pytest.mark.parametrize("text", ["", f"int a = 1{SIZE};", f"int a{SIZE};", "const int64_t N = 99;"])
def test_other_numbers_stay(text):
    assert _with_run_time_size(Path("code_objects/x.cu"), text) is None


def test_a_size_in_a_header_is_refused():
    with pytest.raises(BuildError, match="wrote the number of neurons to objects.h, where it cannot be left open"):
        _with_run_time_size(Path("objects.h"), f"const int n = {SIZE};")


def test_the_device_prefers_its_own_code_objects():
    device = CudaStreamDevice()
    assert device.code_object_class() is CudaStreamCodeObject
    assert device.code_object_class(int) is int


def test_numbers_drawn_in_advance_are_freed_after_each_chunk():
    device = CudaStreamDevice()
    assert device.after_chunk() == []
    code = type("Code", (), {"name": "update"})
    device.codeobjects_with_rng["host_api"]["per_run"] = [{"randn": [code]}, {"randn": [code]}]
    device.codeobjects_with_rng["device_api"]["every_tick"] = [code]
    names = ["dev_curand_states", "dev_update_randn_allocator"]
    assert device.after_chunk() == [f"CUDA_SAFE_CALL(cudaFree({name})); {name} = nullptr;" for name in names]
