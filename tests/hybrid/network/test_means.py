"""Layers between spiking neurons: those that keep means, and those that make of spikes another thing than of rates."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.hybrid.network.graph import graph_of
from spikenet.hybrid.network.means import check_means


def between(*parts, size=(4, 4, 2)) -> keras.Model:
    """Layers between two of neurons."""
    last = sn.layers.CWAConv2D(2, 1) if len(size) == 3 else sn.layers.CWADense(2)
    first = sn.layers.CWAConv2D(2, 1) if len(size) == 3 else sn.layers.CWADense(size[0])
    return keras.Sequential([keras.Input(size), first, sn.layers.Release(), *parts, last])


def joined(layer) -> keras.Model:
    """Two layers of neurons, joined by ``layer``, released and given to a third."""
    inputs = keras.Input((4,))
    both = layer([sn.layers.Release()(sn.layers.CWADense(4, e_rest=0.3)(inputs)) for _ in range(2)])
    return keras.Model(inputs, sn.layers.CWADense(2)(sn.layers.Release(name="behind")(both)))


KEPT = {
    "average": lambda: between(layers.AveragePooling2D(2)),
    "all": lambda: between(layers.GlobalAveragePooling2D(keepdims=True), layers.Dropout(0.5)),
    "norm": lambda: between(layers.BatchNormalization()),
    "shift": lambda: between(layers.Rescaling(0.5, 0.5), layers.ZeroPadding2D(1), sn.layers.Doubled(), size=(3, 3, 4)),
    "relu": lambda: between(layers.Dropout(0.2), layers.ReLU(), size=(8,)),
    "bfloat16": lambda: between(layers.AveragePooling2D(3, dtype="mixed_bfloat16"), size=(9, 9, 2)),
    "tokens": lambda: keras.Sequential(
        [keras.Input((3,), dtype="int32"), layers.Embedding(4, 2), layers.ReLU(max_value=1), sn.layers.CWADense(4)]
    ),
    "joined": lambda: joined(layers.Average()),
    "end": lambda: keras.Sequential(
        [keras.Input((4, 4, 2)), sn.layers.CWAConv2D(2, 1), sn.layers.Release(), layers.MaxPooling2D()]
    ),
    "image": lambda: keras.Sequential(
        [keras.Input((4, 4, 2), dtype="uint8"), layers.MaxPool2D(), sn.layers.CWAConv2D(2, 1)]
    ),
}  # fmt: skip
CHANGED = {
    "maximum": (lambda: between(layers.MaxPooling2D(2, name="pool")), r"pool \(MaxPooling2D\) lies between spiking"),
    "two": (lambda: between(layers.Reshape((2, 2)), layers.GlobalMaxPooling1D(name="pool"), size=(4,)), "pool"),
    "power": (lambda: between(layers.Lambda(lambda p: p**0.5 * p.shape[1] ** 0.1 / (1 + p), name="root")), "root"),
    "product": (lambda: joined(layers.Multiply(name="times")), r"times \(Multiply\)"),
    "limit": (lambda: joined(layers.Add()), r"behind \(Release\) .*makes of spikes something else than of their rates"),
    "operation": (lambda: joined(lambda both: ops.maximum(*both)), "maximum"),
    "softmax": (
        lambda: between(layers.Softmax(name="soft"), size=(6,)),
        "soft .*or run .* with sn.SteadyState",
    ),
}


@pytest.mark.parametrize("make", KEPT.values(), ids=KEPT)
def test_what_makes_of_the_mean_the_mean_may_lie_between_spiking_neurons(make):
    check_means(graph_of(make()))


@pytest.mark.parametrize(("make", "message"), CHANGED.values(), ids=CHANGED)
def test_a_maximum_of_spikes_is_not_the_spikes_of_a_maximum(make, message):
    with pytest.raises(InvalidValueError, match=message):
        check_means(graph_of(make()))


def test_a_maximum_of_few_values_among_sums_is_found():
    """Two of a hundred units: patterns in which both spike, or none, tell nothing."""
    inputs = keras.Input((100,))
    p = sn.layers.Release()(sn.layers.CWADense(100)(inputs))
    pooled = layers.Concatenate()([p[:, :98], ops.max(p[:, 98:], axis=1, keepdims=True), p[:, :1]])
    with pytest.raises(InvalidValueError, match="something else than of their rates"):
        check_means(graph_of(keras.Model(inputs, sn.layers.CWADense(2)(pooled))))


def test_a_network_is_refused_before_anything_is_simulated(monkeypatch):
    """Graded neurons keep their maxima, as they pass on numbers."""
    model = between(layers.MaxPooling2D(2))
    image = np.random.default_rng(0).uniform(0, 1, (1, 4, 4, 2)).astype("float32")
    found = sn.to_brian(model, engine="runtime").logits(image)
    np.testing.assert_allclose(found, model(image), atol=1e-6)
    monkeypatch.setattr("spikenet.engines.simulate.Simulation.job", lambda *args, **more: pytest.fail("planned"))
    for neuron in (sn.neurons.SpikingCWA, sn.neurons.StochasticCWA):
        with pytest.raises(InvalidValueError, match="lies between spiking neurons"):
            sn.to_brian(model, sn.Spiking(), neuron=neuron, engine="runtime")
