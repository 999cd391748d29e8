"""Ensembles: the outputs of several networks become one class for each image."""

import keras
import numpy as np

from spikenet.progress import silent
from spikenet.train import Trainer

_HIDDEN, _EPOCHS, _BATCH = 32, 40, 32  # of the small network that stacks


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities of logits (..., class)."""
    grown = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def average(outputs: np.ndarray) -> np.ndarray:
    """Return the class with the largest mean probability, (image,) int; ``outputs`` (network, image, class)."""
    return outputs.mean(axis=0).argmax(axis=1)


class Stacking:
    """A small network that takes the outputs of other networks, trained on images that they have not seen.

    Parameters
    ----------
    outputs : ndarray (network, image, class)
        Probabilities of the networks for images that were held out of their training.
    labels : ndarray of int (image,)
        Classes of these images.
    seed : int
        Of the small network's weights, and of the order of the images.
    """

    def __init__(self, outputs: np.ndarray, labels: np.ndarray, seed: int):
        n_networks, _, n_classes = outputs.shape
        first, second = (keras.initializers.GlorotUniform(seed=2 * (seed % 2**30) + k) for k in range(2))
        self.model = keras.Sequential(
            [
                keras.Input((n_networks * n_classes,)),
                keras.layers.Dense(_HIDDEN, "relu", kernel_initializer=first),
                keras.layers.Dense(n_classes, kernel_initializer=second),
            ]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        trainer = Trainer(self.model, "adam", loss, _BATCH, seed, None)
        trainer.fit(_rows(outputs), labels, _EPOCHS, progress=silent)

    def classify(self, outputs: np.ndarray) -> np.ndarray:
        """Return the class of each image, (image,) int."""
        return np.asarray(self.model(_rows(outputs))).argmax(axis=1)


def _rows(outputs: np.ndarray) -> np.ndarray:
    """Return the outputs of all networks in a row, (image, network and class)."""
    return np.moveaxis(outputs, 0, 1).reshape(outputs.shape[1], -1).astype(np.float32)
