"""FitzHugh-Nagumo against its theory. Time in units of tau = 1 ms, one compiled project for all of it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import ai_zeros

from spikenet.engines.simulate import simulate
from spikenet.neurons import FHN

LIMIT = 3 - 2 * np.log(2)
SETTLE, RECORD, DT = 4.0, 8.0, 1e-4  # tau; dt is stable down to epsilon = 1.1e-4
SAMPLE = 1e-3
MS = 1e-3


def trace(model, drives) -> np.ndarray:
    """x of one unit a drive, (time, unit): every 0.001 tau, from 4 to 12 tau."""
    recording = simulate(
        model, [drives], settle=SETTLE * MS, duration=RECORD * MS, dt=DT * MS, sample_dt=SAMPLE * MS, record="trace"
    )
    return recording.trace[0]


def cycle_starts(x: np.ndarray) -> np.ndarray:
    """Moments at which x falls through 1.5, in samples: on the slow branch, where a straight line is good to 1e-6."""
    below = np.flatnonzero((x[:-1] > 1.5) & (x[1:] <= 1.5))
    return below + (1.5 - x[below]) / (x[below + 1] - x[below])


def period(x: np.ndarray) -> float:
    starts = cycle_starts(x)
    return (starts[-1] - starts[0]) / (len(starts) - 1) * SAMPLE


def mean_over_cycles(x: np.ndarray) -> float:
    starts = cycle_starts(x)
    integral = np.concatenate([[0.0], np.cumsum((x[1:] + x[:-1]) / 2)])
    first, last = np.interp(starts[[0, -1]], np.arange(len(x)), integral)
    return (last - first) / (starts[-1] - starts[0])


@pytest.fixture(scope="module")
def periods() -> dict[float, float]:
    """Period in tau at a + I = 0 by epsilon, from far to near the limit."""
    epsilons = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002)
    return {epsilon: period(trace(FHN(epsilon=epsilon), [0.0])[:, 0]) for epsilon in epsilons}


def test_the_period_falls_to_3_minus_2_ln_2_as_epsilon_falls(periods):
    excess = [value - LIMIT for value in periods.values()]
    assert all(nearer < farther for farther, nearer in zip(excess[:-1], excess[1:], strict=True))
    assert 0 < excess[-1] < 0.025  # 7.01 epsilon**(2/3) is 0.024 at 0.0002


def test_the_period_nears_its_limit_as_the_two_thirds_power_of_epsilon(periods):
    """Van der Pol's series with mu = epsilon**-0.5; 3 alpha = 7.0143, alpha the first zero of Ai(-z).

    Three terms beyond the limit leave a rest of the order epsilon**(4/3): its factor is -1.0 to -1.53 here.
    """
    alpha = -ai_zeros(1)[0][0]
    for epsilon, measured in periods.items():
        series = LIMIT + 3 * alpha * epsilon ** (2 / 3) + epsilon * np.log(epsilon) / 3 - 1.3246 * epsilon
        assert abs(measured - series) < 1.6 * epsilon ** (4 / 3), epsilon


@pytest.mark.parametrize(
    ("a", "drives"), [(0.0, (-0.7, -0.3, 0.0, 0.5, 0.8)), (0.2, (-0.9, 0.3, 0.6)), (-0.35, (1.1,))]
)
def test_the_mean_over_whole_cycles_is_minus_a_minus_the_drive(a, drives):
    """dy/dt = x + a + I, and y comes back. The bar is 1e-3; 1e-6 leaves room for the ends of the cycles."""
    traces = trace(FHN(a=a), drives)
    for drive, x in zip(drives, traces.T, strict=True):
        assert len(cycle_starts(x)) >= 2
        assert mean_over_cycles(x) == pytest.approx(-(a + drive), abs=1e-6)


@pytest.mark.parametrize("a", [0.0, 0.25])
def test_it_rests_at_minus_a_minus_the_drive_beyond_one(a):
    """The slower rate is (X - sqrt(X**2 - 4 epsilon))/(2 epsilon), X = (a + I)**2 - 1: at least 0.65 per tau here.

    What 40 tau leave of a distance of 2 is at most 2*exp(-26) = 1e-11.
    """
    drives = np.array([-1.6, -1.5, 1.2, 1.5]) - a
    recording = simulate(
        FHN(a=a), [drives], settle=30 * MS, duration=10 * MS, dt=0.02 * MS, record=("mean", "final"), engine="runtime"
    )
    np.testing.assert_allclose(recording.final[0], -(a + drives), atol=1e-9)


def test_it_oscillates_within_one_and_rests_beyond():
    x = trace(FHN(epsilon=0.01), [0.9, 1.1])
    assert np.ptp(x[-4000:, 0]) > 3
    assert np.ptp(x[-4000:, 1]) < 1e-3


@pytest.mark.parametrize("drive", [0.0, 0.3, 0.7])
def test_the_trace_is_scipys_over_three_periods(drive):
    """DOP853 at 1e-13. The bar is 1e-6; Runge-Kutta with 10,000 steps a tau is at 2e-11."""
    epsilon = 0.05

    def slope(_, state):
        x, y = state
        return (x - x**3 / 3 - y) / epsilon, x + drive

    times = SETTLE + SAMPLE * np.arange(round(RECORD / SAMPLE))
    start = [float(FHN.initial["x"]), float(FHN.initial["y"])]
    truth = solve_ivp(slope, (0, times[-1]), start, "DOP853", times, rtol=1e-13, atol=1e-13).y[0]
    ours = trace(FHN(epsilon=epsilon), [drive])[:, 0]
    assert SETTLE + RECORD > 3 * period(ours)
    np.testing.assert_allclose(ours, truth, atol=1e-9)


def test_tau_is_the_unit_of_time():
    """Twice tau at twice dt is the same numbers: only tau/dt is in the equations."""
    settings = {"record": "trace", "engine": "runtime"}
    one = simulate(FHN, [[0.3]], duration="2 ms", dt="10 us", sample_dt="100 us", **settings)
    two = simulate(FHN(tau="2 ms"), [[0.3]], duration="4 ms", dt="20 us", sample_dt="200 us", **settings)
    np.testing.assert_allclose(two.trace, one.trace, rtol=1e-12)


@pytest.mark.parametrize(
    ("method", "order", "steps"), [("euler", 1, (400, 800)), ("rk2", 2, (200, 400)), ("rk4", 4, (100, 200))]
)
def test_halving_dt_shows_the_order_of_the_method(method, order, steps):
    """Smooth part of one cycle (epsilon = 0.5, from t = 0 to 2 tau). The order is met to 0.04 at these steps."""

    def end(n: int) -> float:
        settings = {"duration": 2 * MS, "dt": 2 * MS / n, "record": "final", "engine": "runtime"}
        return simulate(replace(FHN(epsilon=0.5), method=method), [[0.3]], **settings).final[0, 0]

    truth = solve_ivp(
        lambda _, s: ((s[0] - s[0] ** 3 / 3 - s[1]) / 0.5, s[0] + 0.3),
        (0, 2),
        [-1, -2 / 3],
        "DOP853",
        rtol=1e-13,
        atol=1e-13,
    ).y[0, -1]
    coarse, fine = (abs(end(n) - truth) for n in steps)
    assert np.log2(coarse / fine) == pytest.approx(order, abs=0.05)
