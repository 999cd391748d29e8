"""The CUDA engine on the emulator: the answers of engine cpp, whatever the chunks and the order of the threads."""

import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spikenet.cuda import gpu
from spikenet.engines.simulate import Schedule, Simulation, simulate
from spikenet.engines.standalone.cpp.engine import Cpp
from spikenet.engines.standalone.cuda import engine as cuda
from spikenet.engines.standalone.cuda.engine import Cuda
from spikenet.errors import BuildError, InvalidTypeError, InvalidValueError, SimulationError, ToolchainError
from spikenet.neurons import FHN, LIF, NeuronModel
from spikenet.recording import Recording, Spikes
from tests.planning import plan

pytestmark = pytest.mark.brian2cuda
KEEP = ("mean", "trace", "final", "count", "first_spike", "spikes")
SAMPLES, UNITS, PARTS = 20, 3, 12
ENGINES = (Cuda(chunk=5), Cpp())


@pytest.fixture(autouse=True)
def emulated(emulator) -> Path:
    return emulator


@pytest.fixture(scope="module")
def everything(wavy):
    """Runs 60 neurons that have all that there is: refractory time, growing threshold, the time, a drive that changes,
    a start of each unit, an output that is worked out."""
    rng = np.random.default_rng(1)
    drive = rng.uniform(0.2, 2.5, (SAMPLES, PARTS, UNITS)) * np.linspace(0.0, 1.0, SAMPLES)[:, None, None]
    model = wavy.with_initial(v=np.linspace(0.0, 0.9, UNITS))
    settings = {"settle": "15 ms", "duration": "45 ms", "record": KEEP}
    return lambda engine, **other: simulate(model, drive, engine=engine, **settings | other)


def assert_same(one: Recording, other: Recording, atol: float = 0.0) -> None:
    """Spikes and counts to the last bit, values to ``atol``."""
    assert one.values.keys() == other.values.keys()
    for name, value in one.values.items():
        if isinstance(value, Spikes):
            for part in ("sample", "unit", "time"):
                here, there = getattr(value, part), getattr(other.spikes, part)
                np.testing.assert_array_equal(here, there, err_msg=f"{name}.{part}")
        else:
            close = 0.0 if name in ("count", "first_spike") else atol
            np.testing.assert_allclose(value, other.values[name], rtol=0, atol=close, err_msg=name)


def test_a_model_with_everything_agrees_with_cpp(everything):
    """Rounding is contracted by a leaky neuron: 1e-16 a step stays below 1e-12."""
    ours, theirs = everything(Cuda()), everything(Cpp())
    assert_same(ours, theirs, atol=1e-12)
    assert ours.count.min() == 0 and ours.count.max() >= 3
    assert ours.provenance["engine"] == "cuda" and ours.provenance["precision"] == "float64"


@pytest.mark.slow
def test_parameters_of_each_unit_and_each_sample_agree_with_cpp():
    settings = {"duration": "60 ms", "record": KEEP, "parameters": {"tau_ref": np.arange(1, 13).reshape(4, 3) * 1e-3}}
    drive = np.linspace(0.2e-9, 0.8e-9, 12).reshape(4, 3)
    ours, theirs = (simulate(LIF(tau_mem=[5e-3, 1e-2, 2e-2]), drive, engine=engine, **settings) for engine in ENGINES)
    assert_same(ours, theirs, atol=1e-12)
    assert ours.count.max() >= 3


@pytest.mark.parametrize("engine", [Cuda(chunk=7), Cuda(chunk=1), Cuda(memory=3000)], ids=repr)
def test_chunks_do_not_change_a_bit(everything, engine):
    assert_same(everything(engine), everything(Cuda()))


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_order_of_threads_does_not_change_a_bit(everything, monkeypatch, seed):
    straight = everything(Cuda())
    monkeypatch.setenv("CUDASHIM_SHUFFLE", seed)
    monkeypatch.setenv("CUDASHIM_THREADS", "16")
    assert_same(everything(Cuda()), straight)
    assert_same(everything(Cuda(chunk=25)), straight)


def test_other_parameters_starts_and_drives_need_no_compiler(everything, wavy, monkeypatch, tmp_path):
    everything(Cuda())
    monkeypatch.setattr(cuda.CudaTarget, "compile", None)
    drive = np.ones((2, PARTS, UNITS))
    model = wavy(growth=0.2, tau="7 ms").with_initial(v=[0.0, 0.5, 0.2])
    settings = {"settle": "15 ms", "duration": "45 ms", "record": KEEP}
    assert_same(simulate(model, drive, engine="cuda", **settings), simulate(model, drive, **settings), atol=1e-12)


def test_a_neuron_that_leaves_the_finite_numbers_is_named(everything, wavy):
    drive = np.ones((2, PARTS, UNITS))
    drive[1, :, 2] = -1.7e308
    model = wavy(tau="0.04 ms").with_initial(v=[0.0, 0.5, 0.2])
    with pytest.raises(
        SimulationError, match="wavy left the finite numbers: v of sample 1, unit 2, .* after its start; dt is"
    ):
        simulate(model, drive, settle="15 ms", duration="45 ms", record=KEEP, engine=Cuda(chunk=4))


def noisy(model, engine="cuda", seed=3):
    drive = np.repeat([[-0.5], [1.5]], 1000, axis=1)
    settings = {"settle": "50 ms", "duration": "200 ms", "record": ("trace", "final")}
    return simulate(model, drive, engine=engine, seed=seed, **settings)


@pytest.mark.slow
def test_noise_has_its_statistics_and_a_seed_is_one_sequence(ornstein_uhlenbeck, monkeypatch):
    """As for engine cpp: bounds of five standard deviations. Then chunks of 512: all draw numbers of their own.

    15 CPU-seconds to compile.
    """
    trace = noisy(ornstein_uhlenbeck).trace
    np.testing.assert_allclose(trace.mean(axis=(1, 2)), [-0.5, 1.5], atol=5 * 0.0023)
    centred = trace - np.array([-0.5, 1.5])[:, None, None]
    variance = np.mean(centred**2)
    assert variance == pytest.approx(0.3**2 / (1 - 1e-4 / 2 / 5e-3), rel=0.035)
    assert np.mean(centred[:, 1:] * centred[:, :-1]) / variance == pytest.approx(np.exp(-1), abs=0.025)
    np.testing.assert_array_equal(noisy(ornstein_uhlenbeck).trace, trace)
    np.testing.assert_array_equal(noisy(ornstein_uhlenbeck, Cuda(chunk=100)).trace, trace)
    assert (noisy(ornstein_uhlenbeck, seed=4).trace != trace).mean() > 0.99
    monkeypatch.setattr(cuda, "_NOISY_CHUNK", 512)
    recording = noisy(ornstein_uhlenbeck)
    assert np.mean((recording.trace - [[[-0.5]], [[1.5]]]) ** 2) == pytest.approx(variance, rel=0.035)
    final = recording.final.ravel() - np.repeat([-0.5, 1.5], 1000)
    for shift in (1, 464, 512, 1024):
        assert abs(np.corrcoef(final[shift:], final[:-shift])[0, 1]) < 5 / np.sqrt(len(final) - shift), shift


def without_emulation(monkeypatch, *cards: gpu.Gpu):
    """Only these cards, and a toolkit that takes one."""
    toolchain = cuda.find_toolchain()
    monkeypatch.setattr(cuda, "find_toolchain", lambda: replace(toolchain, emulated=False, version=(13, 0)))
    for module in (cuda, gpu):
        monkeypatch.setattr(module, "gpus", lambda: cards)


def test_without_a_card_it_says_so_before_anything_is_compiled(monkeypatch, no_compile):
    without_emulation(monkeypatch)
    with pytest.raises(SimulationError) as caught:
        simulate(FHN, [[0.1]], duration="1 ms", engine="cuda")
    message = str(caught.value)
    assert message.startswith("no NVIDIA GPU is here, so engine 'cuda' cannot run: take engine 'cpp', or ")
    assert len(message.splitlines()) == 1


def test_a_card_that_is_too_old_is_named(monkeypatch, no_compile):
    without_emulation(monkeypatch, gpu.Gpu("Old Card", "470.1", 6.1, 1 << 30))
    with pytest.raises(
        SimulationError, match=r"no NVIDIA GPU that can be used is here \(Old Card: its driver is 470.1"
    ):
        simulate(FHN, [[0.1]], duration="1 ms", engine="cuda")


def test_without_a_toolkit_it_says_what_to_install(monkeypatch, no_compile, tmp_path):
    monkeypatch.setenv("SPIKENET_CUDA", str(tmp_path))
    with pytest.raises(ToolchainError, match="no whole CUDA toolkit was found"):
        simulate(FHN, [[0.1]], duration="1 ms", engine="cuda")


def test_a_rate_that_would_be_fixed_is_refused(no_compile):
    model = NeuronModel(
        name="drawn",
        equations="dv/dt = -v/tau : 1\ni_in : 1",
        outputs="v",
        threshold="poisson(rate) > 2 + i_in",
        reset="v += 1",
        parameters={"tau": "5 ms", "rate": 1.5},
        initial={"v": 0.0},
        method="euler",
        dt="0.1 ms",
    )
    with pytest.raises(
        BuildError, match=r"drawn has poisson\(rate\), and Brian2CUDA would fix rate .* poisson\(rate\*dt"
    ):
        simulate(model, [[0.0]], duration="1 ms", engine="cuda")


@pytest.mark.parametrize("name", ["chunk", "memory"])
@pytest.mark.parametrize("value", [0, -1, 2.0, True])
def test_chunk_and_memory_are_whole_numbers(name, value):
    with pytest.raises(InvalidValueError, match=f"{name} is {value!r}, wanted a whole number from 1, or None"):
        Cuda(**{name: value})


def test_the_precision_is_checked():
    with pytest.raises(InvalidValueError, match="unknown precision 'half'; there are float64, float32"):
        Cuda("half")


def test_chunks_fill_the_memory_of_the_card_or_what_was_named():
    """FHN: x, y, i_in, three parameters and what Brian2 adds, eight bytes each, and one number that is kept."""
    job, drives = plan(FHN, np.broadcast_to(0.0, (70_000, 1000)), Schedule("1 ms", 0.0))
    a_neuron = 8 * (len(FHN.variables) + 1 + 6)
    assert Cuda(memory=a_neuron * 1000 + 5)._program(Path(), job, drives).chunk == 1000
    card = gpu.Gpu("A Card", "580.1", 9.0, a_neuron * 1_000_000)
    assert Cuda()._program(Path(), job, drives, card).chunk == 700_000
    assert Cuda(chunk=5)._program(Path(), job, drives, card).chunk == 5
    for unknown in (None, replace(card, memory=0)):
        assert Cuda()._program(Path(), job, drives, unknown).chunk == (1 << 30) // a_neuron


def test_a_binary_is_for_the_card_that_is_there_unless_one_was_named():
    card = gpu.Gpu("A Card", "580.1", 8.6, 1 << 30)
    assert Cuda()._target(None, card).compute_capability == 8.6
    assert Cuda(compute_capability=9.0)._target(None, card).compute_capability == 9.0
    assert Cuda()._target(None).compute_capability is None


def test_a_program_is_made_for_and_run_on_the_first_card_that_can(monkeypatch):
    cards = [gpu.Gpu(name, "580.1", capability, 1 << 30, f"GPU-{name}") for name, capability in
             (("old", 6.1), ("good", 8.6), ("better", 9.0))]  # fmt: skip
    made = []
    monkeypatch.setattr(cuda, "project_for", lambda job, target: made.append(target.compute_capability) or Path())
    monkeypatch.setattr(cuda.Program, "run", lambda program, *_: made.append(program.prefix))
    without_emulation(monkeypatch, *cards)
    for engine in (Cuda(), Cuda(compute_capability=9.0)):
        engine.run(*plan(FHN, [[0.1]], Schedule("1 ms", 0.0)), None)
    alone = ("env", "CUDA_VISIBLE_DEVICES=GPU-good"), ("env", "CUDA_VISIBLE_DEVICES=GPU-better")
    assert made == [8.6, alone[0], 9.0, alone[1]]
    with pytest.raises(InvalidValueError, match="compute_capability is '9.0', wanted a finite number above 0"):
        Cuda(compute_capability="9.0")
    with pytest.raises(InvalidValueError, match="compute_capability is 5.0, and CUDA 13.0 wants 7.5 or more"):
        Cuda(compute_capability=5.0).run(*plan(FHN, [[0.1]], Schedule("1 ms", 0.0)), None)
    with pytest.raises(SimulationError, match="better: its compute capability is 9.0, and the program is for 10.0"):
        Cuda(compute_capability=10.0).run(*plan(FHN, [[0.1]], Schedule("1 ms", 0.0)), None)


def test_a_project_can_be_compiled_and_run_elsewhere(wavy, monkeypatch, tmp_path):
    """With nothing but ``make``, a shell, and an nvcc that is named; without a toolkit where it is written."""
    nvcc = shlex.quote(str(cuda.find_toolchain().nvcc))
    monkeypatch.setenv("SPIKENET_CUDA", str(tmp_path))  # no toolkit is found any more
    rng = np.random.default_rng(1)
    drive = rng.uniform(0.2, 2.5, (3, PARTS, UNITS))
    simulation = Simulation(wavy.with_initial(v=[0.0, 0.3, 0.6]), settle="15 ms", duration="45 ms", engine="cpp")
    folder = Cuda(chunk=4).write_project(simulation, drive, tmp_path / "a project", record=KEEP)
    for command in (["make", f"NVCC={nvcc} -ccbin g++"], ["sh", "run.sh"]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True, env=os.environ | {"MAKEFLAGS": "-j2"})
    wanted = simulation.run(drive, record=KEEP)
    shape, samples = wanted.mean.shape, wanted.trace.shape[1]
    np.testing.assert_allclose(np.fromfile(folder / "out_mean").reshape(shape) / samples, wanted.mean, rtol=1e-12)
    np.testing.assert_allclose(np.fromfile(folder / "out_trace").reshape(wanted.trace.shape), wanted.trace, atol=1e-12)
    np.testing.assert_array_equal(np.fromfile(folder / "out_count", np.int32).reshape(shape), wanted.count)
    events = np.fromfile(folder / "out_spikes", [("neuron", np.int64), ("time", float)])
    assert len(events) == len(wanted.spikes) > 5
    with pytest.raises(InvalidValueError, match="which is not empty; give a new folder"):
        Cuda().write_project(simulation, drive, folder)


def test_a_project_is_written_for_a_simulation():
    with pytest.raises(InvalidTypeError, match="the simulation is str, wanted an sn.Simulation"):
        Cuda().write_project("fhn", [[0.1]], "nowhere")


def test_spikes_are_in_order_and_in_the_recording(everything):
    spikes = everything(Cuda()).spikes
    order = np.lexsort((spikes.time, spikes.unit, spikes.sample))
    np.testing.assert_array_equal(order, np.arange(len(spikes)))
    assert 0 <= spikes.time.min() and spikes.time.max() < 45e-3 and len(spikes) > 30
