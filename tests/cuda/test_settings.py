"""What Brian2CUDA is told, that it is taken back, and that projects compile with it and run."""

import copy
import json
import os
import subprocess
import sys
import textwrap
from dataclasses import replace

import brian2
import numpy as np
import pytest

from spikenet.cuda.settings import brian2_preferences, preferences
from spikenet.cuda.toolchain import candidates, find_toolchain, make_arguments
from spikenet.errors import InvalidValueError, ToolchainError
from tests.cuda.conftest import toolkit, touch

BACKEND = "devices.cuda_standalone.cuda_backend"
NVCC = f"{BACKEND}.extra_compile_args_nvcc"
# A chain of four neurons with delays and weights: neuron 0 fires by its drive alone.
SCRIPT = """
    import json, os, subprocess, sys
    import brian2, brian2cuda
    from brian2 import *
    from spikenet.cuda.settings import preferences
    from spikenet.cuda.toolchain import find_toolchain, make_arguments

    toolchain = find_toolchain()
    set_device("cuda_standalone", build_on_run=False)
    BrianLogger.log_level_error()
    with preferences(toolchain, sys.argv[2], 7.5):
        neurons = NeuronGroup(4, "dv/dt = (i_in - v)/(10*ms) : 1\\ni_in : 1", threshold="v > 1", reset="v = 0",
                              method="exact", name="neurons")
        neurons.i_in = [2, 0.9, 0.9, 0.9]
        synapses = Synapses(neurons, neurons, "w : 1", on_pre="v_post += w", name="synapses")
        synapses.connect(i=[0, 1, 2], j=[1, 2, 3])
        synapses.w, synapses.delay = 0.5, [1, 2, 3]*ms
        spikes = SpikeMonitor(neurons, name="spikes")
        run(30*ms)
        device.build(directory=sys.argv[1], compile=False, run=False)
    made = subprocess.run(["make", "-j2", *make_arguments(toolchain)], cwd=sys.argv[1], capture_output=True, text=True)
    if made.returncode:
        sys.exit(made.stderr)
    for order in ("0", "3") if toolchain.emulated else ():
        os.environ["CUDASHIM_SHUFFLE"] = order
        device.run(results_directory=f"results{order}", with_output=False)
        print(json.dumps([spikes.i[:].tolist(), (spikes.t[:]/ms).tolist()]))
"""


def make(folder, precision: str = "float64") -> subprocess.CompletedProcess:
    """In a process of its own: a device is for good."""
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(folder), precision]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def whole(bare, monkeypatch):
    """A fake toolkit, in a folder with a space in its name."""
    monkeypatch.setenv("CUDA_PATH", str(toolkit(bare / "a toolkit")))
    monkeypatch.setenv("SPIKENET_CACHE", str(bare / "cache"))
    return find_toolchain()


def test_both_passes_of_the_compiler_get_cpp_17_and_no_fast_math(whole):
    wanted = brian2_preferences(whole)
    assert "-std=c++17" in wanted[NVCC] and "-std=c++17" in wanted["codegen.cpp.extra_compile_args_gcc"]
    assert "-use_fast_math" not in wanted[NVCC]
    assert wanted[f"{BACKEND}.cuda_path"] == str(whole.root) and wanted[f"{BACKEND}.cuda_runtime_version"] == 13.0
    assert not wanted[f"{BACKEND}.detect_gpus"] and not wanted[f"{BACKEND}.detect_cuda"]


def test_there_is_one_architecture(whole):
    every = brian2_preferences(whole)
    assert every[NVCC][-1] == "-arch=all-major" and every[f"{BACKEND}.compute_capability"] is None
    one = brian2_preferences(whole, "float64", 9)
    assert not [flag for flag in one[NVCC] if "arch" in flag] and one[f"{BACKEND}.compute_capability"] == 9.0


def test_pairs_are_included_where_thrust_has_them(whole):
    assert brian2_preferences(whole)[NVCC][2:4] == ["-include", "thrust/pair.h"]
    (whole.root / "include/cccl/thrust/pair.h").unlink()
    assert "-include" not in brian2_preferences(whole)[NVCC]


def test_the_precision_is_brians(whole):
    for name in ("core.default_float_dtype", "devices.cuda_standalone.default_functions_integral_convertion"):
        assert brian2_preferences(whole, "float32")[name] is np.float32
        assert brian2_preferences(whole, "float64")[name] is np.float64


@pytest.mark.parametrize(
    ("settings", "told"),
    [(("float16",), "unknown precision 'float16'"), (("float64", 7.0), "7.0, and CUDA 13.0 wants 7.5 or more"),
     (("float64", 750), "750, and CUDA 13.0 wants")],
)  # fmt: skip
@pytest.mark.parametrize("there", [True, False])
def test_what_there_is_not_is_refused(whole, settings, told, there):
    with pytest.raises(InvalidValueError, match=told):
        brian2_preferences(whole if there else None, *settings)


def test_the_linker_finds_curand_under_the_name_it_asks_for(whole):
    search, own, path = brian2_preferences(whole)["codegen.cpp.extra_link_args"]
    links = search.removeprefix("-L").strip("'")
    assert os.listdir(links) == ["libcurand.so"]
    assert os.path.realpath(f"{links}/libcurand.so") == str(whole.curand)
    assert own == f"-L'{whole.root}/lib64'" and path == f"-Xlinker -rpath='{whole.root}/lib64'"
    before = os.lstat(f"{links}/libcurand.so")
    brian2_preferences(whole)
    assert os.path.samestat(os.lstat(f"{links}/libcurand.so"), before)


def test_headers_of_another_folder_are_named(bare, monkeypatch, wheels):
    monkeypatch.setenv("SPIKENET_CACHE", str(bare / "cache"))
    monkeypatch.setenv("CUDA_PATH", str(toolkit(bare / "cuda", "cuRAND")))
    touch(bare / "cu13", "include/curand.h", "include/curand_kernel.h", "lib/libcurand.so.10")
    wheels(bare / "cu13")
    assert f"-I{bare}/cu13/include" in brian2_preferences(find_toolchain())[NVCC]


def test_the_makefile_is_told_of_an_nvcc_in_a_folder_with_a_space(whole):
    assert make_arguments(whole) == [f"NVCC=@'{whole.nvcc}' -ccbin $(CXX)"]


@pytest.mark.parametrize("name", ["$(shell touch here)", "a#b", "a\nb"])
def test_a_toolkit_whose_name_a_makefile_would_read_as_code_is_refused(whole, name):
    elsewhere = replace(whole, root=whole.root / name, nvcc=whole.root / name / "nvcc")
    with pytest.raises(ToolchainError, match="make cannot take .* in the name of the folder"):
        brian2_preferences(elsewhere)
    with pytest.raises(ToolchainError, match="make cannot take"):
        brian2_preferences(replace(whole, include=(whole.root / name,)))


def test_make_takes_a_dollar_in_the_name_of_nvcc(whole):
    named = replace(whole, nvcc=whole.root / "a$b" / "nvcc")
    assert make_arguments(named) == [f"NVCC=@'{whole.root}/a$$b/nvcc' -ccbin $(CXX)"]


def test_sources_can_be_generated_without_a_toolchain(bare):
    wanted = brian2_preferences(None)
    assert wanted[f"{BACKEND}.cuda_runtime_version"] == 13.0 and wanted["codegen.cpp.extra_link_args"] == []


@pytest.mark.brian2cuda
@pytest.mark.parametrize("fails", [False, True])
def test_preferences_are_as_before_afterwards(whole, fails):
    from brian2cuda.utils import gputools

    brian2.prefs[NVCC] = ["-w", "-mine"]
    gputools._gpu_selection["selected_gpu_id"] = 7
    before = {name: copy.copy(brian2.prefs[name]) for name in brian2.prefs}
    try:
        with preferences(whole, "float32"):
            assert brian2.prefs["core.default_float_dtype"] is np.float32
            assert gputools.get_nvcc_path() == str(whole.nvcc) and gputools.select_gpu()[0] == 0
            brian2.prefs[NVCC].remove("-w")  # as Brian2CUDA does with the flags that it moves
            if fails:
                raise ZeroDivisionError
    except ZeroDivisionError:
        assert fails
    assert {name: brian2.prefs[name] for name in brian2.prefs} == before
    assert gputools.select_gpu()[0] == 7 and gputools._cuda_installation["nvcc_path"] is None
    gputools.reset_gpu_selection()
    brian2.prefs[NVCC] = ["-w", "-use_fast_math"]


@pytest.mark.brian2cuda
@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_network_runs_on_the_emulator(emulator, tmp_path, monkeypatch, precision):
    """Neuron 0 fires with each 70th step (10 ms * ln 2). What it sends arrives after 1 ms and, every other time, makes
    neuron 1 fire in the step after. The order of the threads makes no difference. For every day
    there are synapses in tests/scripts, and threads in other orders in tests/engines/standalone/cuda.
    """
    monkeypatch.setenv("CUDASHIM_OPTIMISE", "-O0")
    done = make(tmp_path / "a project", precision)
    assert done.returncode == 0, done.stderr
    in_order, shuffled = (sorted(zip(*json.loads(line), strict=True)) for line in done.stdout.splitlines())
    assert in_order == shuffled
    first, second = ([time for number, time in in_order if number == wanted] for wanted in (0, 1))
    np.testing.assert_allclose(first, np.arange(1, 5) * 7.0 - 0.1, atol=1e-9)
    np.testing.assert_allclose(second, np.asarray(first)[[1, 3]] + 1.0 + 0.1, atol=1e-9)


@pytest.mark.brian2cuda
@pytest.mark.slow
def test_a_network_compiles_and_links_with_the_real_nvcc(tmp_path):
    """About 140 CPU-seconds."""
    try:
        toolchain = find_toolchain()
    except ToolchainError:
        found = "; ".join(f"{one.root} lacks {', '.join(one.missing)}" for one in candidates())
        pytest.skip(f"no whole CUDA toolkit here: {found or 'none at all'}")
    if toolchain.emulated:
        pytest.skip("the toolchain is the emulator")
    done = make(tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"sm_75" in (tmp_path / "main").read_bytes()
    assert (
        str(toolchain.curand.parent)
        in subprocess.run(["ldd", tmp_path / "main"], capture_output=True, text=True).stdout
    )
