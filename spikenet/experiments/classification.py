"""Classification by Keras networks: the classes of images, and how many of them are correct."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

_BATCH = 1000  # images


def predict_outputs(model: "keras.Model", images: np.ndarray) -> np.ndarray:
    """Return the outputs of a network, (image, class)."""
    # Called directly: predict() would compile again for every network.
    starts = range(0, len(images), _BATCH)
    return np.concatenate([np.asarray(model(images[start : start + _BATCH], training=False)) for start in starts])


def classify(model: "keras.Model", images: np.ndarray) -> np.ndarray:
    """Return the class of each image, (image,) int."""
    return predict_outputs(model, images).argmax(axis=1)


def accuracy(model: "keras.Model", images: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of the images that are classified correctly, from 0 to 1."""
    return float(np.mean(classify(model, images) == labels))


def count_correct(classes: np.ndarray, labels: np.ndarray, n_classes: int = 10) -> np.ndarray:
    """Return how many images of each class are classified correctly, (class,) int."""
    return np.bincount(labels[classes == labels], minlength=n_classes)


def percent_correct(counts: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return counts of `count_correct` as per cent of each class's images, (..., class); NaN for a class without."""
    with np.errstate(invalid="ignore"):
        return 100 * np.asarray(counts) / np.bincount(labels, minlength=np.shape(counts)[-1])
