"""Small networks: one with a sigmoid layer, two with conductance layers; and a neuron whose answer is a formula."""

import keras
import numpy as np
import pytest

from spikenet.layers.conductance import AbsNormDense, CWAConv2D, CWADense, Doubled, Release
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
    """Classes that the network without neurons gives."""
    return np.asarray(network(inputs)).argmax(axis=1)


RNG = np.random.default_rng(5)


def spread(seed: int):
    """Conductances from 0 to 2."""
    return keras.initializers.RandomUniform(-1, 1, seed=seed)


def dense() -> keras.Model:
    """12 numbers, 8 and 6 units with potentials and conductances of their own at rest, 3 classes."""
    keras.utils.set_random_seed(6)
    inputs = keras.Input((12,))
    first = CWADense(8, g_rest=0.7, e_rest=-0.1, initializer=spread(1), name="first")
    p = Release()(first(Doubled()(inputs)))
    p = Release()(AbsNormDense(6, e_rest=0.2, g_rest=0.3, name="second")(p))
    return keras.Model(inputs, keras.layers.Rescaling(5.0)(keras.layers.Dense(3)(p)))


def residual() -> keras.Model:
    """Images in bytes, two convolutions with BatchNorm, the second beside a short cut, within a model of their own."""
    keras.utils.set_random_seed(7)
    z = keras.Input((6, 5, 4))
    p = Release()(keras.layers.BatchNormalization(gamma_initializer=spread(8))(CWAConv2D(4, 3, name="before")(z)))
    more = keras.layers.BatchNormalization(gamma_initializer=spread(9))
    beside = more(CWAConv2D(4, 3, rule="exponential", initializer=spread(2), e_rest=-0.2, name="beside")(p))
    block = keras.Model(z, Release()(keras.layers.Add()([beside, p])))
    return keras.Sequential(
        [
            keras.Input((12, 10, 2), dtype="uint8"),
            keras.layers.Rescaling(1 / 255),
            Doubled(),
            CWAConv2D(4, 3, strides=2, initializer=spread(3), e_rest=-0.1, name="patches"),
            Release(),
            block,
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3),
        ]
    )


@pytest.fixture(scope="session")
def dense_network():
    return dense()


@pytest.fixture(scope="session")
def residual_network():
    return residual()


@pytest.fixture(scope="session")
def rows():
    """Inputs of the dense network, from 0 to 1."""
    return RNG.uniform(0, 1, (5, 12)).astype("float32")


@pytest.fixture(scope="session")
def pictures():
    """Inputs of the residual network."""
    return RNG.integers(0, 256, (4, 12, 10, 2), dtype=np.uint8)
