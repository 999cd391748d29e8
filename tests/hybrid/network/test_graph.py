"""The steps that a Keras model is taken apart into."""

import keras
import numpy as np
import pytest

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.network.forward import keras_values
from spikenet.hybrid.network.graph import graph_of
from spikenet.layers.conductance import CWADense, Doubled, Release


def test_the_steps_one_after_the_other_are_the_model(residual_network, pictures):
    graph = graph_of(residual_network)
    potentials, logits = keras_values(graph, pictures)
    assert list(potentials) == [step.name for step in graph.conductance_steps] == ["patches", "before", "beside"]
    assert [step.shape for step in graph.conductance_steps] == [(6, 5, 4)] * 3
    np.testing.assert_allclose(logits, residual_network(pictures, training=False), atol=1e-6)


def test_taking_a_model_apart_leaves_it_as_it_was(dense_network):
    before = [len(layer._outbound_nodes) for layer in dense_network.layers]
    graph_of(dense_network)
    assert [len(layer._outbound_nodes) for layer in dense_network.layers] == before


def test_a_layer_that_is_called_again_gets_a_number(rows):
    inputs = keras.Input((12,))
    again = CWADense(12, name="again")
    model = keras.Model(inputs, again(Release()(again(inputs))))
    assert [step.name for step in graph_of(model).conductance_steps] == ["again", "again:2"]
    np.testing.assert_allclose(keras_values(graph_of(model), rows)[1], model(rows), atol=1e-6)


def test_values_know_what_they_depend_on(dense_network):
    graph = graph_of(dense_network)
    behind, before = graph.after_neurons(), graph.before_neurons()
    first, second = graph.conductance_steps
    assert graph.start in before and graph.start not in behind
    assert first.takes[0] in before and first.takes[0] not in behind
    assert first.gives[0] in before and first.gives[0] in behind
    assert second.gives[0] in behind and second.gives[0] not in before
    assert graph.end in behind and graph.end not in graph.last_uses()


class Plain(keras.Model):
    """Without a graph."""


def two_inputs():
    inputs = [keras.Input((4,)), keras.Input((4,))]
    return keras.Model(inputs, keras.layers.Add()(inputs))


WRONG = {
    "no model": (lambda: "net", InvalidTypeError, "the model is str, wanted a Keras model"),
    "subclass": (Plain, InvalidTypeError, "without a graph of layers; wanted a functional"),
    "not built": (lambda: keras.Sequential([Doubled()]), InvalidTypeError, "begin it with keras.Input"),
    "sizes": (
        lambda: keras.Sequential([keras.Input((None, None, 2)), keras.layers.GlobalAveragePooling2D(), CWADense(2)]),
        InvalidValueError,
        r"takes images of the shape \(None, None, None, 2\), and neurons are counted",
    ),
    "inputs": (two_inputs, InvalidValueError, "the model has 2 inputs and 1 outputs, wanted one of each"),
}


@pytest.mark.parametrize(("make", "error", "message"), WRONG.values(), ids=WRONG)
def test_models_of_another_make_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        graph_of(make())
