"""Unrolled steps against the engine ``runtime``, their gradients against differences of it and the sensitivity."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from spikenet.engines.simulate import simulate
from spikenet.errors import InvalidValueError
from spikenet.layers.gradient import unrolling
from spikenet.layers.gradient.step import DifferentiableStep
from spikenet.layers.gradient.unrolling import unroll
from spikenet.neurons import FHN, IF, LIF, HodgkinHuxley, Izhikevich, NeuronModel
from spikenet.neurons.equations.sensitivity import sensitivity_model

SPIKING = {LIF: 2e-9, IF: 2e-9, Izhikevich: 40.0, HodgkinHuxley: 0.5}
FILTER = NeuronModel(
    name="filter",
    equations="dv/dt = (both - v)/(2*ms) : 1\nboth = 3*g_in - g_out*v : 1\ng_in : 1\ng_out : 1",
    outputs=("v", "both"),
    ports=("g_in", "g_out"),
    method="euler",
)


def both(model, drive, settle: int, record: int, sample: int, **settings):
    """What unrolling in a tf.function gives, and what runtime does."""
    step, keep = DifferentiableStep(model), ("mean", "final", "trace") + ("count",) * model.spiking

    @tf.function
    def run(drive):
        return unroll(step, drive, settle_steps=settle, record_steps=record, sample_steps=sample, **settings)

    ours = run(tf.nest.map_structure(tf.constant, drive))
    dt = model.dt
    theirs = simulate(
        model, drive, settle=settle * dt, duration=record * dt, sample_dt=sample * dt, record=keep, engine="runtime",
        **settings,
    )  # fmt: skip
    return {name: (ours[name].numpy(), getattr(theirs, name)) for name in keep}


def assert_same(results, tolerance: float):
    for name, (ours, theirs) in results.items():
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * np.abs(theirs).max(), err_msg=name)


def gradient(step, drive, weights, jit=False, **durations) -> np.ndarray:
    """By the drive, of what the weights by name make of the results."""

    @tf.function(jit_compile=jit)
    def run(drive):
        with tf.GradientTape() as tape:
            tape.watch(drive)
            results = unroll(step, {step.model.ports[0]: drive}, **durations)
            total = tf.add_n([tf.reduce_sum(results[name] * weight) for name, weight in weights.items()])
        return tape.gradient(total, drive)

    return run(tf.constant(drive)).numpy()


@pytest.mark.parametrize("method", ["euler", pytest.param("rk2", marks=pytest.mark.slow), "rk4"])
def test_fhn_is_that_of_runtime(method):
    """Rounding of 1e-16 a step. 20 + 300 steps."""
    drive = np.linspace(-1.2, 1.2, 6).reshape(2, 3)
    assert_same(both(replace(FHN, method=method), drive, 20, 300, 10), 1e-11)


@pytest.mark.parametrize(
    "model",
    [pytest.param(model, marks=pytest.mark.slow if model is IF else (), id=model.name) for model in SPIKING],
)
def test_spike_trains_are_those_of_runtime(model):
    """Every sample of the trace, resets and refractory steps included; 1,000 steps (Hodgkin-Huxley: 6 ms)."""
    drive = np.linspace(0, SPIKING[model], 6).reshape(2, 3)
    settle, record = (100, 500) if model is HodgkinHuxley else (50, 950)
    results = both(model, drive, settle, record, 1)
    np.testing.assert_array_equal(*results.pop("count"))
    assert_same(results, 1e-9)


def test_drives_in_time_are_those_of_runtime():
    """One port in time, the other not; an output that is a subexpression of both."""
    rng = np.random.default_rng(4)
    drive = {"g_in": rng.normal(size=(2, 8, 3)), "g_out": rng.normal(size=(2, 3))}
    for output in FILTER.outputs:
        assert_same(both(FILTER, drive, 40, 120, 5, variable=output), 1e-12)


def test_spikes_in_time_are_those_of_runtime():
    drive = np.random.default_rng(5).uniform(0, 3e-9, size=(2, 100, 3))
    results = both(LIF, drive, 100, 400, 4)
    assert results["count"][1].max() > 3
    np.testing.assert_array_equal(*results["count"])


def test_float32_stays_float32():
    drive = np.linspace(-1, 1, 6, dtype="float32").reshape(2, 3)
    ours = unroll(DifferentiableStep(FHN), drive, record_steps=30)
    assert {value.dtype.name for value in ours.values()} == {"float32"}
    theirs = simulate(FHN, drive, duration=30 * FHN.dt, sample_dt=FHN.dt, engine="runtime")
    np.testing.assert_allclose(ours["mean"], theirs.mean, rtol=1e-5)


def test_fhn_gradients_are_central_differences_and_the_sensitivity():
    """50 + 150 steps of 10 us, 2 tau, at rest and oscillating, of mean, final and trace with weights of their own.

    The sensitivity is the same derivative of the same steps: rounding. Differences of 1e-6 are good to 1e-7.
    """
    drive, rng = np.array([[-1.3, -0.4, 0.0], [0.3, 0.6, 1.2]]), np.random.default_rng(7)
    weights = {"mean": rng.normal(size=(2, 3)), "final": rng.normal(size=(2, 3)), "trace": rng.normal(size=(2, 15, 3))}
    ours = gradient(DifferentiableStep(FHN), drive, weights, settle_steps=50, record_steps=150, sample_steps=10)
    times = {"settle": 0.5e-3, "duration": 1.5e-3, "record": tuple(weights), "engine": "runtime"}
    low, high = (simulate(FHN, drive + h, **times) for h in (-1e-6, 1e-6))
    slope = simulate(sensitivity_model(FHN), drive, variable="d_x", **times)

    def weighted(of) -> np.ndarray:
        return of("mean") * weights["mean"] + of("final") * weights["final"] + (of("trace") * weights["trace"]).sum(1)

    differences = weighted(lambda kept: (getattr(high, kept) - getattr(low, kept)) / 2e-6)
    np.testing.assert_allclose(ours, differences, rtol=0, atol=1e-5 * np.abs(ours).max())
    np.testing.assert_allclose(ours, weighted(lambda kept: getattr(slope, kept)), rtol=1e-9)


def test_a_gradient_reaches_every_instant_of_a_drive():
    """Of a filter dv/dt = (3 g_in - v)/tau, v_n = sum(decay**(n-1-k) * 3 dt/tau * g_k), by Euler's decay."""
    weights = np.zeros((1, 150, 1))
    weights[:, -1] = 1  # the last sample is taken before the last step
    model = replace(FILTER, equations=FILTER.equations.replace("g_out*v", "g_out"), dt=1e-4)
    drive = np.ones((1, 150, 1))
    ours = gradient(DifferentiableStep(model), drive, {"trace": weights}, record_steps=150)[0, :, 0]
    wanted = 0.15 * 0.95 ** np.arange(148, -1, -1)
    np.testing.assert_allclose(ours[:-1], wanted, rtol=1e-10)
    assert ours[-1] == 0


def test_recomputing_changes_no_gradient(monkeypatch):
    """Spikes, resets and a drive in time, with and without; only the order of sums differs."""
    drive = np.random.default_rng(6).uniform(0, 3e-9, size=(2, 149, 3))  # a prime: blocks with a rest
    step = DifferentiableStep(LIF)
    durations = {"settle_steps": 0, "record_steps": 149, "sample_steps": 1}
    some = gradient(step, drive, {"count": 1.0}, **durations)
    monkeypatch.setattr(unrolling, "_FEW", 10**6)
    every = gradient(step, drive, {"count": 1.0}, **durations)
    assert np.abs(every).max() > 0
    np.testing.assert_allclose(some, every, rtol=1e-9, atol=1e-9 * np.abs(every).max())


def test_xla_gives_the_same():
    """A loop that carries an empty array aborts the process there. XLA may fuse: rounding."""
    step, drive = DifferentiableStep(LIF), np.array([[0.4e-9, 0.8e-9]])
    plain, compiled = (gradient(step, drive, {"count": 1.0}, jit, record_steps=200) for jit in (False, True))
    assert np.abs(plain).max() > 0
    np.testing.assert_allclose(compiled, plain, rtol=1e-6)


@pytest.mark.parametrize(("count", "tick", "size"), [(100, 1, 10), (30, 10, 2), (97, 1, 10), (3, 1000, 1), (1, 100, 1)])
def test_blocks_are_the_root_of_all_steps(count, tick, size):
    assert unrolling._block_size(count, tick) == size


def test_a_stronger_drive_makes_more_spikes_says_the_surrogate():
    """No exact value, but a sign and a size: as the reset is detached, every step near threshold adds to the slope of
    the f-I curve, up to one for each of the 132 and 65 steps between two spikes."""
    drive = np.array([[0.4e-9, 0.8e-9]])
    ours = gradient(DifferentiableStep(LIF), drive, {"count": 1.0}, record_steps=1600)
    low, high = (
        simulate(LIF, drive + h, duration=0.16, record="count", engine="runtime").count for h in (-1e-10, 1e-10)
    )
    ratio = ours / ((high - low) / 2e-10)
    assert ((ratio > 1) & (ratio < [[132, 65]])).all(), ratio
    np.testing.assert_allclose(ratio, [[22.5, 13.4]], rtol=0.05)  # measured, with the width that is the default


@pytest.mark.parametrize(
    ("drive", "settings", "words"),
    [
        (np.zeros((1, 2)), {"record_steps": 0}, "wanted at least 0, 1 and 1"),
        (np.zeros((1, 2)), {"record_steps": 9, "settle_steps": -1}, "settle, record and sample are -1, 9 and 1 steps"),
        (np.zeros((1, 2)), {"record_steps": 9, "sample_steps": 0}, "wanted at least 0, 1 and 1"),
        (np.zeros((1, 1, 1, 2)), {"record_steps": 10}, r"has the shape \(1, 1, 1, 2\); wanted \(sample, unit\)"),
        (np.zeros((1, 5, 2)), {"record_steps": 10, "settle_steps": 3}, "has 5 values in time for 13 steps"),
        (np.zeros((1, 2)), {"record_steps": 10, "sample_steps": 4}, "no whole number of samples of 4 steps"),
        (np.zeros(2), {"record_steps": 10}, r"has the shape \(2,\); wanted \(sample, unit\)"),
        (np.zeros((1, 4, 2)), {"record_steps": 10}, "has 4 values in time for 10 steps"),
        (np.zeros((1, 2)), {"record_steps": 10, "variable": "z"}, "fhn has no output 'z'; it has x, y"),
        ({"z": np.zeros((1, 2))}, {"record_steps": 10}, "the drive names z; fhn has i_in"),
    ],
)
def test_what_does_not_fit_is_refused(drive, settings, words):
    with pytest.raises(InvalidValueError, match=words):
        unroll(DifferentiableStep(FHN), drive, **settings)


def test_a_drive_of_unknown_duration_is_refused():
    step = DifferentiableStep(FHN)

    @tf.function(input_signature=[tf.TensorSpec((1, None, 2), "float64")], autograph=False)
    def run(drive):
        return unroll(step, drive, record_steps=10)["mean"]

    with pytest.raises(InvalidValueError, match="has None values in time for 10 steps; wanted a known number"):
        run(np.zeros((1, 5, 2)))
