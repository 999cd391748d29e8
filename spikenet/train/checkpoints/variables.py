"""Read, write and describe the variables of a model or an optimizer."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

_COUNTER = re.compile(r"_\d+(?=[_/]|$)")  # Keras counts the layers of a process; the count differs between processes


def read_values(variables: Iterable) -> list[np.ndarray]:
    """Return copies of the values."""
    return [np.array(variable.numpy()) for variable in variables]


def write_values(variables: Iterable, values: Sequence[np.ndarray]) -> None:
    """Set the variables to values from `read_values`."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def describe(variables: Iterable) -> list[str]:
    """Return path, shape, type and trainability of each variable, without the numbers in Keras' layer names.

    Two models of the same architecture have the same description, also within one process.
    """
    return [
        f"{_COUNTER.sub('', variable.path)} {tuple(variable.shape)} {variable.dtype}"
        + ("" if variable.trainable else ", not trained")
        for variable in variables
    ]


def find_not_finite(variables: Iterable) -> str | None:
    """Return the path of the first variable with a NaN or an infinity; None if all are finite."""
    for variable in variables:
        value = np.asarray(variable.numpy())
        if value.dtype.kind not in "iub" and not np.isfinite(value.astype(float)).all():
            return variable.path
    return None
