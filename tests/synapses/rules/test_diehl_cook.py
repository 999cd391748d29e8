"""Diehl and Cook's rules, spike by spike."""

import numpy as np
import pytest

from spikenet.synapses.rules.diehl_cook import DiehlCook, DiehlCookTriplet
from tests.synapses.conftest import relay, spikes_at, weights_after


def test_inputs_with_a_trace_above_the_target_are_strengthened():
    """By eta*(trace - target)*(w_max - w)**mu; the trace of two spikes 10 ms apart, 5 ms later."""
    model = DiehlCook(eta=0.1, target=0.3, mu=0.5, tau_trace="20 ms")
    w = weights_after(model, spikes_at([(0, 10), (0, 20)], 2), relay([25]), 40, weights=0.36)
    trace = np.exp(-15 / 20) + np.exp(-5 / 20)
    np.testing.assert_allclose(w - 0.36, [0.1 * (trace - 0.3) * 0.8, 0.1 * (0 - 0.3) * 0.8], rtol=1e-9)


def test_the_triplet_rule_takes_two_postsynaptic_spikes():
    model = DiehlCookTriplet(eta_plus=0.1, eta_minus=0.01)
    one = weights_after(model, spikes_at([10]), relay([20]), 60)
    two = weights_after(model, spikes_at([10, 40]), relay([20, 30]), 60)
    assert one[0] == 0.3
    up = 0.1 * np.exp(-20 / 20) * np.exp(-10 / 40)
    assert two[0] - 0.3 == pytest.approx(up - 0.01 * np.exp(-10 / 20), rel=1e-9)
