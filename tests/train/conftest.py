"""A small training, in this process or as one to be killed."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

SCRIPT = Path(__file__).parent / "training_script.py"


@pytest.fixture(scope="session")
def small():
    """Names of the training script: ``build``, ``some_images``, ``trainer``, ``Simulated``; and its ``path``."""
    return SimpleNamespace(**runpy.run_path(str(SCRIPT)), path=SCRIPT)


@pytest.fixture(scope="session")
def images(small):
    return small.some_images()[0]


@pytest.fixture(scope="session")
def labels(small):
    return small.some_images()[1]


@pytest.fixture(scope="session")
def same_bits():
    """Return a function that compares two models, or lists of arrays, bit by bit."""

    def arrays(of):
        return [variable.numpy() for variable in of.variables] if hasattr(of, "variables") else of

    def check(one, other):
        pairs = zip(arrays(one), arrays(other), strict=True)
        return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)

    return check


@pytest.fixture(scope="session")
def dense():
    """Return a function that makes a softmax regression with the same weights every time."""

    def make(activation="softmax", kernel="glorot_uniform", behind=()):
        keras.utils.set_random_seed(2)
        layers = keras.layers
        return keras.Sequential(
            [keras.Input((28, 28), dtype="uint8"), layers.Rescaling(1 / 255), layers.Flatten()]
            + [layers.Dense(10, activation, kernel_initializer=kernel), *behind]
        )

    return make


@pytest.fixture(scope="session")
def whole(small, tmp_path_factory):
    """An uninterrupted training: model, history and folder. For reading only."""
    folder = tmp_path_factory.mktemp("whole")
    model = small.build()
    history = small.trainer(folder, model).fit(*small.some_images(), epochs=4)
    return model, history, folder
