"""Conductance neurons against eq. 1, the solution of their equation, SciPy, and the counts that their drives owe."""

from dataclasses import replace

import brian2
import numpy as np
import pytest
from brian2 import mV, nS
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from spikenet.engine.engine import simulate
from spikenet.engine.job import Timing, plan
from spikenet.errors import InvalidValueError, UnitError
from spikenet.neurons import CWA, FHN, SpikingCWA, StochasticCWA
from spikenet.neurons.cwa import reversal_potential, scaled_valence, steady_state, time_constant
from spikenet.neurons.sensitivity import sensitivity_model

OTHER = {"capacitance": "150 pF", "g_rest": "7 nS", "e_rest": "-61 mV", "e_exc": "5 mV", "e_inh": "-85 mV"}
MINE = CWA.with_parameters(**OTHER)
SPAN = 90e-3
RELEASE = 1e-6  # the slack of the threshold


def drive_of(g_exc, g_inh) -> dict[str, np.ndarray]:
    """Both ports in nS."""
    return {"g_exc": np.array(g_exc, float) * 1e-9, "g_inh": np.array(g_inh, float) * 1e-9}


def staircase(rng, times: int, units: int = 6) -> dict[str, np.ndarray]:
    """Conductances from nothing to 2 uS."""
    return drive_of(*(rng.uniform(-1, 3.3, (2, 3, times, units)).clip(0) ** 6))


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
    recording = simulate(model, drive, record="16 s", dt="100 ms", keep="final", engine=engine)
    wanted = by_formula(drive["g_exc"], drive["g_inh"], model.parameters)
    np.testing.assert_allclose(recording.final, wanted, rtol=0, atol=1e-9 * SPAN)
    np.testing.assert_allclose(steady_state(model, **drive), wanted, rtol=0, atol=1e-15)


def test_it_gets_there_with_capacitance_over_total_conductance():
    """The logarithm of the distance falls by 1/tau: 2, 7.5 and 30 ms at 75, 20 and 5 nS in all."""
    drive = drive_of([[50, 3, 0]], [[18, 10, 0]])
    model = MINE.with_parameters(g_rest="7 nS", e_rest="-61 mV").with_initial(v=-30 * mV)
    recording = simulate(model, drive, record="10 ms", dt="0.1 ms", sample_dt="0.1 ms", keep="trace", engine="runtime")
    distance = np.log(np.abs(recording.trace[0] - steady_state(model, **drive)[0]))
    measured = -1e-4 / np.diff(distance[:60], axis=0)
    wanted = 150e-12 / np.array([75e-9, 20e-9, 7e-9])
    np.testing.assert_allclose(measured, np.broadcast_to(wanted, measured.shape), rtol=1e-8)
    np.testing.assert_allclose(time_constant(model, **drive)[0], wanted, rtol=1e-12)


def test_a_staircase_of_conductances_is_exact_at_any_dt():
    """Up to 500 time constants in one step, against 100 steps: what no check of dt need refuse."""
    drive = staircase(np.random.default_rng(2), 12)
    runs = [
        simulate(MINE, drive, record="60 ms", dt=dt, sample_dt="5 ms", keep=("trace", "final"), engine="runtime")
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
        final = simulate(MINE, drive, record="40 ms", dt=40e-3 / steps, keep="final", engine="runtime").final
        errors.append(abs(float(final[0, 0]) - exact))
    assert errors[0] < 1e-3
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), order, atol=0.15)


def test_views_are_the_papers_scaled_valence_and_release_probability():
    """Section 2.3: e_j = 2 (E_j - E_min)/(E_max - E_min) - 1; eq. 4: its positive part."""
    drive = drive_of([[0, 40, 500, 3]], [[60, 0, 20, 3]])
    v, z, p = (
        simulate(MINE, drive, record="20 ms", dt="1 ms", output=output, keep="trace", engine="runtime").trace
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
    trace = simulate(model, drive, record="50 ms", dt="1 ms", keep="trace", engine="runtime").trace
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
        run = simulate(model, drive, record="1 s", keep="final", output=output, engine="runtime")
        np.testing.assert_allclose(run.final, value, rtol=1e-9)


def test_it_starts_at_rest_wherever_that_is():
    for model in (CWA, SpikingCWA, StochasticCWA):
        assert model.initial["v"] == pytest.approx(-56e-3)
        assert model(e_rest="-44 mV").initial["v"] == pytest.approx(-44e-3)
        assert model.with_initial(v="-50 mV")(e_rest="-44 mV").initial["v"] == pytest.approx(-50e-3)


def spiking_by_hand(drive, bins: int, dt: float, release=0.0):
    """`SpikingCWA`(**OTHER, tau_syn=1.7 ms, f_max=800 Hz) in plain loops: z and release after each step, and spikes."""
    s_exc = s_inh = 0.0
    v, rows = -61e-3, []
    for step in range(bins):
        g_exc, g_inh = (drive[port][0, step * drive[port].shape[1] // bins] for port in ("g_exc", "g_inh"))
        s_exc, s_inh = (g + (s - g) * np.exp(-dt / 1.7e-3) for g, s in ((g_exc, s_exc), (g_inh, s_inh)))
        total = 7e-9 + s_exc + s_inh
        aim = (7e-9 * -61e-3 + s_exc * 5e-3 + s_inh * -85e-3) / total
        v = aim + (v - aim) * np.exp(-dt * total / 150e-12)
        z = 2 * (v + 85e-3) / 90e-3 - 1
        release = np.maximum(release + 800 * dt * z, -1)
        spikes = release > 1 - RELEASE
        release = release - spikes
        rows.append((z, release, spikes))
    return (np.array(row) for row in zip(*rows, strict=True))


@pytest.mark.parametrize("dt", [1.25e-3, 0.25e-3], ids=["one bin", "a fifth"])
def test_a_step_is_synapses_then_membrane_then_release(dt):
    """Against plain loops, spike by spike; all floors and resets happen."""
    model = SpikingCWA.with_parameters(**OTHER, tau_syn="1.7 ms", f_max="800 Hz")
    drive, bins = staircase(np.random.default_rng(4), 40), round(50e-3 / dt)
    recordings = {
        output: simulate(
            model, drive, record="50 ms", dt=dt, sample_dt=dt, output=output, keep=("trace", "count", "spikes"),
            engine="runtime",
        )
        for output in ("z", "release")
    }  # fmt: skip
    z, release, spikes = spiking_by_hand({port: one[:1] for port, one in drive.items()}, bins, dt)
    np.testing.assert_allclose(recordings["z"].trace[0, 1:], z[:-1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(recordings["release"].trace[0, 1:], release[:-1], rtol=0, atol=1e-11)
    np.testing.assert_array_equal(recordings["z"].count[0], spikes.sum(axis=0))
    assert (release == -1).any() and spikes.sum() > 10


def test_the_rate_is_f_max_times_the_release_probability():
    """To one spike in the count, at one bin a step and at a tenth; nothing where z <= 0. The first 50 ms settle."""
    drive = drive_of([[0, 3, 20, 40, 300, 2000]], [[5, 0, 12, 3, 40, 0]])
    p = np.maximum(scaled_valence(SpikingCWA, steady_state(SpikingCWA, **drive)), 0)
    assert p[0, 0] == p[0, 1] == 0 and p[0, -1] > 0.98
    for dt in ("1 ms", "0.1 ms"):
        count = simulate(
            SpikingCWA, drive, settle="150 ms", record="500 ms", dt=dt, keep="count", engine="runtime"
        ).count
        assert (np.abs(count - 500 * p) <= 1).all()
        assert not count[0, :2].any()


def test_a_subtractive_reset_loses_nothing():
    """count = floor(sum of f_max dt z) at every moment, where z is never negative."""
    model = SpikingCWA.with_initial(v="-30 mV")
    drive = drive_of(np.random.default_rng(5).uniform(20, 60, (1, 100, 8)), np.zeros((1, 100, 8)))
    made = {
        output: simulate(model, drive, record="100 ms", output=output, keep=("trace", "spikes"), engine="runtime")
        for output in ("z", "release")
    }
    z, spikes = made["z"].trace[0], made["z"].spikes
    assert z.min() >= 0
    gathered = np.cumsum(z[1:], axis=0)  # the sample k is taken after k steps
    for unit in range(8):
        fired = np.searchsorted(spikes.of(0, unit), np.arange(1, 100) * 1e-3 - 1e-9)
        np.testing.assert_array_equal(fired, np.floor(gathered[:, unit] + RELEASE))
        np.testing.assert_allclose(made["release"].trace[0, 1:, unit], gathered[:, unit] - fired, atol=1e-10)


@pytest.mark.parametrize("dt", ["1 ms", "0.1 ms"])
@pytest.mark.parametrize("model", [SpikingCWA, StochasticCWA], ids=lambda model: model.name)
def test_a_neuron_at_the_excitatory_potential_fires_in_every_bin(model, dt):
    """p = 1: 100 spikes in 100 ms; by chance, in a tenth of a bin, 100 +- 9.5."""
    drive = drive_of([[0.0]], [[0.0]])
    count = simulate(model(e_rest="0 mV"), drive, record="100 ms", dt=dt, keep="count", engine="runtime").count[0, 0]
    assert abs(count - 100) <= (4 * 9.5 if model.noisy and dt == "0.1 ms" else 0)


def test_a_spike_is_answered_in_the_step_it_arrives_in():
    model = SpikingCWA.with_initial(release=0.5)
    g_exc = np.zeros((1, 10, 1))
    g_exc[0, 0] = 5000
    recording = simulate(model, drive_of(g_exc, 0 * g_exc), record="10 ms", keep="spikes", engine="runtime")
    assert recording.spikes.time[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("engine", ["runtime", pytest.param("cpp", marks=pytest.mark.slow)])
def test_spikes_by_chance_are_binomial(engine):
    """2,000 neurons, 200 bins: mean and variance within 4 of their own standard deviations."""
    drive = drive_of(np.full((1, 2000), 30.0), np.full((1, 2000), 4.0))
    p = float(scaled_valence(StochasticCWA, steady_state(StochasticCWA, 30 * nS, 4 * nS)))
    first, again, other = (
        simulate(
            StochasticCWA, drive, settle="200 ms", record="200 ms", keep="count", seed=seed, engine=engine
        ).count  # fmt: skip
        for seed in (7, 7, 8)
    )
    mean, variance = 200 * p, 200 * p * (1 - p)
    assert 0.2 < p < 0.6
    assert abs(first.mean() - mean) < 4 * np.sqrt(variance / 2000)
    assert abs(first.var() - variance) < 4 * variance * np.sqrt(2 / 2000)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("dt", ["1 ms", "0.2 ms"])
def test_synapses_pass_on_the_mean_of_what_arrives(dt):
    """tau ds/dt = g - s conserves the integral: all that arrived in 40 ms has left after 60 more."""
    g = np.zeros((1, 100, 3))
    g[0, :40] = 100 * np.random.default_rng(6).binomial(1, [0.1, 0.4, 0.9], (40, 3))
    model = SpikingCWA.with_parameters(tau_syn="1.5 ms")
    for port, state in (("g_exc", "s_exc"), ("g_inh", "s_inh")):
        recording = simulate(
            model, {port: g * 1e-9}, record="100 ms", dt=dt, sample_dt=dt, output=state, keep="mean", engine="runtime"
        )
        np.testing.assert_allclose(recording.mean[0], g[0].mean(axis=0) * 1e-9, rtol=1e-9)


def test_the_spiking_membrane_tends_to_its_differential_equation():
    """tau_syn ds/dt = g - s and the membrane's, by SciPy; each step uses the synapses of its end: first order."""

    def slope(_, state):
        s_exc, s_inh, v = state
        pull = 10e-9 * (-56e-3 - v) + s_exc * (0 - v) + s_inh * (-80e-3 - v)
        return (60e-9 - s_exc) / 2e-3, (25e-9 - s_inh) / 2e-3, pull / 200e-12

    exact = solve_ivp(slope, (0, 4e-3), [0, 0, -56e-3], rtol=1e-11, atol=1e-16).y[2, -1]
    model, errors = SpikingCWA(tau_syn="2 ms"), []
    for dt in (0.4e-3, 0.2e-3, 0.1e-3):
        run = simulate(model, drive_of([[60]], [[25]]), record="4 ms", dt=dt, keep="final", engine="runtime")
        errors.append(abs(float(run.final[0, 0]) - exact))
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), 1, atol=0.15)


def test_spikes_through_synapses_are_spikes_through_the_port():
    """Brian2 delivers a spike after its step: a synapse adds what that much input leaves at the end of the next one.

    s + g*(exp(dt/tau_syn) - 1), times exp(-dt/tau_syn), is the step of the synapse under the input g.
    """
    drive = drive_of([[40, 300, 25]], [[3, 5, 0]])
    fired = simulate(SpikingCWA, drive, record="60 ms", keep="spikes", engine="runtime").spikes
    arriving = np.zeros((1, 60, 3))
    arriving[0, np.rint(fired.time[fired.time < 58.5e-3] / 1e-3).astype(int) + 1, fired.unit[fired.time < 58.5e-3]] = (
        50e-9
    )
    wanted = simulate(SpikingCWA, {"g_exc": arriving}, record="60 ms", keep=("final", "spikes"), engine="runtime")
    kept, brian2.prefs.codegen.target = brian2.prefs.codegen.target, "numpy"
    try:
        first, second = SpikingCWA.neuron_group(3), SpikingCWA.neuron_group(3)
        first.g_exc_, first.g_inh_ = drive["g_exc"][0], drive["g_inh"][0]
        synapses = brian2.Synapses(first, second, on_pre="s_exc_post += 50*nS*(exp(dt_post/tau_syn_post) - 1)")
        synapses.connect(j="i")
        spikes = brian2.SpikeMonitor(second)
        brian2.Network(first, second, synapses, spikes).run(60 * brian2.ms, namespace={"nS": nS})
    finally:
        brian2.prefs.codegen.target = kept
    np.testing.assert_allclose(second.v_[:], wanted.final[0], rtol=0, atol=1e-15)
    assert 10 < len(wanted.spikes) == spikes.num_spikes
    np.testing.assert_allclose(np.sort(spikes.t_[:]), np.sort(wanted.spikes.time), atol=1e-9)


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
        plan(model, drive, Timing(0, "10 ms", dt))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: steady_state(CWA, -1 * nS, 0 * nS), InvalidValueError, "g_exc is -1 nS, wanted zero or more"),
        (lambda: steady_state(CWA, 0 * nS, 1 * mV), UnitError, "g_inh has the unit volt"),
        (lambda: time_constant(CWA(g_rest=0), 0.0, 0.0), InvalidValueError, "no conductance at all"),
        (lambda: steady_state(FHN, 0.0, 0.0), InvalidValueError, "fhn has no g_rest; wanted a neuron such as sn.CWA"),
        (lambda: scaled_valence(FHN, 0.0), InvalidValueError, "fhn has no e_inh, e_exc"),
        (lambda: scaled_valence(CWA, 1 * nS), UnitError, "the potential has the unit siemens"),
        (lambda: reversal_potential(CWA, [0, 1.5]), InvalidValueError, "the valence is 1.5, wanted -1 to 1"),
    ],
)
def test_a_formula_says_what_it_cannot_take(call, error, words):
    with pytest.raises(error, match=words):
        call()
