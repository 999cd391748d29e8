import numpy as np
import pytest
from brian2 import ms
from hypothesis import given
from hypothesis import strategies as st

from spikenet.decode import Readout, decode_latency, latency_score
from spikenet.decode.first_spike import TAU
from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError

NEVER = np.inf


def test_the_earliest_spike_wins():
    first = np.array([[0.003, 0.002, 0.009], [0.001, 0.002, NEVER], [NEVER, NEVER, 0.4]])  # (sample, unit)
    assert decode_latency(first, np.eye(3)).tolist() == [1, 0, 2]


@given(st.floats(0, 0.2), st.floats(1e-3, 0.1))
def test_each_time_constant_of_waiting_divides_the_score_by_e(time, tau):
    early, late = latency_score(np.array([time, time + tau]), tau)
    assert early / late == pytest.approx(np.e)
    assert early == pytest.approx(np.exp(-time / tau))


def test_a_spike_at_once_counts_one_and_none_counts_nothing():
    assert latency_score(np.array([0.0, NEVER])).tolist() == [1.0, 0.0]


def test_a_later_spike_of_more_units_can_win():
    """Two at 12 ms outweigh one at 7 ms where 2 exp(-12 / tau) > exp(-7 / tau), that is for tau > 5 ms / ln 2."""
    first, weights = np.array([[0.007, 0.012, 0.012]]), np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    edge = 0.005 / np.log(2)
    assert decode_latency(first, weights, tau=1.01 * edge).tolist() == [1]
    assert decode_latency(first, weights, tau=0.99 * edge).tolist() == [0]


def test_a_common_delay_changes_nothing_if_there_is_no_bias():
    rng = np.random.default_rng(0)
    first, weights = rng.exponential(0.01, (50, 9)), rng.standard_normal((9, 4))
    assert decode_latency(first + 0.013, weights).tolist() == decode_latency(first, weights).tolist()


def test_silence_gets_the_class_of_the_largest_bias():
    assert decode_latency(np.full((1, 2), NEVER), Readout(np.eye(2), [0.1, 0.2])).tolist() == [1]


def test_the_time_constant_may_be_a_quantity():
    assert latency_score(np.array([0.004]), 2 * ms) == pytest.approx(np.exp(-2))
    assert latency_score(np.array([TAU])) == pytest.approx(np.exp(-1))
    with pytest.raises(UnitError, match="tau has the unit volt"):
        latency_score(np.array([0.004]), "2 mV")


@pytest.mark.parametrize("tau", [0.0, -0.01, np.nan])
def test_a_time_constant_has_to_be_positive(tau):
    with pytest.raises(InvalidValueError, match="tau is"):
        decode_latency(np.zeros((1, 2)), np.eye(2), tau)


@pytest.mark.parametrize("bad", [-0.001, np.nan, -np.inf])
def test_a_time_before_the_recording_is_refused_with_its_place(bad):
    with pytest.raises(InvalidValueError, match=rf"first_spike is {bad} at \(1, 0\), wanted zero or more"):
        decode_latency([[0.0, 0.1], [bad, bad]], np.eye(2))


def test_what_is_no_time_is_refused():
    with pytest.raises(InvalidTypeError, match=r"first_spike is .*, wanted seconds"):
        latency_score([["soon"]])
    with pytest.raises(InvalidValueError, match=r"the latency score has the shape \(2,\)"):
        decode_latency(np.zeros(2), np.eye(2))
