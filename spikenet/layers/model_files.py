"""Keras models with layers of spikenet in them, from their files."""

import os

import keras

from spikenet.layers import conductance as cwa  # noqa: F401 (Keras finds a layer only once its module is loaded)
from spikenet.layers import crops, jitter, population, vote  # noqa: F401 (Keras finds a layer only once its module is loaded)


def load_model(path: str | os.PathLike) -> keras.Model:
    """Load a model with spikenet's layers from a ``.keras`` file.

    `keras.models.load_model` does the same once `spikenet.layers` has been imported, which ``import spikenet`` leaves
    until it is needed, as TensorFlow takes seconds.

    Parameters
    ----------
    path : str or os.PathLike
        Of the file.

    Returns
    -------
    keras.Model

    Raises
    ------
    ValueError
        From Keras, if there is no such file or it holds no model.
    """
    return keras.models.load_model(path)
