"""What holds for every neuron of MODELS, whatever it is: a new one needs a line in the table and a range of drives."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest

from spikenet.engines.standalone.cpp.engine import Cpp
from spikenet.engines.standalone.cuda.engine import Cuda
from spikenet.recording import Recording, Spikes
from tests.contracts.conftest import SPREADS

SAMPLES, UNITS = 601, 7  # 4,207 neurons: enough for two threads, no whole number of blocks, several chunks below


def without_chance(run) -> tuple[str, ...]:
    """What is kept and does not hang on the order in which chance is drawn: not the spikes of a noisy model."""
    spikes = ("count", "first_spike", "spikes") if run.model.noisy else ()
    return tuple(name for name in run.record if name not in spikes)


def assert_same(one: Recording, other: Recording) -> None:
    """Every number of what was kept is the same, to the last bit."""
    assert one.values.keys() == other.values.keys()
    for name, value in one.values.items():
        pairs = [(value, other.values[name])]
        if isinstance(value, Spikes):
            pairs = [(getattr(value, part), getattr(other.spikes, part)) for part in ("sample", "unit", "time")]
        for here, there in pairs:
            np.testing.assert_array_equal(here, there, err_msg=name)


@pytest.fixture(scope="module")
def few(run):
    """Three samples of five units, by the oracle and by the compiled engine."""
    drive = run.drive(3, 5)
    return run(drive, "runtime"), run(drive, "cpp")


@pytest.fixture(scope="module")
def many(run):
    drive = run.drive(SAMPLES, UNITS)
    return drive, run(drive, Cpp(threads=1))


def test_the_compiled_engine_agrees_with_brian2_in_process(run, few):
    """Same scheme, other order of operations: 1e-16 a step, grown over 1,200 steps of a nonlinear system."""
    oracle, ours = few
    for name in ("mean", "trace", "final"):
        spread = np.ptp(oracle.trace)
        np.testing.assert_allclose(ours.values[name], oracle.values[name], rtol=0, atol=1e-9 * spread, err_msg=name)
    if "spikes" in without_chance(run):
        np.testing.assert_array_equal(ours.count, oracle.count)
        np.testing.assert_allclose(ours.first_spike, oracle.first_spike, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(ours.spikes.sample, oracle.spikes.sample)
        np.testing.assert_array_equal(ours.spikes.unit, oracle.spikes.unit)
        np.testing.assert_allclose(ours.spikes.time, oracle.spikes.time, rtol=0, atol=1e-12)


BOUNDS = pytest.mark.parametrize(("precision", "bound"), [("float64", 1e-12), ("float32", 1e-4)])


@pytest.mark.brian2cuda
@BOUNDS
@pytest.mark.slow
def test_cuda_gives_what_cpp_gives(run, precision, bound, emulator):
    """On the emulator: 15 to 20 CPU-seconds to compile for a model and a precision."""
    assert_cuda_agrees(run, precision, bound)


@pytest.mark.brian2cuda
@BOUNDS
@pytest.mark.gpu
@pytest.mark.slow
def test_a_card_gives_what_cpp_gives(run, precision, bound):
    """Not yet run: a card contracts products and sums (fma), which the emulator does not."""
    assert_cuda_agrees(run, precision, bound)


def assert_cuda_agrees(run, precision: str, bound: float) -> None:
    """``bound`` is of the trace's spread; spikes to the last bit; where there is chance, about as many."""
    drive = run.drive(3, 5)
    ours, theirs = run(drive, Cuda(precision)), run(drive, Cpp(precision))
    certain = without_chance(run)
    for name in set(certain) - {"spikes", "count", "first_spike"}:
        atol = bound * np.ptp(theirs.trace)
        np.testing.assert_allclose(ours.values[name], theirs.values[name], rtol=0, atol=atol, err_msg=name)
    if "spikes" in certain:
        for part in ("sample", "unit", "time"):
            np.testing.assert_array_equal(getattr(ours.spikes, part), getattr(theirs.spikes, part), err_msg=part)
        for name in ("count", "first_spike"):
            np.testing.assert_array_equal(ours.values[name], theirs.values[name], err_msg=name)
    elif run.model.spiking:
        assert abs(int(ours.count.sum()) - int(theirs.count.sum())) < 5 * np.sqrt(ours.count.sum() + theirs.count.sum())
        assert ours.count.sum() == len(ours.spikes) > 1000


def test_the_drives_reach_from_silence_to_firing(run, few):
    """Or the other contracts would say little."""
    oracle, _ = few
    if run.model.spiking:
        assert (oracle.count == 0).any() and (oracle.count > 0).any()
        assert np.isinf(oracle.first_spike).any()
    else:
        assert np.ptp(oracle.trace[..., :]) > SPREADS[run.model.name]


def test_the_mean_is_that_of_the_trace(many):
    """Summed in another order: rounding of 100 summands."""
    _, recording = many
    spread = np.ptp(recording.trace)
    np.testing.assert_allclose(recording.mean, recording.trace.mean(axis=1), rtol=0, atol=1e-13 * spread)


def test_spikes_counts_and_first_spikes_tell_the_same_story(run, many):
    if not run.model.spiking:
        pytest.skip("never spikes")
    _, recording = many
    spikes, units = recording.spikes, recording.shape[1]
    neuron = spikes.sample * units + spikes.unit
    assert (np.lexsort((spikes.time, neuron)) == np.arange(len(spikes))).all()
    np.testing.assert_array_equal(np.bincount(neuron, minlength=recording.count.size), recording.count.ravel())
    first = np.full(recording.count.size, np.inf)
    np.minimum.at(first, neuron, spikes.time)
    np.testing.assert_allclose(recording.first_spike.ravel(), first, rtol=0, atol=1e-12)
    assert spikes.time.min() >= 0
    assert spikes.time.max() < 1000 * run.model.dt


@pytest.mark.parametrize("engine", [Cpp(threads=2), Cpp(threads=2, chunk=1000), Cpp(threads=1, chunk=128)], ids=repr)
def test_threads_and_chunks_do_not_change_a_bit(run, many, engine):
    drive, recording = many
    assert_same(run(drive, engine), recording)


def test_a_neuron_does_the_same_wherever_it_lies(run, many):
    drive, recording = many
    turned = run({port: array[::-1, ::-1] for port, array in drive.items()}, "cpp", record=run.record)
    for name in set(without_chance(run)) - {"spikes"}:
        np.testing.assert_array_equal(turned.values[name][::-1, ..., ::-1], recording.values[name], err_msg=name)


@pytest.mark.parametrize("again", [lambda one: pickle.loads(pickle.dumps(one)), copy.deepcopy])
def test_a_pickled_or_copied_model_is_the_same_neuron(run, few, again):
    other = replace(run, model=again(run.model))
    assert_same(other(run.drive(3, 5), "cpp"), few[1])


def test_what_is_kept_has_its_shape_and_type(run, few):
    for recording in few:
        shapes = {"mean": (3, 5), "trace": (3, 100, 5), "final": (3, 5), "count": (3, 5), "first_spike": (3, 5)}
        for name, shape in shapes.items():
            if name in recording.values:
                assert recording.values[name].shape == shape
                assert recording.values[name].dtype == (np.int32 if name == "count" else np.float64)
        assert recording.variable == run.model.outputs[0]
        assert recording.sample_dt == pytest.approx(10 * run.model.dt)
        assert recording.provenance["model"] == run.model.name
