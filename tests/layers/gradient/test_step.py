"""One differentiable step against steps written by hand, forward and backward."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from spikenet.engines.simulate import simulate
from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.layers.gradient.step import DifferentiableStep
from spikenet.layers.gradient.surrogate import spike_function
from spikenet.neurons import CWA, FHN, LIF, Izhikevich, NeuronModel, SpikingCWA, SpikingSoma, steady_state

TWO_PORTS = NeuronModel(
    name="two_ports",
    equations="dv/dt = (g_in - v + both)/(2*ms) : 1\nboth = 3*g_in - g_out : 1\ng_in : 1\ng_out : 1",
    outputs=("v", "both"),
    ports=("g_in", "g_out"),
    method="euler",
)


def gradients(function, *arguments) -> list[np.ndarray]:
    """Of the sum of squares of what a function gives, by each argument."""
    tensors = [tf.constant(argument) for argument in arguments]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        total = tf.add_n([tf.reduce_sum(one**2) for one in function(*tensors)])
    return [gradient.numpy() for gradient in tape.gradient(total, tensors)]


def fhn_slope(x, y, i_in):
    return (x - x**3 / 3 - y) / (0.05 * 1e-3), (x + i_in) / 1e-3


def fhn_by_hand(method: str, x, y, i_in, dt: float):
    k1 = fhn_slope(x, y, i_in)
    if method == "euler":
        return x + dt * k1[0], y + dt * k1[1]
    k2 = fhn_slope(x + dt / 2 * k1[0], y + dt / 2 * k1[1], i_in)
    if method == "rk2":
        return x + dt * k2[0], y + dt * k2[1]
    k3 = fhn_slope(x + dt / 2 * k2[0], y + dt / 2 * k2[1], i_in)
    k4 = fhn_slope(x + dt * k3[0], y + dt * k3[1], i_in)
    return tuple(s + dt / 6 * (a + 2 * b + 2 * c + d) for s, a, b, c, d in zip((x, y), k1, k2, k3, k4, strict=True))


@pytest.mark.parametrize("method", ["euler", "rk2", "rk4"])
def test_fhn_has_the_gradient_of_a_step_by_hand(method):
    """Five steps of 7 us, by the initial state and the drive."""
    step = DifferentiableStep(replace(FHN, method=method), dt=7e-6)

    def ours(x, y, i_in):
        state = {"x": x, "y": y}
        for _ in range(5):
            state = step(state, i_in)
        return state["x"], state["y"]

    def by_hand(x, y, i_in):
        for _ in range(5):
            x, y = fhn_by_hand(method, x, y, i_in, 7e-6)
        return x, y

    start = np.random.default_rng(1).normal(size=(3, 2, 4))
    for got, wanted in zip(gradients(ours, *start), gradients(by_hand, *start), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("surrogate", ["fast_sigmoid", "triangular"])
def test_lif_has_the_gradient_of_a_step_by_hand(surrogate):
    """50 steps of 0.5 ms with spikes and four refractory steps; 20 mV from rest to threshold; the reset is detached."""
    step, spike_of = (
        DifferentiableStep(LIF, dt="0.5 ms", surrogate=surrogate, width=0.4),
        spike_function(surrogate, 2.5),
    )
    decay = np.exp(-0.5 / 20)

    def ours(current):
        state, spikes = step.initial(1, 3, "float64"), []
        for _ in range(50):
            state = step(state, current)
            spikes.append(state["spike"])
        return tf.add_n(spikes), state["v"]

    def by_hand(current):
        v, since, spikes = tf.zeros_like(current) - 0.07, np.full((1, 3), 1000), []
        for _ in range(50):
            since = since + 1
            awake = since >= 4
            target = -0.07 + 1e8 * current
            v = tf.where(awake, target + (v - target) * decay, v)
            spike = spike_of((v + 0.05) / 0.02) * awake
            v = v + tf.stop_gradient(spike) * (-0.065 - v)
            since = np.where(spike > 0, 0, since)
            spikes.append(spike)
        return tf.add_n(spikes), v

    current = np.array([[0.1e-9, 0.5e-9, 2.5e-9]])
    counts = [float(tf.reduce_max(function(tf.constant(current))[0])) for function in (ours, by_hand)]
    assert counts[0] == counts[1] > 3
    got, wanted = gradients(ours, current)[0], gradients(by_hand, current)[0]
    assert np.abs(wanted).max() > 0
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9 * np.abs(wanted).max())


def test_a_conductance_neuron_has_the_slope_of_its_average():
    """Settled, dv/dg_exc = (e_exc - v)/total and dv/dg_inh = (e_inh - v)/total; p passes it on where z > 0."""
    step = DifferentiableStep(CWA, dt="5 ms")
    conductances = np.array([[30e-9, 2e-9, 60e-9]]), np.array([[5e-9, 9e-9, 0.0]])

    def settled(*pair, output):
        drive, state = dict(zip(CWA.ports, pair, strict=True)), step.initial(1, 3, "float64")
        for _ in range(200):
            state = step(state, drive)
        return [step.read(output, state, drive)]

    v, total = steady_state(CWA, *conductances), 10e-9 + sum(conductances)
    z = 2 * (v + 80e-3) / 80e-3 - 1
    outer = {"v": 2 * v, "p": 2 * np.maximum(z, 0) * 2 / 80e-3}  # of the square of each
    for output, factor in outer.items():
        got = gradients(lambda *pair, output=output: settled(*pair, output=output), *conductances)
        for gradient, potential in zip(got, (0.0, -80e-3), strict=True):
            np.testing.assert_allclose(gradient, factor * (potential - v) / total, rtol=1e-9)
    assert (z < 0).any() and (z > 0).any()


def test_a_spiking_conductance_neuron_fires_as_it_does_in_a_simulation():
    """Bin by bin, in double precision; more excitation in a bin never asks for fewer spikes."""
    rng = np.random.default_rng(3)
    drive = {"g_exc": rng.uniform(0, 60e-9, (1, 50, 6)), "g_inh": rng.uniform(0, 30e-9, (1, 50, 6))}
    step = DifferentiableStep(SpikingCWA)

    def spikes(g_exc):
        state, fired = step.initial(1, 6, "float64"), []
        for step_index in range(50):
            state = step(state, {"g_exc": g_exc[:, step_index], "g_inh": drive["g_inh"][:, step_index]})
            fired.append(state["spike"])
        return fired

    found = np.array(spikes(tf.constant(drive["g_exc"])))[:, 0]
    run = simulate(SpikingCWA, drive, duration="50 ms", record="spikes", engine="runtime").spikes
    wanted = np.zeros((50, 6))
    wanted[np.rint(run.time / 1e-3).astype(int), run.unit] = 1
    np.testing.assert_array_equal(found, wanted)
    assert 10 < wanted.sum() < 250
    (gradient,) = gradients(lambda g_exc: [tf.add_n(spikes(g_exc))], drive["g_exc"])
    assert np.isfinite(gradient).all() and gradient.max() > 0


def test_a_spike_resets_in_the_order_of_the_statements():
    step = DifferentiableStep(Izhikevich, dt=1e-6)
    state = {**step.initial(1, 2, "float64"), "v": tf.constant([[0.029, 0.031]], tf.float64)}
    after = step(state, np.zeros((1, 2)))
    assert after["spike"].numpy().tolist() == [[0, 1]]
    assert after["v"].numpy()[0] == pytest.approx([0.029, -0.065], rel=2e-2)
    assert after["u"].numpy()[0] == pytest.approx([-13, -13 + 8], abs=1e-2)


def test_a_step_keeps_the_names_and_types_of_its_state():
    for dtype in ("float32", "float64"):
        step = DifferentiableStep(LIF)
        state = step.initial(2, 3, dtype)
        after = step(state, np.zeros((2, 3), dtype))
        assert set(state) == set(after) == {"v", "not_refractory", "steps_since_spike", "spike"}
        assert {(value.shape, value.dtype.name) for value in after.values()} == {((2, 3), dtype)}


def test_the_initial_state_is_the_models_own():
    state = DifferentiableStep(FHN.with_initial(x=[0.1, 0.2, 0.3])).initial(2, 3)
    assert state["x"].dtype == "float32"
    np.testing.assert_allclose(state["x"], [[0.1, 0.2, 0.3]] * 2, rtol=1e-6)
    np.testing.assert_allclose(state["y"], np.full((2, 3), -2 / 3), rtol=1e-6)


def test_ports_that_are_not_named_get_zero_and_subexpressions_are_read():
    step, state = DifferentiableStep(TWO_PORTS), {"v": tf.constant([[0.5]], tf.float64)}
    drive = {"g_in": tf.constant([[2.0]], tf.float64)}
    assert step(state, drive)["v"].numpy() == pytest.approx(0.5 + 1e-5 / 2e-3 * (2 - 0.5 + 6))
    assert step.read("both", state, drive).numpy() == 6
    assert step.read("v", state, drive).numpy() == 0.5


def test_a_width_is_in_units_of_the_distance_from_reset_to_threshold():
    """20 mV from rest to threshold, which is farther than from reset; 1 of release, which a spike lowers by 1."""

    def slope(**settings):
        step = DifferentiableStep(LIF, surrogate="superspike", **settings)
        state = step.initial(1, 1, "float64")
        return gradients(lambda v: [1 + step({**state, "v": v}, np.zeros((1, 1)))["spike"]], np.array([[-0.06]]))[0]

    v = -0.07 + 0.01 * np.exp(-0.1 / 20)
    wanted = 2 * np.exp(-0.1 / 20) / 0.02 / (1 + abs(v + 0.05) / 0.02 / 0.3) ** 2
    assert slope(width=0.3) == pytest.approx(wanted, rel=1e-9)
    assert slope() == pytest.approx(slope(width=0.5), rel=1e-9)
    assert DifferentiableStep(LIF).distance == pytest.approx(0.02)
    assert DifferentiableStep(SpikingSoma).distance == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: DifferentiableStep(FHN, dt=0), InvalidValueError, "dt is 0 s"),
        (lambda: DifferentiableStep(FHN, dt="1 mV"), UnitError, "dt has"),
        (lambda: DifferentiableStep(LIF, surrogate="none"), InvalidValueError, "unknown surrogate 'none'"),
        (lambda: DifferentiableStep(LIF, surrogate=1.0), InvalidTypeError, "the surrogate is 1.0"),
        (lambda: DifferentiableStep(LIF, width=-1.0), InvalidValueError, "the surrogate's width is -1.0"),
        (lambda: DifferentiableStep(LIF, steepness=5.0), InvalidTypeError, "steepness= is width="),
        (lambda: DifferentiableStep(TWO_PORTS).drives([[1.0]]), InvalidValueError, "has the ports g_in, g_out; give"),
        (lambda: DifferentiableStep(FHN).drives({"v": [[1.0]]}), InvalidValueError, "names v; fhn has i_in"),
        (lambda: DifferentiableStep(FHN).drives({}), InvalidValueError, "names no port; fhn has i_in"),
        (lambda: DifferentiableStep(FHN.with_initial(x=[1, 2])).initial(1, 3), InvalidValueError, "for 2 units, but"),
    ],
)
def test_what_does_not_fit_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
