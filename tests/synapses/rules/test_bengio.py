"""A presynaptic spike times the change of the postsynaptic voltage."""

import numpy as np
import pytest
from brian2 import NeuronGroup, mV

from spikenet.synapses.rules.bengio import BengioSTDP
from tests.synapses.conftest import spikes_at, weights_after


def test_the_weight_follows_a_steady_change_of_the_voltage():
    """A ramp of 3 mV/ms is 6 mV ahead of its low-pass of 2 ms; one that starts late has no change before."""
    ramp = NeuronGroup(1, "dv/dt = 3*mV/ms*int(t > 50*ms) : volt", threshold="False", method="euler")
    ramp.v = -60 * mV
    model = BengioSTDP(eta=0.001, v_scale="1 mV", tau_v="2 ms")
    assert weights_after(model, spikes_at([40]), ramp, 41)[0] == pytest.approx(0.5, abs=1e-15)
    ramp = NeuronGroup(1, "dv/dt = 3*mV/ms : volt", threshold="False", method="euler")
    assert weights_after(model, spikes_at([60]), ramp, 61)[0] == pytest.approx(0.506, abs=0.006 * 0.06)


def test_a_spike_before_the_others_reset_strengthens_and_one_behind_it_weakens():
    def weight(at: float) -> float:
        cell = NeuronGroup(1, "dv/dt = 1*mV/ms : volt", threshold="v > 20*mV", reset="v = 0*mV", method="euler")
        return weights_after(BengioSTDP, spikes_at([at]), cell, 40)[0] - 0.5

    window = np.array([weight(at) for at in (15.0, 19.0, 21.0, 22.0, 39.0)])
    assert (np.sign(window) == [1, 1, -1, -1, 1]).all()
    assert window[2] < window[3]
