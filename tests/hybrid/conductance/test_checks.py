"""Networks and images that are refused before anything runs."""

import keras
import numpy as np
import pytest
from keras import layers

import spikenet as sn
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.conductance.checks import ONLY_RELEASES, ValueKind, check_model_images, check_network, check_neuron
from spikenet.hybrid.network.graph import graph_of


def stack(*parts) -> keras.Model:
    return keras.Sequential([keras.Input((4,)), *parts])


def below_zero():
    layer = sn.layers.CWADense(2, rule="projected")
    model = stack(layer)
    layer.g_exc.assign(np.full((2, 2), -1.5))
    return model


def below_zero_beside():
    layer = sn.layers.LateralInhibition(sn.layers.CWADense(2), 2)
    model = stack(layer)
    layer.g_onto.assign(np.full((2, 2), -1.25))
    return model


def beyond_all_numbers():
    layer = sn.layers.CWADense(2, rule="exponential")
    model = stack(layer)
    layer.g_exc.assign(np.full((2, 2), 100.0))
    return model


def added():
    inputs = keras.Input((4,))
    first = sn.layers.CWADense(4)(inputs)
    return keras.Model(
        inputs, sn.layers.Release()(layers.Add()([first, sn.layers.CWADense(4)(sn.layers.Release()(first))]))
    )


REFUSED = {
    "none": (
        lambda: stack(layers.Dense(2)),
        "has no conductance layer, only Dense; wanted layers such as sn.layers.CWADense",
    ),
    "affine": (
        lambda: stack(layers.Dense(4), sn.layers.Release(), sn.layers.CWADense(2)),
        "release.* releases what affine layers",
    ),
    "nested": (
        lambda: stack(sn.layers.CWADense(4), stack(layers.Dense(4)), layers.ReLU(), sn.layers.CWADense(2)),
        "releases what affine layers",
    ),
    "straight": (
        lambda: stack(sn.layers.CWADense(4), sn.layers.CWADense(2)),
        "is given membrane potentials, which may be negative",
    ),
    "normed": (
        lambda: stack(sn.layers.CWADense(4), layers.BatchNormalization(), sn.layers.CWADense(2)),
        "is given potentials that were changed or added up, which may be negative",
    ),
    "linear": (
        lambda: stack(layers.Dense(4), sn.layers.CWADense(2)),
        "is given what affine layers made, which may be negative",
    ),
    "infinite": (beyond_all_numbers, "has a conductance that is no finite number"),
    "conductance": (below_zero, "has a conductance of -0.5, wanted zero or more"),
    "beside": (below_zero_beside, "has a conductance of -0.25, wanted zero or more"),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_layers_that_are_no_conductance_neurons_are_refused(make, message):
    with pytest.raises(InvalidValueError, match=message):
        check_network(graph_of(make()))


def test_neurons_that_inhibit_each_other_are_not_run_layer_after_layer():
    model = stack(sn.layers.LateralInhibition(sn.layers.CWADense(4), 2), sn.layers.Release())
    for mode in (sn.SteadyState(), sn.Spiking()):
        with pytest.raises(InvalidValueError, match="is LateralInhibition, whose neurons inhibit each other"):
            sn.to_brian(model, mode)
    network = sn.to_brian(model, sn.Transient(), engine="runtime")
    for method in (network.logits, network.verify, network.record):
        with pytest.raises(InvalidValueError, match="run to_brian.model, sn.Transient....as_network.image."):
            method(np.ones((1, 4)))


@pytest.mark.parametrize(
    "make",
    [added, lambda: stack(sn.layers.CWADense(4), layers.BatchNormalization(), sn.layers.Release())],
    ids=["add", "norm"],
)
def test_as_one_network_neurons_hand_on_what_they_release(make):
    graph = graph_of(make())
    assert ValueKind.COMBINED in check_network(graph).values()
    with pytest.raises(InvalidValueError, match="takes membrane potentials, and as one network, neurons pass on what"):
        check_network(graph, ONLY_RELEASES)


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (np.zeros((2, 3)), InvalidValueError, r"images have the shape \(2, 3\), wanted \('image', 4\), at least one"),
        (np.zeros((0, 4)), InvalidValueError, "at least one"),
        (np.full((1, 4), 1.5), InvalidValueError, "images go from 1.5 to 1.5, wanted 0 to 1, as"),
        (np.full((1, 4), -0.5), InvalidValueError, "images go from -0.5"),
        (np.full((1, 4), np.nan), InvalidValueError, "number 0 of the images holds a NaN"),
        ([[0.1] * 4, [0.1] * 3], InvalidTypeError, r"the images are list of object; wanted numbers \(image, ...\)"),
        (np.full((1, 4), "a"), InvalidTypeError, "the images are ndarray of <U1; wanted numbers"),
    ],
)  # fmt: skip
def test_images_are_what_a_model_of_floats_takes(images, error, message):
    with pytest.raises(error, match=message):
        check_model_images(graph_of(stack(sn.layers.CWADense(2))), images)


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (np.full((1, 12, 10, 2), 0.5), InvalidTypeError, "images are float64, and the model takes uint8; wanted whole"),
        (np.full((1, 12, 10, 2), 256), InvalidValueError, "images go from 256 to 256, wanted 0 to 255"),
    ],
)
def test_images_are_what_a_model_of_bytes_takes(images, error, message, residual_network):
    with pytest.raises(error, match=message):
        check_model_images(graph_of(residual_network), images)


def test_images_are_release_probabilities_where_neurons_take_them():
    network = sn.to_brian(stack(layers.Rescaling(2.0), sn.layers.CWADense(2, name="neurons")), engine="runtime")
    network.logits(np.full((1, 4), 0.5))
    with pytest.raises(InvalidValueError, match="neurons is given values from 2 to 2, wanted release probabilities"):
        network.logits(np.ones((1, 4)))


def test_what_layers_hand_on_is_no_less_than_zero():
    inputs = keras.Input((4,))
    p = sn.layers.Release()(sn.layers.CWADense(4, e_rest=0.5)(inputs))
    less = layers.Subtract()([layers.Rescaling(0.1)(p), p])
    network = sn.to_brian(keras.Model(inputs, sn.layers.CWADense(2, name="last")(less)), engine="runtime")
    with pytest.raises(InvalidValueError, match="last is given values from -0.45 to -0.45, wanted release"):
        network.logits(np.zeros((1, 4)))


@pytest.mark.parametrize(
    ("neuron", "spiking", "error", "message"),
    [
        ("CWA", False, InvalidTypeError, "the neuron is str, wanted a NeuronModel"),
        (sn.FHN, False, InvalidValueError, "the neuron fhn has no capacitance, g_rest, .*; wanted one such as sn.CWA"),
        (
            sn.neurons.SpikingCWA,
            False,
            InvalidValueError,
            "spiking_cwa sends spikes; wanted one such as sn.CWA for this mode",
        ),
        (
            sn.CWA,
            True,
            InvalidValueError,
            "cwa has no f_max; wanted one such as sn.neurons.SpikingCWA or sn.neurons.StochasticCWA",
        ),
    ],
)
def test_other_neurons_are_refused(neuron, spiking, error, message):
    with pytest.raises(error, match=message):
        check_neuron(neuron, spiking=spiking)


@pytest.mark.parametrize("wrong", [{"g_rest": "0 nS"}, {"e_exc": "-80 mV"}, {"e_exc": "-90 mV"}])
def test_neurons_without_a_range_or_a_conductance_of_their_own_are_refused(wrong):
    with pytest.raises(InvalidValueError, match="wanted a conductance above 0, and e_exc above e_inh"):
        check_neuron(sn.CWA.with_parameters(**wrong), spiking=False)
