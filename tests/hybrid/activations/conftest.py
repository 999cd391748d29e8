"""Small networks with activations, and images for them."""

import keras
import numpy as np
import pytest

L = keras.layers


def residual_cnn(dtype="float32") -> keras.Model:
    """Convolutions, max pooling, a short cut, BatchNormalization, and activations within layers and beside them."""
    keras.utils.set_random_seed(2)
    images = keras.Input((6, 6, 1), dtype=dtype)
    pooled = L.MaxPooling2D(2)(L.Conv2D(4, 3, padding="same", activation="relu", name="first")(images))
    beside = L.BatchNormalization(beta_initializer="random_normal")(L.Conv2D(4, 3, padding="same")(pooled))
    added = L.ReLU(name="added")(L.Add()([pooled, beside]))
    hidden = L.Dense(6, "leaky_relu", name="hidden")(L.GlobalAveragePooling2D()(added))
    return keras.Model(images, L.Dense(3, "softmax", name="classes")(hidden))


@pytest.fixture(scope="session")
def cnn():
    return residual_cnn()


@pytest.fixture(scope="session")
def images():
    return np.random.default_rng(0).random((12, 6, 6, 1)).astype("float32")
