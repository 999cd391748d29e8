"""Keras models with layers of spikenet in them, from their files."""

import os

import keras

from spikenet.layers import conductance as cwa  # noqa: F401 (Keras finds a layer only once its module is loaded)
from spikenet.layers import crops, jitter, population, vote  # noqa: F401 (Keras finds a layer only once its module is loaded)


def load_model(path: str | os.PathLike) -> keras.Model:
    """The model of a ``.keras`` file that has spikenet's layers in it.

    Keras' own ``load_model`` does the same once something of `spikenet.layers` has been used: ``import spikenet`` by
    itself loads no layers, as TensorFlow takes seconds. Errors: those of Keras.
    """
    return keras.models.load_model(path)
