"""Activation functions of Keras, and what spiking neurons make of them."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import keras
import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.hybrid.activations.keras_layers import WITH_WEIGHTS
from spikenet.hybrid.activations.spiking_activation import Side

# What to do about activations that spiking neurons have no rule for.
_REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "elu": "below zero it is curved; train with relu or leaky_relu",
        "selu": "below zero it is curved; train with relu and BatchNormalization",
        "celu": "below zero it is curved; train with relu or leaky_relu",
        "gelu": "it is not monotonic; train with relu",
        "silu": "it is not monotonic; train with relu",
        "swish": "it is not monotonic; train with relu",
        "mish": "it is not monotonic; train with relu",
        "hard_silu": "it is not monotonic; train with relu6",
        "softplus": "it is curved; train with relu",
        "softsign": "it is curved and negative below zero; train with relu",
        "tanh": "rates of spikes are not negative; train with relu, or replace one hidden layer by sn.embed",
        "hard_tanh": "rates of spikes are not negative; train with relu",
        "sigmoid": "it is curved; train with hard_sigmoid or relu, or replace one hidden layer by sn.embed",
        "exponential": "it has no largest rate; train with relu",
        "softmax": "it divides by a sum over units; only the last layer may have it",
        "log_softmax": "it divides by a sum over units; only the last layer may have it",
        "sparsemax": "it compares units with each other; only the last layer may have it",
        "glu": "it multiplies activities; train with relu",
        "hard_swish": "it is not monotonic; train with relu6",
        "log_sigmoid": "it is curved and negative; train with relu",
        "soft_shrink": "rates of spikes are not negative; train with relu",
        "hard_shrink": "it jumps; train with relu",
        "tanh_shrink": "it is curved; train with relu",
        "threshold": "it jumps; train with relu",
        "squareplus": "it is curved; train with relu",
        "sparse_plus": "it is curved; train with relu",
        "sparse_sigmoid": "it has two bends; train with hard_sigmoid or relu6",
    }
)


def name_of(function: Callable) -> str:
    """Return the name of an activation function or of the layer that is one, such as "relu"."""
    return getattr(function, "__name__", type(function).__name__)


def own_activation(layer) -> Callable | None:
    """Return the activation function of a layer with weights; None if it has none or is linear."""
    if not isinstance(layer, WITH_WEIGHTS) or layer.activation in (None, keras.activations.linear):
        return None
    return layer.activation


def is_activation(layer) -> bool:
    """Return whether a layer does nothing but apply a function that is not linear to each unit, or to all."""
    if isinstance(layer, keras.layers.Activation):
        return layer.activation is not keras.activations.linear
    return isinstance(layer, _LAYERS) or name_of(layer) in _OPERATIONS


def is_softmax(layer) -> bool:
    """Return whether a layer is a softmax."""
    if isinstance(layer, keras.layers.Activation):
        return layer.activation is keras.activations.softmax
    return isinstance(layer, keras.layers.Softmax) or name_of(layer) == "Softmax"


def sides_of(layer, name: str) -> tuple[tuple[Side, ...], float]:
    """Return the neurons that an activation layer needs, and their largest activity.

    Raises
    ------
    InvalidValueError
        For a function that spiking neurons have no rule for; it says what to do.
    """
    if isinstance(layer, keras.layers.Activation) and isinstance(layer.activation, keras.Layer):
        return sides_of(layer.activation, name)
    make = _sides_of_layer(layer) if isinstance(layer, _LAYERS) else _named(layer)
    if isinstance(layer, keras.layers.Activation) and not isinstance(make, str) and not _add_up(layer, *make):
        make = f"{name_of(layer.activation)} of its own"
    if isinstance(make, str):
        raise InvalidValueError(f"{name} has the activation {make}, which has no rule with spikes: {_remedy(make)}")
    return make


def _add_up(layer: keras.layers.Activation, sides: tuple[Side, ...], ceiling: float) -> bool:
    """Return whether the function is what its name says: anybody can call a function relu."""
    z = np.linspace(-8, 8, 65, dtype="float32")[None]
    found = sum(side.weight * np.clip(side.gain * z + side.offset, 0, ceiling) for side in sides)
    return np.allclose(keras.ops.convert_to_numpy(layer(z)).astype(float), found, atol=0.05)


def _remedy(name: str) -> str:
    return _REMEDIES.get(name, "wanted relu, relu6, leaky_relu, hard_sigmoid or PReLU")


def _named(layer) -> tuple[tuple[Side, ...], float] | str:
    """Return the sides and the ceiling of a function with a name; the name where there is no rule."""
    own = isinstance(layer, keras.layers.Activation)
    name = name_of(layer.activation) if own else _OPERATIONS[name_of(layer)]
    match name:
        case "relu":
            return _relu()
        case "relu6":
            return _relu(ceiling=6.0)
        case "leaky_relu":
            return _relu(getattr(layer, "negative_slope", 0.2))
        case "hard_sigmoid":
            return (Side(1 / 6, 0.5),), 1.0
    return name


def _relu(slope=0.0, ceiling: float | None = None) -> tuple[tuple[Side, ...], float]:
    sides = (Side(),) if np.all(np.asarray(slope) == 0) else (Side(), Side(-1.0, 0.0, -slope))
    return sides, math.inf if ceiling is None else float(ceiling)


def _sides_of_layer(layer) -> tuple[tuple[Side, ...], float] | str:
    match type(layer).__name__:
        case "ReLU":
            if layer.threshold:
                return f"ReLU with a threshold of {layer.threshold:g}"
            ceiling = layer.max_value
            if ceiling is not None and layer.negative_slope:
                return "ReLU with both a largest value and a slope below zero"
            return _relu(layer.negative_slope or 0.0, ceiling)
        case "LeakyReLU":
            return _relu(layer.negative_slope)
        case "PReLU":
            return _relu(keras.ops.convert_to_numpy(layer.alpha))
        case "ELU":
            return "elu"
    return "softmax"


_LAYERS = (
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ELU,
    keras.layers.Softmax,
)
_OPERATIONS: Mapping[str, str] = MappingProxyType(  # of keras.ops, by the name of their class
    {
        "Relu": "relu",
        "Relu6": "relu6",
        "LeakyRelu": "leaky_relu",
        "HardSigmoid": "hard_sigmoid",
        "Elu": "elu",
        "Selu": "selu",
        "Celu": "celu",
        "Gelu": "gelu",
        "Silu": "silu",
        "HardSilu": "hard_silu",
        "Softplus": "softplus",
        "Softsign": "softsign",
        "Tanh": "tanh",
        "HardTanh": "hard_tanh",
        "Sigmoid": "sigmoid",
        "Softmax": "softmax",
        "LogSoftmax": "log_softmax",
    }
)
