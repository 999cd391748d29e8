"""Conductance neurons that spike, against plain loops, expected spike counts, and SciPy."""

import brian2
import numpy as np
import pytest
from brian2 import nS
from scipy.integrate import solve_ivp

from spikenet.engines.simulate import simulate
from spikenet.neurons import SpikingCWA, StochasticCWA
from spikenet.neurons.conductance import scaled_valence, steady_state
from tests.neurons.conductances import OTHER, drive_of, staircase

RELEASE = 1e-6  # the slack of the threshold


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
            model, drive, duration="50 ms", dt=dt, sample_dt=dt, variable=output, record=("trace", "count", "spikes"),
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
            SpikingCWA, drive, settle="150 ms", duration="500 ms", dt=dt, record="count", engine="runtime"
        ).count
        assert (np.abs(count - 500 * p) <= 1).all()
        assert not count[0, :2].any()


def test_a_subtractive_reset_loses_nothing():
    """count = floor(sum of f_max dt z) at every moment, where z is never negative."""
    model = SpikingCWA.with_initial(v="-30 mV")
    drive = drive_of(np.random.default_rng(5).uniform(20, 60, (1, 100, 8)), np.zeros((1, 100, 8)))
    made = {
        output: simulate(model, drive, duration="100 ms", variable=output, record=("trace", "spikes"), engine="runtime")
        for output in ("z", "release")
    }
    z, spikes = made["z"].trace[0], made["z"].spikes
    assert z.min() >= 0
    gathered = np.cumsum(z[1:], axis=0)  # the sample k is taken after k steps
    for unit in range(8):
        fired = np.searchsorted(spikes.times_of(0, unit), np.arange(1, 100) * 1e-3 - 1e-9)
        np.testing.assert_array_equal(fired, np.floor(gathered[:, unit] + RELEASE))
        np.testing.assert_allclose(made["release"].trace[0, 1:, unit], gathered[:, unit] - fired, atol=1e-10)


@pytest.mark.parametrize("dt", ["1 ms", "0.1 ms"])
@pytest.mark.parametrize("model", [SpikingCWA, StochasticCWA], ids=lambda model: model.name)
def test_a_neuron_at_the_excitatory_potential_fires_in_every_bin(model, dt):
    """p = 1: 100 spikes in 100 ms; by chance, in a tenth of a bin, 100 +- 9.5."""
    drive = drive_of([[0.0]], [[0.0]])
    count = simulate(model(e_rest="0 mV"), drive, duration="100 ms", dt=dt, record="count", engine="runtime").count[
        0, 0
    ]
    assert abs(count - 100) <= (4 * 9.5 if model.noisy and dt == "0.1 ms" else 0)


def test_a_spike_is_answered_in_the_step_it_arrives_in():
    model = SpikingCWA.with_initial(release=0.5)
    g_exc = np.zeros((1, 10, 1))
    g_exc[0, 0] = 5000
    recording = simulate(model, drive_of(g_exc, 0 * g_exc), duration="10 ms", record="spikes", engine="runtime")
    assert recording.spikes.time[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("engine", ["runtime", pytest.param("cpp", marks=pytest.mark.slow)])
def test_spikes_by_chance_are_binomial(engine):
    """2,000 neurons, 200 bins: mean and variance within 4 of their own standard deviations."""
    drive = drive_of(np.full((1, 2000), 30.0), np.full((1, 2000), 4.0))
    p = float(scaled_valence(StochasticCWA, steady_state(StochasticCWA, 30 * nS, 4 * nS)))
    first, again, other = (
        simulate(
            StochasticCWA, drive, settle="200 ms", duration="200 ms", record="count", seed=seed, engine=engine
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
            model,
            {port: g * 1e-9},
            duration="100 ms",
            dt=dt,
            sample_dt=dt,
            variable=state,
            record="mean",
            engine="runtime",
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
        run = simulate(model, drive_of([[60]], [[25]]), duration="4 ms", dt=dt, record="final", engine="runtime")
        errors.append(abs(float(run.final[0, 0]) - exact))
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), 1, atol=0.15)


def test_spikes_through_synapses_are_spikes_through_the_port():
    """Brian2 delivers a spike after its step: a synapse adds what that much input leaves at the end of the next one.

    s + g*(exp(dt/tau_syn) - 1), times exp(-dt/tau_syn), is the step of the synapse under the input g.
    """
    drive = drive_of([[40, 300, 25]], [[3, 5, 0]])
    fired = simulate(SpikingCWA, drive, duration="60 ms", record="spikes", engine="runtime").spikes
    arriving = np.zeros((1, 60, 3))
    arriving[0, np.rint(fired.time[fired.time < 58.5e-3] / 1e-3).astype(int) + 1, fired.unit[fired.time < 58.5e-3]] = (
        50e-9
    )
    wanted = simulate(SpikingCWA, {"g_exc": arriving}, duration="60 ms", record=("final", "spikes"), engine="runtime")
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
