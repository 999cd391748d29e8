"""A recording holds what was kept, and says what was not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spikenet.errors import InvalidValueError
from spikenet.recording import RECORDABLE, Recording, Spikes


@pytest.fixture
def spikes() -> Spikes:
    """Two samples of three units; neuron 4 (sample 1, unit 1) spikes twice."""
    neurons, times = np.array([4, 0, 5, 4]), np.array([0.3, 0.2, 0.1, 0.1])
    return Spikes.from_neurons(neurons, times, units=3)


@pytest.fixture
def recording(spikes) -> Recording:
    trace = np.arange(24.0).reshape(2, 4, 3)  # (sample, time, unit)
    values = {"mean": trace.mean(axis=1), "trace": trace, "spikes": spikes}
    return Recording(values, (2, 3), sample_dt=0.5, variable="x", provenance={"engine": "by hand"})


def test_spikes_come_in_the_order_of_sample_unit_and_time(spikes):
    assert spikes.sample.tolist() == [0, 1, 1, 1]
    assert spikes.unit.tolist() == [0, 1, 1, 2]
    assert spikes.time.tolist() == [0.2, 0.1, 0.3, 0.1]
    assert len(spikes) == 4


def test_the_spikes_of_one_unit_are_picked_out(spikes):
    assert spikes.times_of(1, 1).tolist() == [0.1, 0.3]
    assert spikes.times_of(0, 1).tolist() == []


@given(st.integers(1, 7), arrays(np.int64, st.integers(0, 40), elements=st.integers(0, 20)))
def test_no_spike_is_lost_or_changed_by_sorting(units, neurons):
    times = np.random.default_rng(len(neurons)).random(len(neurons))
    spikes = Spikes.from_neurons(neurons, times, units)
    back = spikes.sample * units + spikes.unit
    assert sorted(zip(back, spikes.time, strict=True)) == sorted(zip(neurons, times, strict=True))
    assert list(zip(back, spikes.time, strict=True)) == sorted(zip(back, spikes.time, strict=True))


@pytest.mark.parametrize("name", RECORDABLE)
def test_everything_that_can_be_kept_has_an_attribute_of_its_name(name):
    marker = np.ones((1, 1))
    assert getattr(Recording({name: marker}, (1, 1), 1.0), name) is marker


def test_what_was_not_kept_is_an_error_that_says_how_to_keep_it(recording):
    with pytest.raises(InvalidValueError, match=r"holds mean, spikes, trace, not count; .*record=\('count', \.\.\.\)"):
        _ = recording.count
    with pytest.raises(InvalidValueError, match="holds nothing"):
        _ = Recording({}, (1, 1), 1.0).mean


def test_times_run_from_the_start_of_the_recording_in_samples(recording):
    assert recording.times.tolist() == [0.0, 0.5, 1.0, 1.5]


def test_a_recording_says_what_it_holds(recording):
    assert repr(recording) == "Recording(2 samples x 3 units: mean 2x3, trace 2x4x3 every 500 ms, spikes 4; by hand)"


def test_a_recording_cannot_be_rebound(recording):
    with pytest.raises(AttributeError):
        recording.shape = (3, 3)


def test_recordings_and_spikes_compare_by_what_they_hold(spikes, recording):
    again = Spikes(spikes.sample.copy(), spikes.unit.copy(), spikes.time.copy())
    assert again == spikes and spikes != Spikes(spikes.sample, spikes.unit, 2 * spikes.time) and spikes != "spikes"
    same = Recording({**recording.values, "spikes": again}, (2, 3), 0.5, "x", {"engine": "another"})
    assert same == recording and recording != 3
    for name, other in {"shape": (3, 2), "sample_dt": 0.25, "variable": "y", "values": {"spikes": spikes}}.items():
        assert replace(recording, **{name: other}) != recording
    assert replace(recording, values={**recording.values, "mean": recording.mean + 1}) != recording
    with_gap = Recording({"mean": np.array([[np.nan, 1.0]])}, (1, 2), 1.0)
    assert with_gap == Recording({"mean": np.array([[np.nan, 1.0]])}, (1, 2), 1.0)
