"""What holds for every engine of ENGINES: the answer does not depend on which one gave it."""

import numpy as np
import pytest

from spikenet.engines.base import ENGINES, Engine
from spikenet.engines.simulate import Schedule, find_engine
from spikenet.engines.standalone.cpp.engine import Cpp
from spikenet.progress import Progress
from spikenet.recording import Recording
from tests.planning import plan

DRIVES = np.array([[-0.8, -0.31, 0.0], [0.2, 0.55, 0.7]])


# CUDA on the emulator: 15 to 20 CPU-seconds to compile; tests/engines/standalone/cuda has a job for every day.
SLOW_CUDA = pytest.param("cuda", marks=[pytest.mark.slow, pytest.mark.brian2cuda])


@pytest.fixture(scope="module", params=[SLOW_CUDA if name == "cuda" else name for name in ENGINES])
def engine(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def seen() -> list[float]:
    """What the progress callback was told."""
    return []


@pytest.fixture(scope="module")
def recording(engine, fhn_run, seen, emulator_throughout) -> Recording:
    seen.clear()
    return fhn_run(DRIVES, engine, progress=seen.append)


@pytest.fixture(scope="module")
def oracle(fhn_run) -> Recording:
    return fhn_run(DRIVES, "runtime")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_name_is_an_engine_that_is_frozen(engine):
    made = find_engine(engine)
    assert isinstance(made, Engine) and made.name == engine
    assert find_engine(made) is made
    with pytest.raises(AttributeError):
        made.name = "other"


def test_every_engine_gives_the_same_answer(recording, oracle):
    """Rounding for those that simulate each neuron; a table's own measured error, and no more than a hundredth."""
    bounds = dict.fromkeys(("mean", "trace", "final"), 1e-9)
    if "error" in recording.provenance:
        bounds = {name: recording.provenance["error"][f"{name}_max"] + 1e-6 for name in bounds}
    for name, bound in bounds.items():
        assert bound < 0.01 * np.ptp(oracle.trace)
        np.testing.assert_allclose(recording.values[name], oracle.values[name], rtol=0, atol=bound, err_msg=name)


def test_every_engine_says_how_the_recording_was_made(engine, recording):
    made = recording.provenance
    assert (made["engine"], made["model"], made["seed"]) == (engine, "fhn", 0)
    assert (made["dt"], made["settle"], made["duration"]) == pytest.approx((1e-5, 2e-3, 1e-2))
    assert made["parameters"] == {"epsilon": "0.05", "a": "0", "tau": "1 ms"}
    assert made["seconds"] > 0


def test_progress_never_goes_back_and_ends_at_one(recording, seen):
    del recording
    assert seen == sorted(seen)
    assert 0 <= seen[0] < 1
    assert seen[-1] == pytest.approx(1.0)


def test_one_neuron_is_enough(engine, fhn_run, oracle, emulator_throughout):
    recording = fhn_run([[0.2]], engine)
    assert recording.trace.shape == (1, 100, 1)
    # A table holds traces in two bytes: half of 1/65,535 of their range, 4.
    np.testing.assert_allclose(recording.trace[0, :, 0], oracle.trace[1, :, 0], rtol=0, atol=4e-5)


def test_single_precision_keeps_the_mean_to_four_digits(fhn_run):
    """Off abs(a + I) = 1 a limit cycle draws rounding in: 6e-8 a step stays under 1e-4 of a mean over 2 to 4 cycles."""
    drive = np.concatenate([np.linspace(-0.8, 0.8, 300), [-1.5, 1.5]])[None]
    exact, single = fhn_run(drive, "cpp"), fhn_run(drive, Cpp("float32"))
    assert single.trace.dtype == single.final.dtype == np.float32 and single.mean.dtype == np.float64
    np.testing.assert_allclose(single.mean, exact.mean, rtol=0, atol=1e-4)
    assert np.abs(single.mean - exact.mean).max() > 1e-9  # it is another precision


def test_a_few_instants_are_those_of_the_trace(engine, fhn_run, emulator_throughout):
    model = fhn_run.model
    job, drives = plan(
        model, [[0.2, -0.1]], Schedule("10 ms", "2 ms"), record=fhn_run.record
    )  # compiled for others already
    made = find_engine(engine)
    found = made.trace_at(job, drives, np.array([5, 0, 99]), Progress("", lambda _: None))
    trace = made.run(job, drives, Progress("", lambda _: None)).trace
    np.testing.assert_allclose(found, trace[:, [5, 0, 99]], rtol=0, atol=1e-6)
