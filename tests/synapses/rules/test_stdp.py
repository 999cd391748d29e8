"""Pair rules against their formula, pair by pair."""

import numpy as np
import pytest

from spikenet.synapses.rules.stdp import STDP, MultiplicativeSTDP, NearestMultiplicativeSTDP, NearestSTDP
from tests.synapses.conftest import relay, spikes_at, weights_after

TAUS = {"tau_plus": "15 ms", "tau_minus": "30 ms", "a_plus": 0.02, "a_minus": 0.03}
RULES = (STDP, MultiplicativeSTDP, NearestSTDP, NearestMultiplicativeSTDP)


def change(lag: float, w: float, soft: bool) -> float:
    """The change of a weight by one pair, in closed form; lag in ms, positive if the postsynaptic one is later."""
    if lag > 0:
        return 0.02 * np.exp(-lag / 15) * (1 - w if soft else 1)
    return -0.03 * np.exp(lag / 30) * (w if soft else 1) if lag else 0.0


@pytest.mark.parametrize("model", RULES, ids=lambda model: model.name)
@pytest.mark.parametrize("lag", [-20, -0.1, 0, 0.1, 20])
def test_a_pair_changes_the_weight_as_its_formula_says(model, lag):
    w = weights_after(model(**TAUS), spikes_at([50]), relay([50 + lag]), 100, weights=0.4)
    assert w[0] - 0.4 == pytest.approx(change(lag, 0.4, "multiplicative" in model.name), rel=1e-9, abs=1e-15)


def test_all_pairs_count_but_for_nearest_neighbours():
    """Two presynaptic spikes before a postsynaptic one, at lags of 30 and 10 ms."""
    w = {m.name: weights_after(m(**TAUS), spikes_at([20, 40]), relay([50]), 100)[0] - 0.5 for m in RULES}
    assert w["stdp"] == pytest.approx(change(30, 0.5, False) + change(10, 0.5, False), rel=1e-9)
    assert w["nearest_stdp"] == pytest.approx(change(10, 0.5, False), rel=1e-9)
    assert w["nearest_multiplicative_stdp"] == pytest.approx(change(10, 0.5, True), rel=1e-9)


def test_weights_stay_within_their_bounds():
    many = [20 * k + 10 for k in range(10)]
    up = weights_after(STDP(a_plus=0.3, a_minus=0.0, w_max=0.8), spikes_at(many), relay([m + 1 for m in many]), 220)
    down = weights_after(STDP(a_plus=0.0, a_minus=0.3, w_min=0.2), spikes_at([m + 1 for m in many]), relay(many), 220)
    assert (up[0], down[0]) == (0.8, 0.2)


def test_a_delay_shifts_the_lag():
    late = weights_after(STDP(**TAUS), spikes_at([50]), relay([60]), 100, delay="4 ms")
    assert late[0] - 0.5 == pytest.approx(change(6, 0.5, False), rel=1e-9)
