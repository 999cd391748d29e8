"""One Brian2 network with synapses against the same layers one after the other, spike for spike.

In double precision: sums that Keras rounds to float32 can end on another side of a threshold than Brian2's.
"""

from contextlib import contextmanager
from dataclasses import replace

import brian2
import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidValueError
from tests.hybrid.activations.conftest import residual_cnn

L = keras.layers
IMAGES = np.random.default_rng(3).random((6, 6, 6, 1))


@contextmanager
def double_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def mlp() -> keras.Model:
    keras.utils.set_random_seed(1)
    hidden = [L.Flatten(), L.Dense(12, "relu", name="first"), L.Dense(8, "relu", name="second")]
    return keras.Sequential([keras.Input((6, 6, 1), dtype="float64"), *hidden, L.Dense(3)])


def cnn() -> keras.Model:
    """Pooling of maxima and averages, a short cut, BatchNormalization, and activations with two sides."""
    return residual_cnn("float64")


def maxima() -> keras.Model:
    """A maximum of sums that may fall, one of overlapping windows, and one of two layers."""
    keras.utils.set_random_seed(4)
    images = keras.Input((6, 6, 1), dtype="float64")
    first = L.Conv2D(3, 3, activation="relu6", bias_initializer="random_normal", name="first")(images)
    pooled = L.MaxPooling2D(3, 1, padding="same")(L.Conv2D(2, 2, bias_initializer="random_normal")(first))
    other = L.Conv2D(2, 2, activation="hard_sigmoid", name="other")(first)
    largest = L.Maximum()([L.ReLU(name="behind")(pooled), other])
    hidden = L.Dense(4, L.LeakyReLU(0.3), name="hidden")(L.GlobalMaxPooling2D()(largest))
    return keras.Model(images, L.Dense(2)(hidden))


def short_cut(pooling) -> keras.Model:
    keras.utils.set_random_seed(1)
    images = keras.Input((6, 6, 1), dtype="float64")
    pooled = pooling(L.Conv2D(4, 3, activation="relu", name="first")(images))
    beside = L.Conv2D(4, 2, padding="same", activation="relu", name="beside")(pooled)
    added = L.ReLU(name="added")(L.Add()([pooled, beside]))
    return keras.Model(images, L.Dense(2)(L.Flatten()(added)))


def past_a_layer() -> keras.Model:
    return short_cut(L.AveragePooling2D(2))


def converted(model, images, mode, neuron=None):
    return sn.to_brian(model, mode, neuron=neuron, calibrate=images, engine="runtime", progress=lambda done: None)


def network_of(make, steps=16, *, neuron=None, **settings):
    with double_precision():
        return sn.to_brian(
            make(),
            sn.Spiking(steps, **settings),
            neuron=neuron,
            calibrate=IMAGES,
            engine="runtime",
            progress=lambda done: None,
        )


def assert_same_spikes(network, image):
    layers, whole = network.record(image[None], record=("spikes", "trace")), network.as_network(image).run()
    assert list(whole) == list(layers)
    for name, recording in layers.items():
        assert len(recording.spikes) > 0, name
        np.testing.assert_array_equal(whole[name].trace, recording.trace, name)
        np.testing.assert_array_equal(whole[name].spikes.unit, recording.spikes.unit, name)
        np.testing.assert_allclose(whole[name].spikes.time, recording.spikes.time, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("make", "settings"),
    [
        (mlp, {}),
        (mlp, {"input": "regular"}),
        (cnn, {"input": "poisson"}),
        (maxima, {}),
        (maxima, {"input": "bernoulli"}),
        (mlp, {"wait": 16}),
        (past_a_layer, {"wait": 3, "input": "regular"}),
        (maxima, {"wait": 3}),
        (mlp, {"neuron": replace(sn.LIF, dt=1e-3)}),
    ],
    ids=lambda one: "-".join(one) if isinstance(one, dict) else one.__name__,
)
def test_spikes_are_those_of_one_layer_after_the_other(make, settings):
    assert_same_spikes(network_of(make, **settings), IMAGES[0])


def test_it_is_made_of_plain_brian2_objects():
    circuit = network_of(maxima, steps=2).as_network(IMAGES[0])
    assert isinstance(circuit.network, brian2.Network)
    assert isinstance(circuit.groups["hidden"], brian2.NeuronGroup)
    assert isinstance(circuit.synapses["first->other"], brian2.Synapses)
    assert isinstance(circuit.spikes["other"], brian2.SpikeMonitor)
    assert len(circuit.synapses["first->other"]) == 3 * 3 * 4 * 3 * 2  # places, kernel, channels before and behind
    assert len(circuit.groups["hidden"]) == 2 * 4  # two sides


def test_pixels_of_several_spikes_a_step_have_a_neuron_for_each():
    circuit = network_of(mlp, input="poisson").as_network(IMAGES[0])
    pixels = circuit.groups["pixels:spikes"]
    assert len(pixels) % 36 == 0
    assert len(pixels) > 36


def test_sums_of_float32_give_almost_the_same_spikes():
    network = sn.to_brian(
        residual_cnn(), sn.Spiking(24), calibrate=IMAGES, engine="runtime", progress=lambda done: None
    )
    whole = network.as_network(IMAGES[0]).run()
    for name, recording in network.record(IMAGES[:1], record=("spikes", "trace")).items():
        assert abs(whole[name].trace - recording.trace).mean() < 0.01
        assert len(whole[name].spikes) == pytest.approx(len(recording.spikes), rel=0.02)


def test_neurons_with_shorter_time_steps_are_refused():
    with pytest.raises(InvalidValueError, match=r"lif has a time step of 0.1 ms.*a step of 1 ms; take .*SoftResetIF"):
        network_of(mlp, neuron=sn.LIF).as_network(IMAGES[0])


def test_other_neurons_cannot_wait():
    with pytest.raises(InvalidValueError, match="lif may change before its inputs come; for wait=3 take"):
        network_of(mlp, neuron=replace(sn.LIF, dt=1e-3), wait=3).as_network(IMAGES[0])


def test_many_weights_are_refused(monkeypatch):
    monkeypatch.setattr("spikenet.hybrid.activations.synaptic_weights._MOST", 90)
    with pytest.raises(InvalidValueError, match="96 weights from first to second, more than 90; run the network layer"):
        network_of(mlp).as_network(IMAGES[0])


def test_a_maximum_cannot_be_delayed():
    """Past a layer that waits: spikes wait for the others in synapses, growth of a maximum does not."""
    with pytest.raises(InvalidValueError, match="pooled is a maximum on a short cut past layers that wait"):
        network_of(lambda: short_cut(L.MaxPooling2D(2, name="pooled")), wait=2).as_network(IMAGES[0])


def test_both_kinds_of_neurons_are_not_one_network():
    layers = [keras.Input((4,)), sn.layers.CWADense(4), sn.layers.Release(), L.Dense(3, "relu"), L.Dense(2)]
    rows = np.random.default_rng(1).random((5, 4))
    network = converted(keras.Sequential(layers), rows, sn.Spiking(8))
    with pytest.raises(InvalidValueError, match="conductance layers and activations that are neurons"):
        network.as_network(rows[0])
