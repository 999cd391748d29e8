"""Gradients by inputs that change and by recurrent weights: central differences, and a loop written by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import spikenet as sn
from spikenet.layers import ThroughTime

RNG = np.random.default_rng(5)
SAMPLES, STEPS, UNITS = 3, 4, 3
FHN = {
    "neuron": sn.FHN(tau="5 ms", epsilon=0.4),
    "drive": sn.tanh_drive(-0.5),
    "duration": "12 ms",
    "settle": "2 ms",
    "dt": "0.1 ms",
    "sample_dt": "0.5 ms",
}
ADAPTIVE = sn.NeuronModel(
    "adaptive_lif",
    "dv/dt = (i_in - v - w)/tau_mem : 1\ndw/dt = -w/tau_w : 1\ni_in : 1",
    ("v",),
    threshold="v > 1",
    reset="v = 0\nw += b",
    parameters={"tau_mem": "5 ms", "tau_w": "20 ms", "b": 0.1},
    method="exponential_euler",
    dt=1e-3,
)


def population(settings, recurrent=True, **others):
    layer = sn.Population(
        **settings, surrogate="step", engine="runtime", recurrent=recurrent, dtype="float64",
        recurrent_initializer=keras.initializers.RandomNormal(stddev=0.5, seed=2), **others,
    )  # fmt: skip
    layer.build((None, STEPS, UNITS))
    return layer


def central_difference(function, at, direction, step=1e-5):
    return (function(at + step * direction) - function(at - step * direction)) / (2 * step)


CASES = [("mean", True), ("final", True), ("trace", False)]


@pytest.mark.parametrize(("output", "sequences", "recurrent"), [*((*one, True) for one in CASES), (*CASES[0], False)])
def test_gradients_of_smooth_neurons_are_central_differences(output, sequences, recurrent):
    layer = population(FHN, recurrent, output=output, return_sequences=sequences)
    z = tf.constant(RNG.normal(size=(SAMPLES, STEPS, UNITS)))
    upstream = RNG.normal(size=np.asarray(layer(z)).shape)
    with tf.GradientTape() as tape:
        tape.watch(z)
        loss = tf.reduce_sum(layer(z) * upstream)
    found = tape.gradient(loss, [z, *layer.trainable_variables])

    def loss_of(z):
        return float(tf.reduce_sum(layer(tf.constant(z)) * upstream))

    def loss_of_weights(weights):
        layer.recurrent_kernel.assign(weights)
        return loss_of(z.numpy())

    at = [(loss_of, z.numpy())]
    at += [(loss_of_weights, layer.recurrent_kernel.numpy())] if recurrent else []
    for gradient, (function, values) in zip(found, at, strict=True):
        along = RNG.normal(size=values.shape)
        wanted = central_difference(function, values, along)
        assert np.sum(gradient * along) == pytest.approx(wanted, rel=1e-4)


def test_the_gradient_of_random_instants_is_that_of_the_same_instants():
    driven = population(FHN, False, output="instants", instants=3).driven
    z, upstream = RNG.normal(size=(SAMPLES, STEPS, UNITS)), RNG.normal(size=(SAMPLES, 3, UNITS))
    found, _ = ThroughTime().unfolded(driven, tf.constant(z), None, tf.constant(7), tf.constant(upstream))
    along = RNG.normal(size=z.shape)
    wanted = central_difference(lambda z: np.sum(driven(z, 7, True) * upstream), z, along)
    assert np.sum(found * along) == pytest.approx(wanted, rel=1e-4)


def test_a_constant_input_of_recurrent_neurons_has_the_gradient_of_central_differences():
    layer = sn.Population(**FHN, surrogate="step", engine="runtime", recurrent=True, dtype="float64")
    z = tf.constant(RNG.normal(size=(SAMPLES, UNITS)))
    upstream = RNG.normal(size=(SAMPLES, UNITS))
    with tf.GradientTape() as tape:
        tape.watch(z)
        loss = tf.reduce_sum(layer(z) * upstream)
    found, along = tape.gradient(loss, z), RNG.normal(size=z.shape)
    wanted = central_difference(lambda z: float(tf.reduce_sum(layer(tf.constant(z)) * upstream)), z.numpy(), along)
    assert np.sum(found * along) == pytest.approx(wanted, rel=1e-4)


@tf.custom_gradient
def spike(distance):
    return tf.cast(distance > 0, distance.dtype), lambda upstream: upstream / (1 + 2 * tf.abs(distance)) ** 2


def lif_by_hand(z, weights):
    """Counts of each step of the input, of exact LIF with no refractory time: two steps of time for each of them."""
    v, fired, counts = tf.fill((SAMPLES, UNITS), tf.constant(-70e-3, tf.float64)), 0.0, []
    for step in range(STEPS):
        count = 0.0
        for _ in range(2):
            received = tf.matmul(fired, weights) if counts or not isinstance(fired, float) else 0.0
            target = -70e-3 + 100e6 * tf.clip_by_value(0.3e-9 + 0.15e-9 * (z[:, step] + received), -1e-9, 1e-9)
            v = target + (v - target) * np.exp(-5 / 20)
            fired = spike((v + 50e-3) / 20e-3)  # in units of the distance from the start, which is the farthest
            held = tf.stop_gradient(fired)
            v, count = (1 - held) * v + held * -65e-3, count + fired
        counts.append(count)
    return tf.stack(counts, axis=1)


def adaptive_by_hand(z, weights):
    """As `lif_by_hand`, of ADAPTIVE: exponential Euler, in which w of the step before enters v."""
    zero = tf.zeros((SAMPLES, UNITS), tf.float64)
    v, w, fired, counts = zero, zero, zero, []
    for step in range(STEPS):
        count = zero
        for _ in range(2):
            target = z[:, step] * 1.5 + tf.matmul(fired, weights) * 1.5 - w
            v, w = target + (v - target) * np.exp(-1 / 5), w * np.exp(-1 / 20)
            fired = spike(v - 1)
            held = tf.stop_gradient(fired)
            v, w, count = (1 - held) * v, w + 0.1 * held, count + fired
        counts.append(count)
    return tf.stack(counts, axis=1)


@pytest.mark.parametrize(
    ("by_hand", "settings"),
    [
        (
            lif_by_hand,
            {
                "neuron": sn.LIF(tau_ref="0 ms"),
                "drive": sn.linear_drive("0.15 nA", "0.3 nA", "-1 nA", "1 nA"),
                "duration": "40 ms",
                "dt": "5 ms",
            },
        ),
        (adaptive_by_hand, {"neuron": ADAPTIVE, "drive": sn.linear_drive(1.5), "duration": "8 ms", "dt": "1 ms"}),
    ],
    ids=["lif", "adaptive lif"],
)
def test_gradients_of_spiking_neurons_are_those_of_a_loop(by_hand, settings):
    layer = population(settings, output="count", return_sequences=True)
    layer.recurrent_kernel.assign(2 * layer.recurrent_kernel)
    z = tf.constant(RNG.normal(size=(SAMPLES, STEPS, UNITS)) * 2 + 1)
    upstream = RNG.normal(size=z.shape)
    results = []
    weights = tf.constant(layer.recurrent_kernel.numpy())
    for function, sources in (
        (layer, [z, layer.recurrent_kernel.value]),
        (lambda z: by_hand(z, weights), [z, weights]),
    ):
        with tf.GradientTape() as tape:
            tape.watch(sources)
            counts = function(z)
            loss = tf.reduce_sum(counts * upstream)
        results.append((counts, *tape.gradient(loss, sources)))
    found, wanted = results
    assert 0.1 < np.mean(wanted[0]) < 1.5
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)
    assert np.abs(wanted[2]).max() > 0.01
