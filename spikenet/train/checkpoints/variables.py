"""The variables of a model or an optimizer, as arrays and in words."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

_COUNTER = re.compile(r"_\d+(?=[_/]|$)")  # Keras counts the layers of a process; another process counts otherwise


def read_values(variables: Iterable) -> list[np.ndarray]:
    """Copies of the values."""
    return [np.array(variable.numpy()) for variable in variables]


def write_values(variables: Iterable, values: Sequence[np.ndarray]) -> None:
    """Give the variables values that `read` gave."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def describe(variables: Iterable) -> list[str]:
    """Path, shape and type of each variable, and whether it is frozen; without the numbers that Keras counts layers by.

    Two models that were built alike have one description, also in one process.
    """
    return [
        f"{_COUNTER.sub('', variable.path)} {tuple(variable.shape)} {variable.dtype}"
        + ("" if variable.trainable else ", not trained")
        for variable in variables
    ]


def find_not_finite(variables: Iterable) -> str | None:
    """The path of the first variable that holds a NaN or an infinity; None if all are finite."""
    for variable in variables:
        value = np.asarray(variable.numpy())
        if value.dtype.kind not in "iub" and not np.isfinite(value.astype(float)).all():
            return variable.path
    return None
