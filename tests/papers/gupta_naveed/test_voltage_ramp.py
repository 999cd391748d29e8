"""A simulated window of Bengio's rule is its closed form: that of STDP where the voltage rises exponentially."""

import numpy as np
import pytest

from spikenet.experiments.experiment import Setup
from spikenet.papers.gupta_naveed.pairing import analytic_change
from spikenet.papers.gupta_naveed.voltage_ramp import ETA, RISE, RISES, TAU, analytic_window, simulated_window
from spikenet.synapses import STDP

LAGS = np.array([-60, -20, -5, 5, 20, 60]) * 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("rise", sorted(RISES))
def test_a_simulated_window_is_its_closed_form(rise):
    """To 1 %: up to three steps of 0.05 ms late, of 20 ms."""
    at, changes = simulated_window(rise, LAGS, Setup(engine="runtime"))
    np.testing.assert_allclose(at, LAGS, atol=1.01e-4)
    np.testing.assert_allclose(changes, analytic_window(rise, at), rtol=0.01)


def test_an_exponential_rise_has_the_window_of_stdp():
    """Of the time constants of the rise and of the low-pass, and of half the threshold on both sides."""
    stdp = STDP(a_plus=ETA / 2, a_minus=ETA / 2, tau_plus=f"{TAU} s", tau_minus=f"{TAU} s")
    classical = [analytic_change(stdp, np.array([1.0]), np.array([1.0 + lag])) for lag in LAGS]
    np.testing.assert_allclose(analytic_window("exponential", LAGS), classical)


def test_a_linear_rise_potentiates_alike_at_every_lag():
    np.testing.assert_allclose(analytic_window("linear", LAGS[3:]), ETA * TAU / RISE)
