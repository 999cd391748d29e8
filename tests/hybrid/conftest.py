"""A small network, and a neuron whose answer is known by heart."""

import keras
import numpy as np
import pytest

from spikenet.neurons import NeuronModel

# Settled, v is the drive: dv/dt = (i_in - v) / tau. The answer of every network of them is a formula.
LEAKY = NeuronModel(
    name="leaky",
    equations="""
        dv/dt = (i_in - v) / tau : 1
        i_in : 1
    """,
    outputs=("v",),
    parameters={"tau": "1 ms"},
    initial={"v": 0.0},
    method="rk4",
    dt=1e-4,
    sample_dt=1e-3,
)
SETTLED = {"settle": "30 ms", "duration": "4 ms", "engine": "runtime"}  # exp(-30) is 1e-13


@pytest.fixture(scope="session")
def leaky():
    return LEAKY


@pytest.fixture(scope="session")
def settled():
    return SETTLED


@pytest.fixture(scope="session")
def network():
    """5 numbers, 7 sigmoid units, 3 classes, with biases that matter."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(7, "sigmoid", name="hidden", bias_initializer="random_normal"),
            keras.layers.Dense(3, "softmax", bias_initializer="random_normal"),
        ]
    )
    hidden, bias, out, shift = model.get_weights()
    model.set_weights([2 * hidden, 10 * bias, 3 * out, 10 * shift])
    return model


@pytest.fixture(scope="session")
def inputs():
    return np.random.default_rng(4).normal(size=(40, 5)).astype("float32")


@pytest.fixture(scope="session")
def z(network, inputs):
    """Pre-activations by hand."""
    weights, bias = network.layers[0].get_weights()
    return inputs @ weights + bias


@pytest.fixture(scope="session")
def classes(network, inputs):
    """What the network without neurons says."""
    return np.asarray(network(inputs)).argmax(axis=1)
