"""Morris and Lecar's fibre: where oscillations begin is a matter of eigenvalues, and how fast, of its class."""

import numpy as np
import pytest
from scipy.optimize import brentq

from spikenet.engines.simulate import simulate
from spikenet.neurons import MorrisLecar

CLASS_1 = MorrisLecar(g_ca="4 mS/cm**2", v_3="12 mV", v_4="17.4 mV", rate=1000 / 15)


def steady_current(model, v: float) -> float:
    """Of a membrane that is held at v, with the channels at rest; in A/m^2."""
    p = {name: one.value for name, one in model.parameters.items()}
    m, n = (0.5 * (1 + np.tanh((v - p[at]) / p[width])) for at, width in (("v_1", "v_2"), ("v_3", "v_4")))
    return -(p["g_ca"] * m * (p["e_ca"] - v) + p["g_k"] * n * (p["e_k"] - v) + p["g_leak"] * (p["e_leak"] - v))


def jacobian_trace(model, v: float) -> float:
    """Its sign is that of the growth about the fixed point at v; central differences of dv/dt, formula of dn/dt."""
    p = {name: one.value for name, one in model.parameters.items()}
    n = 0.5 * (1 + np.tanh((v - p["v_3"]) / p["v_4"]))

    def dv(v: float) -> float:
        m = 0.5 * (1 + np.tanh((v - p["v_1"]) / p["v_2"]))
        return p["g_ca"] * m * (p["e_ca"] - v) + p["g_k"] * n * (p["e_k"] - v) + p["g_leak"] * (p["e_leak"] - v)

    slope = (dv(v + 1e-6) - dv(v - 1e-6)) / 2e-6 / p["capacitance"]
    return slope - p["rate"] * np.cosh((v - p["v_3"]) / (2 * p["v_4"]))


def test_class_2_begins_at_the_hopf_bifurcation_with_a_rate_of_its_own():
    """At 93.86 uA/cm^2, as in Rinzel and Ermentrout (1998). Starts lie 0.1 mV off the fixed points."""
    v = brentq(lambda v: jacobian_trace(MorrisLecar, v), -40e-3, -20e-3)
    hopf = steady_current(MorrisLecar, v)
    assert hopf * 100 == pytest.approx(93.86, abs=0.02)
    drive = np.array([hopf * 0.97, hopf * 1.03])
    fixed = [brentq(lambda v, i=i: steady_current(MorrisLecar, v) - i, -60e-3, 0.0) for i in drive]
    gates = [0.5 * (1 + np.tanh((v - 2e-3) / 30e-3)) for v in fixed]
    started = MorrisLecar.with_initial(v=np.array(fixed) + 1e-4, n=gates)
    settings = {"settle": "1 s", "duration": "1 s", "dt": "0.1 ms", "engine": "runtime"}
    count = simulate(started, [drive], record="count", **settings).count
    assert count[0, 0] == 0 and count[0, 1] > 8


def test_class_1_begins_at_the_saddle_node_at_any_low_rate():
    """The largest current at which there is a rest is 39.96 uA/cm^2; the rate grows as the root of the distance."""
    potentials = np.linspace(-60e-3, -20e-3, 4001)
    saddle = steady_current(CLASS_1, potentials).max()
    assert saddle * 100 == pytest.approx(39.96, abs=0.02)
    drive = saddle + np.array([-0.002, 0.001, 0.004])
    settings = {"settle": "1 s", "duration": "4 s", "dt": "0.1 ms", "engine": "runtime"}
    spikes = simulate(CLASS_1, [drive], record=("count", "spikes"), **settings)
    assert spikes.count[0, 0] == 0
    slow, fast = (1 / np.diff(spikes.spikes.times_of(0, unit)).mean() for unit in (1, 2))
    assert slow < 6 and fast / slow == pytest.approx(2.0, rel=0.15)
