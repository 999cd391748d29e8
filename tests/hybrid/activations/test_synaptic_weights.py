"""What lies between neurons, measured as weights."""

import keras
import numpy as np

import spikenet as sn
from spikenet.hybrid.activations.synaptic_weights import changing_steps, synaptic_inputs
from spikenet.hybrid.network.modes import Spiking

L = keras.layers
ROWS = np.random.default_rng(5).random((4, 3)).astype("float32")


def graph_of_spikes(behind, **mode):
    model = keras.Sequential([keras.Input((3,)), L.Dense(4, "relu", name="first"), *behind, L.Dense(2)])
    model.get_layer("first").bias.assign(np.arange(4.0))
    return sn.to_brian(model, Spiking(8, **mode), calibrate=ROWS, engine="runtime", progress=lambda done: None).graph


def test_a_dense_layer_has_its_own_weights_in_thresholds():
    graph = graph_of_spikes([L.Dense(5, "relu", name="second", bias_initializer="random_normal")])
    first, second = changing_steps(graph)
    kernel, bias = graph.model.get_layer("second").get_weights()
    found = synaptic_inputs(graph, ROWS[:1])[1]
    worth, threshold = first.neurons.threshold[0], second.neurons.threshold[0]
    np.testing.assert_allclose(found.weights[0], worth[:, None] * kernel / threshold, atol=1e-6)
    np.testing.assert_allclose(found.constant, (bias + second.neurons.bias[0]) / threshold, atol=1e-6)


def test_the_image_is_a_constant_drive():
    graph = graph_of_spikes([])
    (first,) = changing_steps(graph)
    (found,) = synaptic_inputs(graph, ROWS[:1])
    kernel, bias = graph.model.get_layer("first").get_weights()
    np.testing.assert_allclose(found.constant, first.neurons.drive(ROWS[:1] @ kernel + bias)[0], atol=1e-6)
    assert found.weights == {}


def test_pixels_that_spike_have_weights_of_their_own():
    graph = graph_of_spikes([], input="regular")
    pixels, first = synaptic_inputs(graph, ROWS[:1])
    assert pixels.constant.size == 0
    assert first.weights[0].shape == (3, 4)


def test_a_maximum_has_windows():
    graph = graph_of_spikes([L.Reshape((4, 1)), L.MaxPooling1D(3, 1), L.Flatten(), L.ReLU()])
    _, largest, last = synaptic_inputs(graph, ROWS[:1])
    units, outputs = largest.windows
    assert units.tolist() == [0, 1, 2, 1, 2, 3]
    assert outputs.tolist() == [0, 0, 0, 1, 1, 1]
    assert list(last.weights) == [1]  # of the maximum alone
