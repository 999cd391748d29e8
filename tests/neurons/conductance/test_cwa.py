"""Conductance membranes against eq. 1, the solution of their equation, and SciPy; and what has no meaning."""

from dataclasses import replace

import numpy as np
import pytest
from brian2 import mV, nS
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from spikenet.engines.simulate import Schedule, simulate
from spikenet.errors import InvalidValueError, UnitError
from spikenet.neurons import CWA, FHN, SpikingCWA, StochasticCWA
from spikenet.neurons.conductance.steady_state import reversal_potential, scaled_valence, steady_state, time_constant
from spikenet.neurons.equations.sensitivity import sensitivity_model
from tests.neurons.conductances import OTHER, SPAN, drive_of, staircase
from tests.planning import plan

MINE = CWA.with_parameters(**OTHER)


def by_formula(g_exc, g_inh, parameters):
    """Eq. 1, term by term."""
    terms = [(parameters["g_rest"].value, parameters["e_rest"].value)]
    terms += [(g_exc, parameters["e_exc"].value), (g_inh, parameters["e_inh"].value)]
    return sum(g * e for g, e in terms) / sum(g for g, _ in terms)


@pytest.mark.parametrize("engine", ["runtime", pytest.param("cpp", marks=pytest.mark.slow)])
@settings(max_examples=10)
@given(
    st.integers(0, 2**31), st.floats(-0.09, 0.0), st.floats(1.0, 30.0), st.floats(50.0, 400.0),
)  # fmt: skip
def test_it_rests_at_eq_1(engine, seed, e_rest, g_rest, capacitance):
    """To 1e-9 of the span of the potentials: 16 s are 40 of the longest resting time constant."""
    model = MINE.with_parameters(e_rest=e_rest, g_rest=f"{g_rest} nS", capacitance=f"{capacitance} pF")
    drive = {port: array[:, 0] for port, array in staircase(np.random.default_rng(seed), 1).items()}
    recording = simulate(model, drive, duration="16 s", dt="100 ms", record="final", engine=engine)
    wanted = by_formula(drive["g_exc"], drive["g_inh"], model.parameters)
    np.testing.assert_allclose(recording.final, wanted, rtol=0, atol=1e-9 * SPAN)
    np.testing.assert_allclose(steady_state(model, **drive), wanted, rtol=0, atol=1e-15)


def test_it_gets_there_with_capacitance_over_total_conductance():
    """The logarithm of the distance falls by 1/tau: 2, 7.5 and 30 ms at 75, 20 and 5 nS in all."""
    drive = drive_of([[50, 3, 0]], [[18, 10, 0]])
    model = MINE.with_parameters(g_rest="7 nS", e_rest="-61 mV").with_initial(v=-30 * mV)
    recording = simulate(
        model, drive, duration="10 ms", dt="0.1 ms", sample_dt="0.1 ms", record="trace", engine="runtime"
    )
    distance = np.log(np.abs(recording.trace[0] - steady_state(model, **drive)[0]))
    measured = -1e-4 / np.diff(distance[:60], axis=0)
    wanted = 150e-12 / np.array([75e-9, 20e-9, 7e-9])
    np.testing.assert_allclose(measured, np.broadcast_to(wanted, measured.shape), rtol=1e-8)
    np.testing.assert_allclose(time_constant(model, **drive)[0], wanted, rtol=1e-12)


def test_a_staircase_of_conductances_is_exact_at_any_dt():
    """Up to 500 time constants in one step, against 100 steps: what no check of dt need refuse."""
    drive = staircase(np.random.default_rng(2), 12)
    runs = [
        simulate(MINE, drive, duration="60 ms", dt=dt, sample_dt="5 ms", record=("trace", "final"), engine="runtime")
        for dt in ("5 ms", "50 us")
    ]
    assert 5e-3 / time_constant(MINE, drive["g_exc"], drive["g_inh"]).min() > 30
    assert np.ptp(runs[0].trace) > 0.5 * SPAN
    for name in ("trace", "final"):
        np.testing.assert_allclose(runs[0].values[name], runs[1].values[name], rtol=0, atol=1e-13)


def smooth(t):
    """Conductances in S that change within the membrane's time constants of 1.2 to 12 ms."""
    return 30e-9 * (1 + np.sin(2 * np.pi * t / 10e-3)), 20e-9 * (1 + np.cos(2 * np.pi * t / 14e-3))


@pytest.mark.parametrize(("shift", "order"), [(0.0, 1), (0.5, 2)], ids=["at its start", "halfway"])
def test_a_smooth_conductance_errs_in_the_order_of_its_interval(shift, order):
    """Held for 0.5 ms, v is 0.75 mV off where it is taken at the start of the interval, 0.06 mV halfway."""

    def slope(t, v):
        g_exc, g_inh = smooth(t)
        return (7e-9 * (-61e-3 - v) + g_exc * (5e-3 - v) + g_inh * (-85e-3 - v)) / 150e-12

    exact = solve_ivp(slope, (0, 40e-3), [-61e-3], rtol=1e-11, atol=1e-13).y[0, -1]
    errors = []
    for steps in (80, 160, 320):
        g_exc, g_inh = smooth((np.arange(steps) + shift) * 40e-3 / steps)
        drive = {"g_exc": g_exc[None, :, None], "g_inh": g_inh[None, :, None]}
        final = simulate(MINE, drive, duration="40 ms", dt=40e-3 / steps, record="final", engine="runtime").final
        errors.append(abs(float(final[0, 0]) - exact))
    assert errors[0] < 1e-3
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), order, atol=0.15)


def test_views_are_the_papers_scaled_valence_and_release_probability():
    """Section 2.3: e_j = 2 (E_j - E_min)/(E_max - E_min) - 1; eq. 4: its positive part."""
    drive = drive_of([[0, 40, 500, 3]], [[60, 0, 20, 3]])
    v, z, p = (
        simulate(MINE, drive, duration="20 ms", dt="1 ms", variable=output, record="trace", engine="runtime").trace
        for output in ("v", "z", "p")
    )
    np.testing.assert_allclose(z, 2 * (v + 85e-3) / 90e-3 - 1, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(p, np.maximum(z, 0))
    assert (z < 0).any() and (z > 0).any()
    np.testing.assert_allclose(scaled_valence(MINE, v), z, rtol=0, atol=1e-14)


def test_valences_and_potentials_are_two_scales_of_one_thing():
    assert scaled_valence(CWA, [-80, -56, -40, 0] * mV) == pytest.approx([-1, -0.4, 0, 1], abs=1e-12)
    assert reversal_potential(CWA, [-1, -0.4, 0, 1]) == pytest.approx([-80e-3, -56e-3, -40e-3, 0], abs=1e-15)
    potentials = np.linspace(-85e-3, 5e-3, 7)
    np.testing.assert_allclose(reversal_potential(MINE, scaled_valence(MINE, potentials)), potentials, atol=1e-15)


def test_eq_1_in_valences_is_the_papers_average():
    """z = (G_r e_r + sum of G over positive - sum over negative)/(sum of all): eq. 5 with a bias."""
    z = scaled_valence(CWA, steady_state(CWA, 30 * nS, 12 * nS))
    assert z == pytest.approx((10 * -0.4 + 30 - 12) / (10 + 30 + 12), rel=1e-12)


@pytest.mark.parametrize("model", [CWA, SpikingCWA, StochasticCWA], ids=lambda model: model.name)
def test_v_stays_between_the_two_reversal_potentials(model):
    model = model.with_parameters(**OTHER)
    drive = staircase(np.random.default_rng(3), 50)
    trace = simulate(model, drive, duration="50 ms", dt="1 ms", record="trace", engine="runtime").trace
    assert trace.min() >= -85e-3 - 1e-16 and trace.max() <= 5e-3 + 1e-16
    assert np.ptp(trace) > 0.8 * SPAN


@pytest.mark.parametrize("port", ["g_exc", "g_inh"])
def test_its_variational_equations_settle_at_the_slope_of_eq_1(port):
    """dv/dg = (e - v)/total; the views pass it on, p only where it is above zero."""
    drive = drive_of([[30, 2, 60]], [[5, 9, 0]])
    v, total = steady_state(MINE, **drive), 7e-9 + drive["g_exc"] + drive["g_inh"]
    slope = ({"g_exc": 5e-3, "g_inh": -85e-3}[port] - v) / total
    wanted = {"d_v": slope, "d_z": slope * 2 / SPAN, "d_p": slope * 2 / SPAN * (scaled_valence(MINE, v) > 0)}
    for output, value in wanted.items():
        model = sensitivity_model(MINE, port)
        run = simulate(model, drive, duration="1 s", record="final", variable=output, engine="runtime")
        np.testing.assert_allclose(run.final, value, rtol=1e-9)


def test_it_starts_at_rest_wherever_that_is():
    for model in (CWA, SpikingCWA, StochasticCWA):
        assert model.initial["v"] == pytest.approx(-56e-3)
        assert model(e_rest="-44 mV").initial["v"] == pytest.approx(-44e-3)
        assert model.with_initial(v="-50 mV")(e_rest="-44 mV").initial["v"] == pytest.approx(-50e-3)


GOOD = drive_of([[1.0, 2.0]], [[3.0, 4.0]])


@pytest.mark.parametrize(
    ("model", "drive", "dt", "error", "words"),
    [
        (CWA, drive_of([[1, 2]], [[3, -1]]), None, InvalidValueError, r"g_inh is negative: -1 nS at \(0, 1\) \(1 of"),
        (SpikingCWA, {"g_exc": -GOOD["g_exc"]}, None, InvalidValueError, r"g_exc is negative: .* 2\); spiking_cwa"),
        (CWA, {"g_exc": np.full((1, 5, 2), -1e-9)}, None, InvalidValueError, r"-1 nS at \(0, 0, 0\) \(10 of 10\)"),
        (CWA, {"g_leak": GOOD["g_exc"]}, None, InvalidValueError, "names g_leak; cwa has g_exc, g_inh"),
        (CWA, GOOD["g_exc"], None, InvalidValueError, "give the drive as a mapping"),
        (CWA, {"g_exc": [[1, 2]] * mV}, None, UnitError, "g_exc has the unit volt, wanted the unit siemens"),
        (SpikingCWA, GOOD, "2 ms", InvalidValueError, "dt is 2 ms, too large .* up to 1000 .* 1 ms or less"),
        (StochasticCWA(f_max="4 kHz"), GOOD, "0.5 ms", InvalidValueError, "up to 4000 .* wanted 250 us or less"),
        (SpikingCWA(f_max="-1 Hz"), GOOD, None, InvalidValueError, "no valid time scale: f_max is -1"),
        (replace(CWA, method="euler"), drive_of([[1e3]], [[1e3]]), None, InvalidValueError, "unstable beyond 199 us"),
        (CWA(capacitance="0 pF"), GOOD, None, InvalidValueError, "cwa has no valid time scale"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused_before_anything_runs(model, drive, dt, error, words):
    with pytest.raises(error, match=words):
        plan(model, drive, Schedule("10 ms", 0, dt))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: steady_state(CWA, -1 * nS, 0 * nS), InvalidValueError, "g_exc is -1 nS, wanted zero or more"),
        (lambda: steady_state(CWA, 0 * nS, 1 * mV), UnitError, "g_inh has the unit volt"),
        (lambda: time_constant(CWA(g_rest=0), 0.0, 0.0), InvalidValueError, "cwa: all conductances are zero; wanted"),
        (lambda: steady_state(FHN, 0.0, 0.0), InvalidValueError, "fhn has no g_rest; wanted a neuron such as sn.CWA"),
        (lambda: scaled_valence(FHN, 0.0), InvalidValueError, "fhn has no e_inh, e_exc"),
        (lambda: scaled_valence(CWA, 1 * nS), UnitError, "the potential has the unit siemens"),
        (lambda: reversal_potential(CWA, [0, 1.5]), InvalidValueError, "the valence is 1.5, wanted -1 to 1"),
    ],
)
def test_a_formula_says_what_it_cannot_take(call, error, words):
    with pytest.raises(error, match=words):
        call()
