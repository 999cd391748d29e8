"""Izhikevich's neuron, regular spiking: 0.04 v**2 + 5 v + 140 - u + I in mV and ms."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from spikenet.engines.simulate import simulate
from spikenet.neurons import Izhikevich

DT = 1e-4
A, B, C, D, PEAK = 0.02, 0.2, -65.0, 8.0, 30.0


def rest(drive: float) -> float:
    """The lower root of 0.04 v**2 + (5 - b) v + 140 + I, in mV."""
    return (-(5 - B) - np.sqrt((5 - B) ** 2 - 0.16 * (140 + drive))) / 0.08


def test_without_a_drive_it_rests_at_minus_70():
    """The slowest mode at rest has 1/42 per ms: 1 s leaves nothing."""
    recording = simulate(
        Izhikevich, [[0.0]], settle="1 s", duration="10 ms", record=("mean", "count"), engine="runtime"
    )
    assert rest(0.0) == pytest.approx(-70.0, abs=1e-9)
    assert recording.mean[0, 0] * 1e3 == pytest.approx(-70.0, abs=1e-6)
    assert recording.count[0, 0] == 0


def test_it_fires_for_good_where_rest_loses_its_stability():
    """The trace of the Jacobian, 0.08 v + 5 - a, changes sign at v = -62.25 mV: I = 3.7975 (the fold is at 4)."""
    v = (A - 5) / 0.08
    hopf = -(0.04 * v**2 + (5 - B) * v + 140)
    assert hopf == pytest.approx(3.7975, abs=1e-9) and hopf < 4
    drives = np.array([hopf - 0.1, hopf + 0.1])
    start = np.array([rest(drive) for drive in drives])
    model = Izhikevich.with_initial(v=(start + 0.01) * 1e-3, u=B * start)
    recording = simulate(model, [drives], settle="2 s", duration="1 s", record=("count", "final"), engine="runtime")
    assert recording.count[0, 0] == 0
    assert recording.final[0, 0] * 1e3 == pytest.approx(rest(drives[0]), abs=0.01)
    assert recording.count[0, 1] > 3


def test_a_spike_sets_v_to_c_and_adds_d_to_u():
    """Euler's step is a formula: v and u after a spike follow from those before it, to rounding."""
    settings = {"duration": "200 ms", "sample_dt": DT, "record": ("trace", "spikes"), "engine": "runtime"}
    voltage = simulate(Izhikevich, [[10.0]], **settings)
    recovery = simulate(Izhikevich, [[10.0]], variable="u", **settings)
    v, u = voltage.trace[0, :, 0] * 1e3, recovery.trace[0, :, 0]  # mV, mV/ms
    at = np.rint(voltage.spikes.time / DT).astype(int)
    assert len(at) >= 4
    for k in at:
        crossing = v[k] + 0.1 * (0.04 * v[k] ** 2 + 5 * v[k] + 140 - u[k] + 10)
        assert crossing >= PEAK
        assert v[k + 1] == pytest.approx(C, rel=1e-12)
        assert u[k + 1] == pytest.approx(u[k] + 0.1 * A * (B * v[k] - u[k]) + D, rel=1e-12)
    assert v.max() < PEAK


def test_regular_spiking_adapts_as_in_a_simulation_by_scipy():
    """Spikes at I = 10 over 300 ms. Euler is of first order: at 10 us the spikes are within 1 % of their times."""
    times, state, start = [], [-65.0, -13.0], 0.0

    def slope(_, s):
        return 0.04 * s[0] ** 2 + 5 * s[0] + 140 - s[1] + 10, A * (B * s[0] - s[1])

    def peak(_, s):
        return s[0] - PEAK

    peak.terminal = True
    while True:
        run = solve_ivp(slope, (start, 300), state, events=peak, rtol=1e-9, atol=1e-9)
        if not run.t_events[0].size:
            break
        start = run.t_events[0][0]
        state = [C, run.y_events[0][0][1] + D]
        times.append(start)
    recording = simulate(Izhikevich, [[10.0]], duration="300 ms", dt="10 us", record="spikes", engine="runtime")
    ours = recording.spikes.time * 1e3
    assert len(ours) == len(times) >= 6
    np.testing.assert_allclose(ours, times, rtol=0.01)
    assert (np.diff(ours)[0] < np.diff(ours)[1:]).all()  # the first interval is the shortest
