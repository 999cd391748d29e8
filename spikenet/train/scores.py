"""Classes and accuracies from what a model gives."""

import numpy as np

from spikenet.decode import decode_dwell_logits


def classify(outputs: np.ndarray) -> np.ndarray:
    """The class of each sample, (sample,) int, of ``outputs`` (sample, class) or (sample, instant, class).

    Over instants, the class that most of them vote for; the lower of equals.
    """
    return decode_dwell_logits(outputs) if outputs.ndim == 3 else outputs.argmax(axis=1)


def accuracy_by_class(right: np.ndarray, labels: np.ndarray, n_classes: int) -> tuple[float | None, ...]:
    """The share of ``right`` (sample,) bool for each class of ``labels``; None where a class has no sample."""
    return tuple(float(right[labels == c].mean()) if (labels == c).any() else None for c in range(n_classes))
