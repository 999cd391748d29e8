"""The compiled engine: drives that change, chunks and threads, noise, and what goes wrong."""

import subprocess

import numpy as np
import pytest
from brian2 import amp

from spikenet.engines import streaming
from spikenet.engines.simulate import simulate, stream
from spikenet.engines.standalone import blocks
from spikenet.engines.standalone.cpp import engine as cpp
from spikenet.engines.standalone.cpp.engine import Cpp
from spikenet.engines.standalone.sources import TEMPLATES
from spikenet.errors import SimulationError
from spikenet.neurons import FHN, IF
from spikenet.recording import Recording

DT = 1e-4
SETTLE, RECORD = 0.02, 0.1
PARTS = {"g_exc": 12, "g_inh": 30}  # values that each port takes: every 10 ms, every 4 ms
SAMPLES, UNITS = 601, 7  # 4,207 neurons: two threads, no whole number of blocks, samples that lie across chunks


def changing_drives(samples: int, units: int) -> dict[str, np.ndarray]:
    """(sample, time, unit) for each port."""
    rng = np.random.default_rng(1)
    return {port: rng.uniform(0.0, 2.0, (samples, parts, units)) for port, parts in PARTS.items()}


def with_starts(model, units: int):
    """Every unit has its own initial voltage."""
    return model.with_initial(v=np.linspace(-80e-3, -40e-3, units))


def run(model, drive, engine, record=("mean", "trace", "final"), **settings) -> Recording:
    return simulate(model, drive, settle=SETTLE, duration=RECORD, record=record, engine=engine, **settings)


def formula(drives, starts) -> np.ndarray:
    """v of the two-port model, (sample, time, unit) every ms from the end of settle; exact from piece to piece."""
    v = np.broadcast_to(starts, drives["g_exc"][:, 0].shape).copy()
    trace = []
    for millisecond in range(120):
        trace.append(v)
        exc, inh = (drives[port][:, millisecond * parts // 120] for port, parts in PARTS.items())
        rate = 1 + exc + inh
        aim = (-70e-3 + exc * 0.0 + inh * -80e-3) / rate
        v = aim + (v - aim) * np.exp(-rate * 1e-3 / 20e-3)
    return np.stack(trace, axis=1)[:, 20:]


@pytest.mark.parametrize("engine", ["cpp", "runtime"])
def test_two_changing_ports_and_starts_of_each_unit_follow_the_formula(conductances, engine):
    """Piecewise constant conductances, so piecewise exponentials; RK4 at dt/tau < 0.025 is good to 1e-8 of them."""
    drives, model = changing_drives(3, 5), with_starts(conductances, 5)
    recording = run(model, drives, engine)
    wanted = formula(drives, model.initial["v"])
    assert np.ptp(wanted) > 0.02
    np.testing.assert_allclose(recording.trace, wanted, rtol=0, atol=1e-9)
    np.testing.assert_allclose(recording.mean, wanted.mean(axis=1), rtol=0, atol=1e-9)


@pytest.mark.parametrize("engine", [Cpp(threads=2), Cpp(threads=2, chunk=1000), Cpp(threads=1, chunk=128)], ids=repr)
def test_changing_drives_do_not_depend_on_threads_or_chunks(conductances, engine):
    drives, model = changing_drives(SAMPLES, UNITS), with_starts(conductances, UNITS)
    one, other = run(model, drives, Cpp(threads=1)), run(model, drives, engine)
    for name in ("mean", "trace", "final"):
        np.testing.assert_array_equal(one.values[name], other.values[name], err_msg=name)


def test_a_model_with_everything_agrees_with_the_oracle_in_every_chunk(wavy):
    """The time, what a reset changes and what is refractory start anew in each chunk."""
    keep = ("mean", "trace", "final", "count", "first_spike", "spikes")
    drive = np.linspace(0.5, 2.5, 300).reshape(100, 3)
    oracle = run(wavy, drive, "runtime", keep)
    for engine in (Cpp(chunk=128), Cpp()):
        ours = run(wavy, drive, engine, keep)
        for name in ("mean", "trace", "final"):
            np.testing.assert_allclose(ours.values[name], oracle.values[name], rtol=0, atol=1e-10, err_msg=name)
        np.testing.assert_array_equal(ours.count, oracle.count)
        np.testing.assert_allclose(ours.spikes.time, oracle.spikes.time, rtol=0, atol=1e-12)
    assert oracle.count.min() == 0 and oracle.count.max() >= 3


@pytest.fixture(scope="module")
def noisy(ornstein_uhlenbeck):
    """2,000 neurons of two drives, 40 samples 5 ms apart: two chunks of the compiled engine."""

    def run_noisy(engine="cpp", seed=3):
        drive = np.repeat([[-0.5], [1.5]], 1000, axis=1)
        settings = {"settle": "50 ms", "duration": "200 ms", "record": ("trace", "final")}
        return simulate(ornstein_uhlenbeck, drive, engine=engine, seed=seed, **settings)

    return run_noisy


@pytest.mark.parametrize("engine", ["cpp", "runtime"])
def test_noise_has_the_statistics_of_ornstein_and_uhlenbeck(noisy, engine):
    """Mean i_in, variance sigma**2/(1 - dt/2tau) for Euler, correlation exp(-1) after tau.

    80,000 samples with a correlation of 1/e are worth 37,000: the mean is good to 0.0016, the variance to 0.7 %, the
    correlation to 0.005. The bounds are five of these.
    """
    trace = noisy(engine).trace  # (sample, time, unit)
    np.testing.assert_allclose(trace.mean(axis=(1, 2)), [-0.5, 1.5], atol=5 * 0.0023)
    centred = trace - np.array([-0.5, 1.5])[:, None, None]
    variance = np.mean(centred**2)
    assert variance == pytest.approx(0.3**2 / (1 - DT / 2 / 5e-3), rel=0.035)
    assert np.mean(centred[:, 1:] * centred[:, :-1]) / variance == pytest.approx(np.exp(-1), abs=0.025)


def test_neurons_and_chunks_draw_numbers_of_their_own(noisy):
    """Correlations of 2,000 final values: 0.022 is one standard deviation."""
    final = noisy().final.ravel() - np.repeat([-0.5, 1.5], 1000)
    for shift in (1, 128, 976, 1024):
        assert abs(np.corrcoef(final[shift:], final[:-shift])[0, 1]) < 5 / np.sqrt(len(final) - shift), shift


@pytest.mark.parametrize("engine", ["cpp", "runtime"])
def test_a_seed_is_one_sequence_of_chance(noisy, engine):
    one, again, other = noisy(engine).trace, noisy(engine).trace, noisy(engine, seed=4).trace
    np.testing.assert_array_equal(one, again)
    assert (one != other).mean() > 0.99


@pytest.mark.parametrize("engine", [Cpp(threads=1), Cpp(threads=3), Cpp(chunk=128), Cpp(chunk=100_000)], ids=repr)
def test_chance_does_not_depend_on_threads_or_chunks(noisy, engine, monkeypatch):
    expected = noisy("cpp").trace
    monkeypatch.setattr(cpp, "_STEPS_PER_WORKER", 1)
    np.testing.assert_array_equal(noisy(engine).trace, expected)


def charged(drive, engine) -> Recording:
    """Charge without end, as in the contract for every model, which has the project."""
    keep = ("mean", "trace", "final", "count", "first_spike", "spikes")
    return simulate(IF, drive * amp, engine=engine, settle=200 * DT, duration=1000 * DT, sample_dt=10 * DT, record=keep)


def test_workers_together_are_one(monkeypatch):
    """700 neurons in six chunks, for one worker and for four: all that is kept, spikes in the order of neurons."""
    monkeypatch.setattr(cpp, "_STEPS_PER_WORKER", 1)
    drive = np.linspace(0.1, 3, 700).reshape(7, 100)
    alone, together = (charged(drive, Cpp(threads=threads, chunk=128)) for threads in (1, 4))
    assert len(alone.spikes) > 700
    for name in ("mean", "trace", "final", "count", "first_spike"):
        np.testing.assert_array_equal(together.values[name], alone.values[name], err_msg=name)
    for name in ("sample", "unit", "time"):
        np.testing.assert_array_equal(getattr(together.spikes, name), getattr(alone.spikes, name), err_msg=name)


@pytest.mark.parametrize("sample", [0, 1, 5])
def test_whichever_worker_meets_it_a_neuron_without_end_is_named(monkeypatch, sample):
    monkeypatch.setattr(cpp, "_STEPS_PER_WORKER", 1)
    drive = np.zeros((7, 100))
    drive[sample, 42] = -1e300
    with pytest.raises(SimulationError, match=f"numbers: v of sample {sample}, unit 42, 36 ms after its start"):
        charged(drive, Cpp(threads=3, chunk=128))


def test_a_worker_that_is_killed_is_told(tmp_path):
    """A program of the stream alone, whose second worker ends itself."""
    (tmp_path / "plan").write_text("total 4\nunits 2\nchunk 2\nsamples 1\nworkers 2\nseed 0\nrecord_start 0\n")
    (tmp_path / blocks.HEADER).write_text(blocks.header(1))
    (tmp_path / "main.cpp").write_text(
        '#include <csignal>\n#include "spikenet_stream.h"\nint main() { auto& stream = spikenet::stream(); '
        "stream.divide(); while (stream.next_chunk()) if (stream.first) raise(SIGTERM); stream.finish(); }\n"
    )
    command = ["g++", "-I.", f"-I{TEMPLATES}", "main.cpp", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True, stdin=subprocess.DEVNULL)
    done = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 4 and "a process was ended by signal 15" in done.stderr


@pytest.mark.parametrize("engine", ["cpp", "runtime"])
def test_a_neuron_that_leaves_the_finite_numbers_is_named(engine):
    drive = np.zeros((2, 3))
    drive[1, 2] = -1e300
    with pytest.raises(
        SimulationError,
        match="integrate_and_fire left the finite numbers: v of sample 1, unit 2, .* after its start; dt is",
    ):
        charged(drive, engine)


def test_chunks_are_whole_blocks_and_few_neurons_take_one_worker(monkeypatch, tmp_path):
    """The program is a script that keeps its plan: 6 neurons; then 10,000, of which two workers take 5,000 each."""
    (tmp_path / "main").write_text(f"#!/bin/sh\ncp plan {tmp_path}; exit 9\n")
    (tmp_path / "main").chmod(0o700)
    monkeypatch.setattr(cpp, "project_for", lambda job, target: tmp_path)

    def planned(samples: int, **settings) -> tuple[str, str]:
        with pytest.raises(SimulationError):
            simulate(FHN, np.zeros((samples, 2)), duration="50 ms", engine=Cpp("float32", **settings))
        plan = dict(line.split() for line in (tmp_path / "plan").read_text().splitlines())
        return plan["workers"], plan["chunk"]

    assert planned(3, chunk=200) == ("1", "128")
    assert planned(5000, threads=2) == ("2", "5120")
    assert planned(5000, threads=2, chunk=200) == ("2", "256")
    assert planned(5000, threads=1, chunk=200) == ("1", "256")


def test_a_project_that_is_cleared_before_it_starts_is_made_again_once(monkeypatch, tmp_path):
    """The second time its program is a script that fails; a project that is there is not made again."""
    (tmp_path / "main").write_text("#!/bin/sh\nexit 9\n")
    (tmp_path / "main").chmod(0o700)
    projects = [tmp_path, tmp_path / "cleared"]
    monkeypatch.setattr(cpp, "project_for", lambda job, target: projects.pop())
    with pytest.raises(SimulationError, match="exit code 9"):
        simulate(FHN, [[0.1]], duration="2 ms")
    assert not projects


def test_a_stream_in_pieces_is_the_simulation(conductances, monkeypatch):
    """Two samples of seven units at a time, 100 values each."""
    monkeypatch.setattr(streaming, "_PIECE_BYTES", 2 * 100 * 7 * 8)
    drives, model = changing_drives(5, UNITS), with_starts(conductances, UNITS)
    settings = {"settle": SETTLE, "duration": RECORD, "record": ("mean", "trace", "final")}
    pieces = list(stream(model, drives, **settings))
    assert [here for here, _ in pieces] == [slice(0, 2), slice(2, 4), slice(4, 5)]
    whole = run(model, drives, "cpp")
    for name in settings["record"]:
        together = np.concatenate([piece.values[name] for _, piece in pieces])
        np.testing.assert_array_equal(together, whole.values[name], err_msg=name)


@pytest.mark.parametrize(("seed", "other"), [(0, 1_000_003), (5, 1_000_008)])
def test_no_chunk_of_a_seed_is_a_chunk_of_another(ornstein_uhlenbeck, seed, other):
    """Seeds and chunks were added: the second chunk of seed 0 was the first one of 1,000,003."""
    second, first = (
        simulate(ornstein_uhlenbeck, np.zeros((2, 1024)), settle="50 ms", duration="200 ms", seed=seed,
                 record=("trace", "final")).final[row]
        for seed, row in ((seed, 1), (other, 0))
    )  # fmt: skip
    assert abs(np.corrcoef(second, first)[0, 1]) < 5 / np.sqrt(1024)


@pytest.mark.slow
def test_single_precision_has_the_same_bits_however_the_work_is_divided(wavy, ornstein_uhlenbeck, monkeypatch):
    """Threads, chunks and a second run; without noise the order of samples, too."""
    monkeypatch.setattr(cpp, "_STEPS_PER_WORKER", 1)
    drive = np.linspace(0.5, 2.5, 2100).reshape(300, 7)
    for model in (wavy, ornstein_uhlenbeck):
        expected = run(model, drive, Cpp("float32"))
        for settings in ({}, {"threads": 1}, {"threads": 3}, {"threads": 2, "chunk": 128}, {"chunk": 100_000}):
            found = run(model, drive, Cpp("float32", **settings))
            for name in ("mean", "trace", "final"):
                assert found.values[name].tobytes() == expected.values[name].tobytes(), (model.name, settings, name)
    order = np.random.default_rng(2).permutation(len(drive))
    expected, shuffled = run(wavy, drive, Cpp("float32")), run(wavy, drive[order], Cpp("float32", threads=2))
    assert shuffled.trace.tobytes() == expected.trace[order].tobytes()
