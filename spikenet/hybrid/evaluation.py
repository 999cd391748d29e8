"""How many images get their label, and which labels there can be."""

from dataclasses import dataclass, field

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError


@dataclass(frozen=True)
class Evaluation:
    """How many images got their label: ``accuracy`` of all, ``per_class`` (class,) of each; shares from 0 to 1."""

    accuracy: float
    per_class: np.ndarray
    classes: np.ndarray = field(repr=False)


def check_labels(labels, n_images: int, n_classes: int) -> np.ndarray:
    """Labels (image,) as an array of whole numbers. Errors: InvalidTypeError, InvalidValueError."""
    labels = numbers(labels, "labels")
    if labels.shape != (n_images,) or labels.dtype.kind not in "iu":
        raise InvalidValueError(
            f"labels are {labels.dtype} and have the shape {labels.shape}, wanted ({n_images},): "
            "a whole number for each image"
        )
    if n_images and not 0 <= labels.min() <= labels.max() < n_classes:
        raise InvalidValueError(
            f"labels go from {labels.min()} to {labels.max()}, the classes from 0 to {n_classes - 1}"
        )
    return labels


def evaluation_of(classes: np.ndarray, labels: np.ndarray, n_classes: int) -> Evaluation:
    """Of the classes that images were given, beside checked labels, (image,) each."""
    right = classes == labels
    per_class = [np.mean(right[labels == k]) if np.any(labels == k) else np.nan for k in range(n_classes)]
    return Evaluation(float(right.mean()), np.array(per_class), classes)


def numbers(images, name: str = "images") -> np.ndarray:
    """Images or labels as an array (image, ...) of finite numbers. Errors: InvalidTypeError, InvalidValueError."""
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
