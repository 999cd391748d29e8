"""Exponential neurons: rates are an integral, and rheobases formulas; patterns are those that papers name."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from spikenet.engines.simulate import simulate
from spikenet.neurons import EIF, AdEx


def test_the_rate_of_eif_is_the_integral_over_its_potentials():
    """Euler's steps of 20 us see a spike a step late, and lag behind the upstroke by less than another two."""
    drive = np.array([0.17, 0.3, 1.0]) * 1e-2  # uA/cm^2

    def slowness(v: float, i_in: float) -> float:
        return 0.01 / (-0.065 - v + 3.48e-3 * np.exp((v + 59.9e-3) / 3.48e-3) + i_in)

    spikes = simulate(EIF, [drive], settle="0.2 s", duration="0.5 s", record="spikes", engine="runtime").spikes
    for unit, i_in in enumerate(drive):
        period = 1.7e-3 + quad(slowness, -68e-3, -30e-3, args=(i_in,), points=[-58e-3], limit=500)[0]
        assert np.diff(spikes.times_of(0, unit)).mean() == pytest.approx(period, abs=6e-5, rel=2e-3)


def test_eif_fires_beyond_the_rheobase_of_its_paper():
    rheobase = 1.0 * (5.1e-3 - 3.48e-3)  # g_leak (v_t - e_leak - delta_t), in A/m^2
    count = simulate(EIF, [[0.97 * rheobase, 1.03 * rheobase]], duration="1 s", record="count", engine="runtime").count
    assert count[0, 0] == 0 < count[0, 1]


def adex_rheobase(a: float) -> float:
    """Of the default neuron: Naud et al. (2008), eqs. for the saddle-node and the Hopf bifurcation."""
    g, v, delta, times = 30e-9, -50.4e-3 + 70.6e-3, 2e-3, 281e-12 / 30e-9 / 0.144
    if a / g < times:
        return (g + a) * (v - delta + delta * np.log(1 + a / g))
    return (g + a) * (v - delta + delta * np.log(1 + times)) + delta * g * (a / g - times)


def adex_rest(a: float, drive: float) -> float:
    """The resting potential; where there is none, the potential at which the neuron is slowest."""
    top = -50.4e-3 + 2e-3 * np.log(1 + a / 30e-9)

    def excess(v: float) -> float:
        return (30e-9 + a) * (v + 70.6e-3) - 30e-9 * 2e-3 * np.exp((v + 50.4e-3) / 2e-3) - drive

    return brentq(excess, -70.6e-3, top) if excess(top) > 0 else top


@pytest.mark.parametrize("a", [1e-9, 4e-9], ids=["saddle-node", "Hopf"])
def test_adex_fires_beyond_its_rheobase(a):
    drive = adex_rheobase(a) * np.array([0.98, 1.02])
    v = np.array([adex_rest(a, one) for one in drive])
    started = AdEx(a=a).with_initial(v=v + 1e-5, w=a * (v + 70.6e-3))
    count = simulate(started, [drive], duration="3 s", dt="0.1 ms", record="count", engine="runtime").count
    assert count[0, 0] == 0 < count[0, 1]


PATTERNS = {  # of Naud et al. (2008), table 1: C, g, E, tau_w, a, b, v_reset, current
    "tonic": ("200 pF", "10 nS", "-70 mV", "30 ms", "2 nS", "0 pA", "-58 mV", 500e-12),
    "adapting": ("200 pF", "12 nS", "-70 mV", "300 ms", "2 nS", "60 pA", "-58 mV", 500e-12),
    "bursting": ("200 pF", "10 nS", "-58 mV", "120 ms", "2 nS", "100 pA", "-46 mV", 210e-12),
}


def intervals(pattern: str) -> np.ndarray:
    names = ("capacitance", "g_leak", "e_leak", "tau_w", "a", "b", "v_reset")
    *values, drive = PATTERNS[pattern]
    neuron = AdEx(**dict(zip(names, values, strict=True)), v_t="-50 mV", v_peak="0 mV").with_initial(v=values[2])
    spikes = simulate(neuron, [[drive]], duration="0.6 s", dt="0.1 ms", record="spikes", engine="runtime").spikes
    return np.diff(spikes.times_of(0, 0))


def test_adex_fires_evenly_adapts_or_bursts_as_the_paper_says():
    tonic, adapting, bursting = (intervals(pattern) for pattern in PATTERNS)
    assert np.ptp(tonic[3:]) < 3e-4
    assert (np.diff(adapting[:5]) > -1e-4).all() and adapting[-1] > 2 * adapting[0]
    assert bursting.max() > 5 * bursting.min() and (bursting > 5 * bursting.min()).sum() >= 3
