"""What scales and shifts each unit is in the weights of the read-out."""

import keras
import numpy as np
import pytest

from spikenet.errors import InvalidValueError
from spikenet.hybrid.linear_readout import readout_of


def built(*layers):
    keras.Sequential([keras.Input((3,)), *layers])
    return layers


def test_a_dense_layer_alone_keeps_its_bits():
    (dense,) = built(keras.layers.Dense(2))
    readout = readout_of([dense, keras.layers.Softmax()], 3, "")
    np.testing.assert_array_equal(readout.weights, dense.get_weights()[0])
    np.testing.assert_array_equal(readout.bias, dense.get_weights()[1])


def test_a_rescaling_is_in_weights_and_bias():
    layers = built(keras.layers.Rescaling(0.5, offset=-1.0), keras.layers.Dense(2))
    readout, (weights, bias) = readout_of(layers, 3, ""), layers[1].get_weights()
    np.testing.assert_allclose(readout.weights, 0.5 * weights, rtol=1e-6)
    np.testing.assert_allclose(readout.bias, bias - weights.sum(axis=0), rtol=1e-5)


@pytest.mark.parametrize("layer", [keras.layers.Activation("relu"), keras.layers.ReLU(), keras.layers.Dense(3)])
def test_others_are_refused(layer):
    with pytest.raises(InvalidValueError, match="wanted (layers|those) that scale and shift each unit"):
        readout_of(built(layer, keras.layers.Dense(2)), 3, "this")
