"""The layers behind a population as one linear read-out."""

from collections.abc import Sequence

import keras
import numpy as np

from spikenet.decode import Readout
from spikenet.errors import InvalidValueError
from spikenet.layers.vote import Vote

_ROUNDING = 1e-4  # relative; layers compute in float32
_SCALING = (keras.layers.Rescaling, keras.layers.BatchNormalization, keras.layers.Dropout, keras.layers.Activation)


def readout_of(layers: Sequence[keras.Layer], n_units: int, found: str) -> Readout:
    """Return the last Dense layer, with the layers before it, which scale and shift each unit, in its weights.

    Votes and softmax behind it are left out. Raises InvalidValueError, which says what was ``found``, for others.
    """
    layers = [one for one in layers if not isinstance(one, Vote)]
    while layers and _is_softmax(layers[-1]):
        layers.pop()
    if not layers or not isinstance(layers[-1], keras.layers.Dense):
        raise InvalidValueError(f"the model is {found}; wanted one Population, and one Dense layer behind it")
    *before, dense = layers
    readout = Readout(*dense.get_weights())
    if not before:
        return readout
    if others := [type(one).__name__ for one in before if not isinstance(one, _SCALING)]:
        raise InvalidValueError(
            f"the model is {found}; between the Population and the Dense layer behind it is {others[0]}, wanted layers "
            "that scale and shift each unit, such as Rescaling"
        )
    scale, shift = _scale_and_shift(before, n_units, found)
    return Readout(scale[:, None] * readout.weights, readout.bias + shift @ readout.weights)


def _scale_and_shift(layers: Sequence[keras.Layer], n_units: int, found: str) -> tuple[np.ndarray, np.ndarray]:
    """Return what the layers do to each unit, (unit,) each, measured at 0 and 1. Raises InvalidValueError if curved."""
    values = np.array([0.0, 1.0, -3.0, 20.0])
    given = keras.ops.convert_to_tensor(np.repeat(values[:, None], n_units, axis=1).astype(np.float32))
    for layer in layers:
        given = layer(given)
    answers = keras.ops.convert_to_numpy(given).astype(float)
    shift, scale = answers[0], answers[1] - answers[0]
    line = shift + values[:, None] * scale
    if not np.allclose(answers, line, rtol=_ROUNDING, atol=_ROUNDING * np.abs(answers).max()):
        raise InvalidValueError(
            f"the model is {found}; the layers between the Population and the Dense layer behind it are curved, "
            "wanted those that scale and shift each unit, such as Rescaling"
        )
    return scale, shift


def _is_softmax(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.Softmax) or (
        isinstance(layer, keras.layers.Activation) and layer.activation is keras.activations.softmax
    )
