"""Classes and accuracies from the outputs of a model."""

import numpy as np

from spikenet.decode import decode_dwell_logits


def classify(outputs: np.ndarray) -> np.ndarray:
    """Return the class of each sample, (sample,) int, from ``outputs`` (sample, class) or (sample, instant, class).

    With instants, it is the class that most instants vote for, the lower one in a tie.
    """
    return decode_dwell_logits(outputs) if outputs.ndim == 3 else outputs.argmax(axis=1)


def accuracy_by_class(right: np.ndarray, labels: np.ndarray, n_classes: int) -> tuple[float | None, ...]:
    """Return the share of ``right`` (sample,) bool in each class of ``labels``; None for a class without samples."""
    return tuple(float(right[labels == c].mean()) if (labels == c).any() else None for c in range(n_classes))
