"""The straight line through the f-I curve of a neuron."""

import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.hybrid.activations.rate_line import measure_curve, rate_line


def test_the_measured_curve_is_the_closed_form():
    """Of the integrate-and-fire neuron: 1/(tau_ref + C*(v_threshold - v_reset)/i)."""
    drives, rates = measure_curve(sn.IF, 1e-3, "runtime")
    charge = 200e-12 * 15e-3
    wanted = 1e-3 / (1e-3 + charge / np.maximum(drives, 1e-30))
    used = rates < 0.4
    assert np.abs(rates - wanted)[used].max() < 0.03  # time steps of 0.1 ms, and whole spikes in 200 ms


def test_the_line_is_near_the_curve_where_it_is_used():
    line = rate_line(sn.LIF, 1e-3, "runtime")
    drives, rates = measure_curve(sn.LIF, 1e-3, "runtime")
    used = (rates > 0.1 * line.most) & (rates <= line.most)
    assert np.abs((drives[used] - line.offset) / line.scale - rates[used]).max() < 0.1 * line.most


def test_a_neuron_that_subtracts_its_threshold_needs_no_curve():
    assert rate_line(sn.neurons.SoftResetIF, 1e-3, "runtime") == rate_line(sn.neurons.SoftResetIF, 2e-3, "runtime")


def test_a_neuron_that_hardly_spikes_is_refused():
    slow = sn.LIF.with_parameters(tau_ref="10 s")
    with pytest.raises(InvalidValueError, match="too few for an f-I curve"):
        rate_line(slow, 1e-3, "runtime")
