"""Checks of arguments: whole numbers, seeds, shares, names, paths, images and labels."""

import os
from collections.abc import Collection
from numbers import Real
from pathlib import Path

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError

MOST_SEED = 2**32 - 1  # what NumPy, Keras and Brian2 all take


def check_whole(value: object, name: str, *, least: int = 1, most: int | None = None, optional: bool = False):
    """Return ``value`` as an int, or None if it is None and ``optional``.

    Raises
    ------
    InvalidValueError
        If it is not a whole number from ``least`` to ``most``; True and False are not.
    """
    if value is None and optional:
        return None
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        wanted = f"a whole number from {least}" + ("" if most is None else f" to {most}")
        raise InvalidValueError(f"{name} is {value!r}, wanted {wanted}{', or None' if optional else ''}")
    return int(value)


def check_seed(value: object, name: str = "seed", *, optional: bool = False) -> int | None:
    """Return a seed as an int. Raises InvalidValueError unless it is a whole number from 0 to 2**32 - 1."""
    return check_whole(value, name, least=0, most=MOST_SEED, optional=optional)


def check_share(value: object, name: str, *, zero: bool = True, one: bool = True) -> float:
    """Return a share as a float. Raises InvalidValueError unless it is a number from 0 to 1, ends included if asked."""
    real = isinstance(value, Real) and not isinstance(value, bool)
    if not real or not 0 <= value <= 1 or (value == 0 and not zero) or (value == 1 and not one):
        low = "from 0" if zero else "above 0"
        high = "to 1" if zero and one else "and at most 1" if one else "and below 1"
        wanted = f"a number {low} {high}"
        raise InvalidValueError(f"{name} is {value!r}, wanted {wanted}")
    return float(value)


def check_positive(value: object, name: str, *, zero: bool = False, below: float = np.inf) -> float:
    """Return a number as a float. Raises InvalidValueError unless it is above 0, or 0 if asked, and ``below``."""
    real = isinstance(value, Real) and not isinstance(value, bool)
    if not real or not 0 <= value < below or (value == 0 and not zero):
        bound = "" if below == np.inf else f" and below {below:g}"
        raise InvalidValueError(f"{name} is {value!r}, wanted a finite number {'from' if zero else 'above'} 0{bound}")
    return float(value)


def check_choice[T](value: T, name: str, known: Collection[T]) -> T:
    """Return ``value``. Raises InvalidValueError unless it is one of the ``known`` names."""
    if not isinstance(value, str) or value not in known:
        raise InvalidValueError(f"unknown {name} {value!r}; there are {', '.join(map(str, known))}")
    return value


def check_path(value: str | os.PathLike, name: str) -> Path:
    """Return a path, with ``~`` as the home folder.

    Raises
    ------
    InvalidTypeError
        If it is neither text nor a path.
    InvalidValueError
        If no file can have it: it is empty, holds a NUL or bytes that are not UTF-8, or names a user that there is not.
    """
    if not isinstance(value, str | os.PathLike) or not isinstance(os.fspath(value), str):
        raise InvalidTypeError(f"{name} is {value!r}, a {type(value).__name__}; wanted a path as text")
    text = os.fspath(value)
    try:
        text.encode("utf-8")
        path = Path(text).expanduser()
    except UnicodeEncodeError:
        raise InvalidValueError(f"{name} is {text!r}, which is not UTF-8; give another one") from None
    except RuntimeError:
        raise InvalidValueError(f"{name} is {text!r}, and there is no such user; write the home folder out") from None
    if not text or "\0" in text:
        raise InvalidValueError(f"{name} is {text!r}; give a path of at least one character, without NUL")
    return path


def check_precision(value: str) -> str:
    """Return the precision of neurons. Raises InvalidValueError unless it is "float64" or "float32"."""
    return check_choice(value, "precision", ("float64", "float32"))


def check_images(images: object, name: str = "images") -> np.ndarray:
    """Return images or labels as an array (image, ...) of finite numbers.

    Raises
    ------
    InvalidTypeError
        If they are not an array of numbers.
    InvalidValueError
        If a number is a NaN or an infinity, where the message names the first image that has one, or is masked.
    """
    if np.ma.is_masked(images):
        raise InvalidValueError(
            f"{np.ma.count_masked(images)} numbers of the {name} are masked, which would be ignored; leave those "
            "images out, or fill them: images.filled(0)"
        )
    try:
        array = np.asarray(images)
    except ValueError:  # lists of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "buif" or not array.ndim:
        raise InvalidTypeError(f"the {name} are {type(images).__name__} of {array.dtype}; wanted numbers (image, ...)")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int(np.isfinite(array).reshape(len(array), -1).all(axis=1).argmin())
        raise InvalidValueError(f"number {bad} of the {name} holds a NaN or an infinity; wanted finite numbers")
    return array


def check_labels(labels: object, n_images: int, n_classes: int | None = None, name: str = "labels") -> np.ndarray:
    """Return labels as an array of whole numbers, (image,).

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If they are not whole numbers, one for each image, or not classes from 0 to ``n_classes - 1``, where that is
        known.
    """
    labels = check_images(labels, name)
    if labels.shape != (n_images,) or labels.dtype.kind not in "iu":
        raise InvalidValueError(
            f"{name} are {labels.dtype} and have the shape {labels.shape}, wanted ({n_images},): "
            "a whole number for each image (of one-hot labels: labels.argmax(axis=1))"
        )
    if n_images and not 0 <= labels.min() <= labels.max() < (np.inf if n_classes is None else n_classes):
        classes = "from 0 on" if n_classes is None else f"from 0 to {n_classes - 1}"
        raise InvalidValueError(f"{name} go from {labels.min()} to {labels.max()}, the classes {classes}")
    return labels
