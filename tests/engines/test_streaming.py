"""Pieces of the samples are what the whole is."""

import numpy as np
import pytest

from spikenet.engines import streaming
from spikenet.engines.runtime import Runtime
from spikenet.engines.simulate import Schedule, simulate, stream
from spikenet.neurons import FHN, LIF
from spikenet.progress import Progress
from tests.planning import plan

DRIVE = np.linspace(-0.7, 0.7, 21).reshape(7, 3)
SETTINGS = {"settle": "0.5 ms", "duration": "1 ms", "sample_dt": "0.1 ms", "engine": "runtime"}


@pytest.fixture
def pieces_of_three(monkeypatch):
    """Room for the traces of three samples: 10 times, 3 units, 8 bytes."""
    monkeypatch.setattr(streaming, "_PIECE_BYTES", 3 * 10 * 3 * 8)


def test_pieces_together_are_what_simulate_gives(pieces_of_three):
    pieces = list(stream(FHN, DRIVE, record=("trace", "mean"), **SETTINGS))
    whole = simulate(FHN, DRIVE, record=("trace", "mean"), **SETTINGS)
    assert [here for here, _ in pieces] == [slice(0, 3), slice(3, 6), slice(6, 7)]
    np.testing.assert_array_equal(np.concatenate([piece.trace for _, piece in pieces]), whole.trace)
    np.testing.assert_array_equal(np.concatenate([piece.mean for _, piece in pieces]), whole.mean)


def test_a_changing_drive_is_cut_along_the_samples(pieces_of_three):
    drive = np.random.default_rng(0).uniform(-0.7, 0.7, (7, 5, 3))
    pieces = [piece.trace for _, piece in stream(FHN, drive, **SETTINGS)]
    np.testing.assert_array_equal(np.concatenate(pieces), simulate(FHN, drive, record="trace", **SETTINGS).trace)


def test_spikes_are_numbered_within_their_piece(pieces_of_three):
    drive = np.linspace(0.3e-9, 0.9e-9, 21).reshape(7, 3)
    settings = {"duration": "30 ms", "sample_dt": "3 ms", "engine": "runtime", "record": ("trace", "spikes")}
    whole = simulate(LIF, drive, **settings).spikes
    pieces = list(stream(LIF, drive, **settings))
    assert len(pieces) == 3 and len(whole) > 21
    np.testing.assert_array_equal(
        np.concatenate([here.start + one.spikes.sample for here, one in pieces]), whole.sample
    )
    np.testing.assert_array_equal(np.concatenate([one.spikes.time for _, one in pieces]), whole.time)


def test_without_traces_one_piece_is_enough(pieces_of_three):
    assert len(list(stream(FHN, DRIVE[:3], record="mean", **SETTINGS))) == 1


def test_a_noisy_stream_is_one_piece(pieces_of_three, ornstein_uhlenbeck):
    """Every piece would draw the same numbers."""
    settings = {"duration": "10 ms", "sample_dt": "1 ms", "engine": "runtime", "seed": 5}
    ((_, piece),) = stream(ornstein_uhlenbeck, DRIVE, record="trace", **settings)
    np.testing.assert_array_equal(piece.trace, simulate(ornstein_uhlenbeck, DRIVE, record="trace", **settings).trace)


def test_progress_goes_on_from_piece_to_piece(pieces_of_three):
    seen = []
    for _ in stream(FHN, DRIVE, progress=seen.append, **SETTINGS):
        assert seen[-1] < 1.0 or len(seen) > 3
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
    assert any(0.4 < done < 0.5 for done in seen)  # three of seven


def test_nothing_is_simulated_before_it_is_asked_for(pieces_of_three):
    seen = []
    pieces = stream(FHN, DRIVE, progress=seen.append, **SETTINGS)
    assert not seen
    next(pieces)
    assert seen[-1] == pytest.approx(3 / 7)


def test_a_read_out_is_traces_times_weights(pieces_of_three):
    weights = np.random.default_rng(1).normal(size=(3, 4))
    job, drives = plan(FHN, DRIVE, Schedule("1 ms", "0.5 ms", None, "0.1 ms"), record="trace")
    pieces = list(Runtime().read_out(job, drives, weights, Progress("x", follow=lambda _: None)))
    trace = simulate(FHN, DRIVE, record="trace", **SETTINGS).trace
    np.testing.assert_allclose(
        np.concatenate([logits for _, logits in pieces]), trace @ weights, rtol=1e-12, atol=1e-14
    )
