"""The closed forms that simulations are held to, for spikes whose sums can be done by hand."""

from math import exp

import numpy as np
import pytest

from spikenet.experiments.experiment import Setup
from spikenet.papers.gupta_naveed.brian2_run import simulator
from spikenet.papers.gupta_naveed.pairing import analytic_change, simulated_changes
from spikenet.synapses import STDP, MultiplicativeSTDP, NearestSTDP, TripletSTDP


def test_pairs_and_triplets_are_summed():
    pre, post = np.array([0.0, 0.01]), np.array([0.03])
    both = 0.01 * (exp(-1.5) + exp(-1))
    assert analytic_change(STDP, pre, post) == pytest.approx(both)
    assert analytic_change(NearestSTDP, pre, post) == pytest.approx(0.01 * exp(-1))
    assert analytic_change(MultiplicativeSTDP, pre, post) == pytest.approx(both / 2)
    triplet = analytic_change(TripletSTDP, np.array([0.05]), np.array([0.03, 0.06]))
    up = exp(-10 / 16.8) * (5e-10 + 6.2e-3 * exp(-30 / 125))
    assert triplet == pytest.approx(up - 7e-3 * exp(-20 / 33.7), rel=1e-9)


def test_a_simulation_gives_the_sum():
    trains = [(np.array([0.0, 0.01, 0.02]), np.array([0.013, 0.03])), (np.array([0.05]), np.array([0.01]))]
    changes = simulated_changes(STDP, trains, 1e-3, Setup(engine="runtime"))
    np.testing.assert_allclose(changes, [analytic_change(STDP, *pair) for pair in trains], rtol=1e-9)


def test_what_runs_in_process_leaves_brian2_as_it_was():
    import brian2

    before = brian2.prefs.codegen.target
    with simulator(Setup(engine="response")):
        assert brian2.prefs.codegen.target == "numpy"
    assert brian2.prefs.codegen.target == before
