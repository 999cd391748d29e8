"""Share of images that get their label, and a check of the labels."""

from dataclasses import dataclass, field

import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.validate import check_images


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Share of the images that get their label.

    Attributes
    ----------
    accuracy : float
        Share of all images, from 0 to 1.
    per_class : ndarray, (class,)
        Share of the images of each class; not a number for a class without images.
    classes : ndarray, (image,)
        Class that each image was given.
    """

    accuracy: float
    per_class: np.ndarray
    classes: np.ndarray = field(repr=False)

    @classmethod
    def of_classes(cls, classes: np.ndarray, labels: np.ndarray, n_classes: int) -> "Evaluation":
        """Compare the classes that images were given with checked labels, (image,) each."""
        correct = classes == labels
        per_class = [np.mean(correct[labels == k]) if np.any(labels == k) else np.nan for k in range(n_classes)]
        return cls(float(correct.mean()), np.array(per_class), classes)


def check_labels(labels, n_images: int, n_classes: int) -> np.ndarray:
    """Return labels as an array of whole numbers, (image,).

    Raises
    ------
    InvalidTypeError, InvalidValueError
        For what is no whole number of a class for each image.
    """
    labels = check_images(labels, "labels")
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
