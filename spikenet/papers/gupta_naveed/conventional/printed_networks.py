"""The networks of the paper's two tables, built from the lines that are printed there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import keras
import numpy as np

from spikenet.layers.jitter import Jitter

_LAYER = re.compile(r"(?P<kind>\w+)(?:\[(?P<size>\d+)x(?P=size)\])?(?:\((?P<number>[\d.]+)\))?")
_AXES = {"Row": "rows", "Col": "columns"}


@dataclass(frozen=True)
class PrintedNetwork:
    """A line of a table: the network, what its time axis is ("" without one), and its accuracy in per cent."""

    number: int
    structure: str
    accuracy: float
    axis: str = ""

    def __str__(self) -> str:
        return f"{_AXES[self.axis]}: {self.structure}" if self.axis else self.structure


@dataclass(frozen=True)
class PrintedTable:
    """A table of the paper: its networks by number, and the accuracy of their stacking in per cent."""

    kind: str
    section: str
    networks: Mapping[int, PrintedNetwork]
    stacking: float


def _table(kind: str, section: str, stacking: float, *networks: PrintedNetwork) -> PrintedTable:
    return PrintedTable(kind, section, MappingProxyType({one.number: one for one in networks}), stacking)


_BEST = (
    "Conv[3x3](32) - Conv[5x5](128) - MaxPool[2x2] - Conv[3x3](128) - MaxPool[2x2] - Dropout(0.2) - Dense(128) - "
    "Dropout(0.3) - Dense(10)"
)
_THREE = "Conv[3x3](32) - Conv[3x3](64) - MaxPool[2x2] - Conv[5x5](128) - MaxPool[2x2]"
_FOUR = f"{_THREE} - Conv[3x3](64) - MaxPool[2x2]"
CNNS = _table(
    "cnn", "2.1", 99.60,
    PrintedNetwork(1, _BEST, 99.50),
    PrintedNetwork(2, f"{_FOUR} - Dropout(0.2) - Dense(128) - Dropout(0.5) - Dense(10)", 99.31),
    PrintedNetwork(3, f"{_THREE} - Dropout(0.2) - Dense(128) - Dropout(0.5) - Dense(10)", 99.38),
    PrintedNetwork(4, f"{_FOUR} - Dropout(0.2) - Dense(128) - Dense(10)", 99.45),
    PrintedNetwork(5, _BEST, 99.50),
)  # fmt: skip
RNNS = _table(
    "rnn", "2.2", 99.38,
    PrintedNetwork(1, "GRU(128) - Dense(64) - Dense(10)", 98.88, "Col"),
    PrintedNetwork(2, "LSTM(128) - Dense(64) - Dense(10)", 98.77, "Col"),
    PrintedNetwork(3, "GRU(128) - Dense(64) - Dense(10)", 98.99, "Row"),
    PrintedNetwork(4, "LSTM(128) - Dense(64) - Dense(10)", 98.97, "Row"),
)  # fmt: skip


def build(network: PrintedNetwork, seed: int, precision: str = "float32", jitter: bool = False) -> keras.Model:
    """Return an untrained network from raw images (image, 28, 28) uint8 to logits.

    Its weights depend on the seed alone. What the paper does not print: convolutions are not padded, hidden layers
    rectify, and weights start as Keras starts them. With ``jitter``, images are moved a little in training.

    Parameters
    ----------
    network : PrintedNetwork
        A line of ``CNNS`` or ``RNNS``.
    seed : int
        Of the weights, of the dropout and of the jitter.
    precision : str
        Keras dtype policy of the layers; logits are in single precision.
    jitter : bool
        Shift, turn, stretch and shear training images.
    """
    seeds = iter(np.random.default_rng(seed).integers(0, 2**31 - 1, 100).tolist())
    shown = keras.Input((28, 28), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(shown)
    if jitter:
        x = Jitter(shift=2, turn=0.21, stretch=0.12, shear=0.12, seed=next(seeds))(x)
    if not network.axis:
        x = keras.layers.Reshape((28, 28, 1))(x)
    elif network.axis == "Col":
        x = keras.layers.Permute((2, 1))(x)
    *hidden, last = network.structure.split(" - ")
    for text in hidden:
        if text.startswith("Dense") and len(x.shape) > 2:
            x = keras.layers.Flatten()(x)
        x = _layer(text, seeds, precision, "relu")(x)
    logits = _layer(last, seeds, "float32", None)(x)
    return keras.Model(shown, logits, name=f"{'rnn' if network.axis else 'cnn'}_{network.number}")


def _layer(text: str, seeds, precision: str, activation: str | None) -> keras.Layer:
    """Return the layer of a word of the table, such as ``Conv[3x3](32)``."""
    kind, size, number = _LAYER.fullmatch(text).group("kind", "size", "number")
    own = {"dtype": precision}
    if kind == "MaxPool":
        return keras.layers.MaxPooling2D(int(size), **own)
    if kind == "Dropout":
        return keras.layers.Dropout(float(number), seed=next(seeds), **own)
    own["kernel_initializer"] = keras.initializers.GlorotUniform(seed=next(seeds))
    match kind:
        case "Conv":
            return keras.layers.Conv2D(int(number), int(size), activation=activation, **own)
        case "Dense":
            return keras.layers.Dense(int(number), activation=activation, **own)
    # Unrolled, a step of the training takes a tenth to a quarter less time.
    start = keras.initializers.Orthogonal(seed=next(seeds))
    recurrent = {"GRU": keras.layers.GRU, "LSTM": keras.layers.LSTM}[kind]
    return recurrent(int(number), recurrent_initializer=start, unroll=True, **own)
