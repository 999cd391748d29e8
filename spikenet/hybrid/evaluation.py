"""Share of images that get their label."""

from dataclasses import dataclass, field

import numpy as np


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
