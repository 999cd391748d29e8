"""Currents and conductances against their formula: the whole time course, its peak and its area."""

from math import e

import numpy as np
import pytest
from brian2 import Network, StateMonitor, ms
from scipy.integrate import trapezoid

import spikenet as sn
from spikenet.synapses.transmission import (
    AlphaConductance,
    AlphaCurrent,
    Conductance,
    DoubleExponentialConductance,
    DoubleExponentialCurrent,
    ExponentialCurrent,
    VoltageJump,
)
from tests.synapses.conftest import spikes_at

TAU, RISE = 5e-3, 1e-3
COURSES = {
    "exponential": (lambda t: np.exp(-t / TAU), TAU),
    "alpha": (lambda t: t / TAU * np.exp(1 - t / TAU), e * TAU),
    "double": (lambda t: NORM * (np.exp(-t / TAU) - np.exp(-t / RISE)), (TAU - RISE) * 5**0.25 * 5 / 4),
}
NORM = 5**0.25 * 5 / 4  # (TAU/RISE)**(RISE/(TAU - RISE))*TAU/(TAU - RISE)
MODELS = (
    *(ExponentialCurrent, AlphaCurrent, DoubleExponentialCurrent),
    *(Conductance, AlphaConductance, DoubleExponentialConductance),
)


def recorded(model) -> tuple[np.ndarray, np.ndarray]:
    """Time since a spike, and what it delivered, over ``weight``, in an LIF neuron."""
    pre, post = spikes_at([1]), sn.LIF.with_synapses(model).neuron_group(1)
    synapses = model.connect(pre, post)
    variable = "i_syn" if "current" in model.name else "g_syn"
    monitor = StateMonitor(post, variable, record=True)
    Network(pre, post, synapses, monitor).run(101 * ms)
    after = 11  # the start of the step behind the one with the spike: what it left
    values = np.array(getattr(monitor, f"{variable}_")[0]) / model.parameters["weight"].value
    t = np.array(monitor.t_)
    return t[after:] - t[after], values[after:]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_spike_gives_the_time_course_peak_and_area_of_its_formula(model):
    course, area = COURSES[model.name.partition("_")[0]]
    t, values = recorded(model)
    np.testing.assert_allclose(values, course(t), atol=1e-6)
    fine = np.linspace(0, 0.1, 1_000_001)
    assert course(fine).max() == pytest.approx(1, abs=1e-9)  # the peak is the weight
    assert trapezoid(course(fine), fine) == pytest.approx(area, rel=1e-6)
    sampled = trapezoid(course(t), t)
    assert trapezoid(values, t) == pytest.approx(sampled, rel=1e-6)


def test_a_conductance_pulls_the_voltage_towards_its_reversal_potential():
    """In the steady state of a large constant conductance, v = (v_rest + r*g*e_syn)/(1 + r*g)."""
    model = Conductance(weight="20 nS", tau_syn="1000 s", e_syn="-60 mV")
    pre, post = spikes_at([1]), sn.LIF.with_synapses(model).neuron_group(1)
    synapses = model.connect(pre, post)
    Network(pre, post, synapses).run(100 * ms)
    assert post.v_[0] == pytest.approx((-70e-3 + 2 * -60e-3) / 3, rel=1e-4)


def test_a_voltage_jumps_by_weight_times_w():
    pre, post = spikes_at([1]), sn.LIF.neuron_group(1)
    synapses = VoltageJump(weight="2 mV").connect(pre, post, weights=3)
    v = StateMonitor(post, "v", record=True)
    Network(pre, post, synapses, v).run(2 * ms)
    assert v.v_[0][11] - v.v_[0][10] == pytest.approx(6e-3, rel=1e-12)
