import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import spikenet.decode.dwell_time as dwell_time
from spikenet.decode import Readout, decode_dwell, decode_dwell_logits, dwell_fractions
from spikenet.errors import InvalidValueError

small_whole = st.integers(-2, 2).map(float)  # so that there are many ties
logits_with_ties = arrays(float, array_shapes(min_dims=3, max_dims=3, max_side=7), elements=small_whole)


def by_definition(logits):
    """Instants won, one at a time: the first of the largest."""
    won = np.zeros((logits.shape[0], logits.shape[2]), dtype=int)
    for sample, row in enumerate(logits.tolist()):
        for instant in row:
            won[sample, instant.index(max(instant))] += 1
    return won


@given(logits_with_ties, st.sampled_from([1, 100, 10_000]))
def test_dwell_counts_the_instants_of_the_first_of_the_largest(logits, block_bytes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dwell_time, "BLOCK_BYTES", block_bytes)  # results do not depend on it
        won = by_definition(logits)
        assert dwell_fractions(logits) == pytest.approx(won / logits.shape[1])
        assert decode_dwell_logits(logits).tolist() == [row.index(max(row)) for row in won.tolist()]


@pytest.mark.parametrize("level", [-0.6, 0.1, 0.8])
def test_a_sine_is_above_a_level_for_the_time_that_the_arc_sine_says(level):
    time = (np.arange(100_000) + 0.5) / 100_000
    logits = np.stack([np.full_like(time, level), np.sin(2 * np.pi * time)], axis=-1)[np.newaxis]
    below = 0.5 + np.arcsin(level) / np.pi
    assert dwell_fractions(logits)[0] == pytest.approx([below, 1 - below], abs=4e-5)  # two crossings, a sample each
    assert decode_dwell_logits(logits) == (0 if below > 0.5 else 1)


def test_the_longest_time_wins_not_the_largest_mean():
    logits = np.zeros((1, 5, 3))
    logits[0, :3, 2] = 0.1
    logits[0, 3:, 1] = 100.0
    assert decode_dwell_logits(logits).tolist() == [2]


def test_ties_go_to_the_lower_class_in_an_instant_and_in_time():
    assert decode_dwell_logits(np.zeros((1, 4, 3))).tolist() == [0]
    one_each = np.eye(3)[np.newaxis, ::-1]  # 2 wins, then 1, then 0
    assert decode_dwell_logits(one_each).tolist() == [0]
    assert decode_dwell_logits(one_each[..., [1, 0, 2]]).tolist() == [0]
    assert decode_dwell_logits(np.array([[[0.0, 3.0, 3.0]]])).tolist() == [1]


@pytest.mark.parametrize("n_classes", [1, 2, 255, 256, 300])
def test_any_number_of_classes_is_told_apart(n_classes):
    logits = np.eye(n_classes)[:, np.newaxis]  # sample c is won by class c
    assert decode_dwell_logits(logits).tolist() == list(range(n_classes))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_decode_dwell_is_dwell_of_the_readouts_logits(dtype):
    rng = np.random.default_rng(4)
    trace = rng.standard_normal((23, 70, 11)).astype(dtype)
    readout = Readout(rng.standard_normal((11, 5)), rng.standard_normal(5))
    assert decode_dwell(trace, readout).tolist() == decode_dwell_logits(readout(trace)).tolist()
    assert decode_dwell(trace, readout.weights).tolist() == decode_dwell_logits(trace @ readout.weights).tolist()


def test_decode_dwell_does_not_depend_on_the_layout_of_the_trace(monkeypatch):
    rng = np.random.default_rng(4)
    trace, weights = rng.standard_normal((9, 30, 7)), rng.standard_normal((7, 4))
    other = np.ascontiguousarray(trace.transpose(1, 2, 0)).transpose(2, 0, 1)
    wanted = decode_dwell_logits(trace @ weights).tolist()
    for block_bytes in (1, 3000, 2**20):
        monkeypatch.setattr(dwell_time, "BLOCK_BYTES", block_bytes)
        assert decode_dwell(other, weights).tolist() == decode_dwell(trace, weights).tolist() == wanted


def test_the_bias_takes_part():
    trace = np.zeros((2, 3, 4))
    assert decode_dwell(trace, Readout(np.ones((4, 3)), [0.0, 0.0, 0.1])).tolist() == [2, 2]


def test_memory_stays_at_a_block(monkeypatch):
    """Logits are never there for more than a block of samples."""
    seen, winners = [], dwell_time._winners
    monkeypatch.setattr(
        dwell_time, "_winners", lambda logits, best: (seen.append(logits.nbytes), winners(logits, best))[1]
    )
    decode_dwell(np.zeros((300, 200, 3), np.float32), np.ones((3, 10)))
    assert len(seen) > 1
    assert max(seen) <= dwell_time.BLOCK_BYTES


def test_no_samples_give_no_classes():
    assert decode_dwell_logits(np.zeros((0, 4, 3))).shape == (0,)
    assert dwell_fractions(np.zeros((0, 4, 3))).shape == (0, 3)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_logit_that_is_not_finite_is_refused_with_its_place(bad, monkeypatch):
    monkeypatch.setattr(dwell_time, "BLOCK_BYTES", 500)
    logits = np.zeros((9, 7, 3))
    logits[5, 4, 1] = logits[8, 0, 0] = bad
    with pytest.raises(InvalidValueError, match=rf"sample 5 at time index 4 is not finite \({bad}\)"):
        decode_dwell_logits(logits)
    with pytest.raises(InvalidValueError, match=r"sample 5 at time index 4 is not finite"):
        decode_dwell(logits, np.array([[1.0, 2.0], [-1.0, 3.0], [2.0, 1.0]]))


def test_a_class_ruled_out_by_minus_infinity_never_wins():
    assert decode_dwell_logits(np.array([[[-np.inf, -5.0]]])).tolist() == [1]


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InvalidValueError, match=r"the readout was given the shape \(2, 3, 4\), wanted \(..., 5\)"):
        decode_dwell(np.zeros((2, 3, 4)), np.ones((5, 2)))
    with pytest.raises(InvalidValueError, match=r"trace has the shape \(3, 4\)"):
        decode_dwell(np.zeros((3, 4)), np.ones((4, 2)))
    with pytest.raises(InvalidValueError, match=r"logits has the shape \(3, 4\)"):
        decode_dwell_logits(np.zeros((3, 4)))
