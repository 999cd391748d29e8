"""Choosing images so that the classes keep their shares."""

from collections.abc import Sequence

import numpy as np


def choose(labels: np.ndarray, per_class: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """Indices of ``per_class[c]`` labels of each class ``c``, drawn without replacement, ascending."""
    drawn = [rng.choice(np.flatnonzero(labels == c), n, replace=False) for c, n in enumerate(per_class)]
    return np.sort(np.concatenate(drawn))


def shares(labels: np.ndarray, n: int) -> np.ndarray:
    """How many of each class are in ``n`` labels with the proportions of ``labels``, (class,) int.

    The largest remainders are rounded up (Hamilton's method), the lower class first.
    """
    exact = n * np.bincount(labels) / len(labels)
    whole = np.floor(exact).astype(int)
    whole[np.argsort(whole - exact, kind="stable")[: n - whole.sum()]] += 1
    return whole
