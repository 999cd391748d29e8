import numpy as np
import pytest
from brian2 import ms
from hypothesis import given
from hypothesis import strategies as st

import spikenet.decode.smoothing as smoothing
from spikenet.decode import Readout, low_pass
from spikenet.errors import InvalidValueError, UnitError

DT, TAU = 0.7e-3, 2.3e-3
positive = st.floats(1e-4, 1e-1)


def along_time(function, n=400, dt=DT):
    """(1, time, 1)"""
    return function(np.arange(n) * dt)[np.newaxis, :, np.newaxis]


@given(positive, positive, st.floats(-5, 5))
def test_a_constant_passes_unchanged(sample_dt, tau, level):
    assert low_pass(np.full((2, 50, 3), level), sample_dt, tau) == pytest.approx(level)


@given(positive, positive)
def test_a_ramp_is_followed_exactly_at_any_sampling(sample_dt, tau):
    """tau y' = t - y from y(0) = 0 has y = t - tau (1 - exp(-t / tau))."""
    found = low_pass(along_time(lambda t: t, dt=sample_dt), sample_dt, tau)
    wanted = along_time(lambda t: t + tau * np.expm1(-t / tau), dt=sample_dt)
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-12 * tau)


def test_a_sine_is_weakened_and_delayed_as_by_a_first_order_filter():
    omega, dt = 2 * np.pi * 40, 2e-5
    found = low_pass(along_time(lambda t: np.sin(omega * t), 20_000, dt), dt, TAU)
    gain, lag = 1 / np.hypot(1, omega * TAU), np.arctan(omega * TAU)
    wanted = along_time(lambda t: gain * np.sin(omega * t - lag), 20_000, dt)
    settled = found[:, 5000:]  # 100 ms, more than 40 tau, after the start
    assert settled == pytest.approx(wanted[:, 5000:], abs=(omega * dt) ** 2)


def test_the_error_falls_with_the_square_of_the_sampling():
    def error(n):
        dt = 0.1 / n
        y = low_pass(along_time(lambda t: np.exp(-t / 0.03), n + 1, dt), dt, TAU)[0, -1, 0]
        kept = 1 / (1 - TAU / 0.03)
        return abs(y - (kept * np.exp(-0.1 / 0.03) + (1 - kept) * np.exp(-0.1 / TAU)))

    assert np.log2(error(200) / error(400)) == pytest.approx(2, abs=0.05)


def test_no_time_constant_is_no_filter_and_so_is_nearly_none():
    logits = np.random.default_rng(1).standard_normal((2, 60, 3))
    assert low_pass(logits, DT, 0.0).tolist() == logits.tolist()
    assert low_pass(logits, DT, 1e-9 * DT) == pytest.approx(logits, abs=1e-8)


def test_filtering_logits_is_filtering_what_the_units_did():
    rng = np.random.default_rng(2)
    x, readout = rng.standard_normal((4, 90, 6)), Readout(rng.standard_normal((6, 3)), [3.0, -1.0, 0.5])
    assert low_pass(readout(x), DT, TAU) == pytest.approx(readout(low_pass(x, DT, TAU)))


def test_samples_and_classes_do_not_mix_whatever_the_block(monkeypatch):
    logits = np.random.default_rng(3).standard_normal((7, 40, 3))
    whole = low_pass(logits, DT, TAU)
    alone = np.stack(
        [[low_pass(logits[s : s + 1, :, c : c + 1], DT, TAU)[0, :, 0] for c in range(3)] for s in range(7)]
    )
    assert whole == pytest.approx(alone.transpose(0, 2, 1), rel=1e-12)
    for block_bytes in (1, 2000):
        monkeypatch.setattr(smoothing, "BLOCK_BYTES", block_bytes)
        np.testing.assert_array_equal(low_pass(logits, DT, TAU), whole)


def test_float32_is_filtered_in_float64():
    """A long time constant loses float32's digits: its factor is near 1."""
    logits = np.ones((1, 20_000, 1), np.float32)
    found = low_pass(logits, 1e-5, 10.0)
    assert found.dtype == np.float32
    assert (found == 1).all()


def test_quantities_are_times():
    logits = np.random.default_rng(1).standard_normal((2, 60, 3))
    assert low_pass(logits, 0.7 * ms, "2.3 ms") == pytest.approx(low_pass(logits, DT, TAU))
    with pytest.raises(UnitError, match="tau has the unit volt"):
        low_pass(logits, DT, "1 mV")


def test_no_samples_stay_none():
    assert low_pass(np.zeros((0, 5, 2)), DT, TAU).shape == (0, 5, 2)


@pytest.mark.parametrize(
    ("sample_dt", "tau", "message"),
    [
        (0.0, TAU, "sample_dt is zero"),
        (-DT, TAU, "sample_dt is -700 us, wanted zero or more"),
        (DT, -TAU, "tau is -2.3 ms, wanted zero or more"),
        (DT, np.inf, "tau is not finite"),
    ],
)
def test_times_that_make_no_sense_are_refused(sample_dt, tau, message):
    with pytest.raises(InvalidValueError, match=message):
        low_pass(np.zeros((1, 2, 1)), sample_dt, tau)


def test_logits_without_a_time_axis_are_refused():
    with pytest.raises(InvalidValueError, match=r"wanted \(sample, time, class\)"):
        low_pass(np.zeros((3, 4)), DT, TAU)
