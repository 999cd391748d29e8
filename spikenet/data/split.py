"""Random choices of images that keep the proportions of the classes."""

from collections.abc import Sequence

import numpy as np


def draw_per_class(labels: np.ndarray, per_class: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """Draw images of each class at random, without replacement.

    Parameters
    ----------
    labels : ndarray of int (image,)
        Class of each image.
    per_class : sequence of int (class,)
        Number of images to draw of each class.
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    ndarray of int
        Indices of the images, ascending.
    """
    drawn = [rng.choice(np.flatnonzero(labels == c), n, replace=False) for c, n in enumerate(per_class)]
    return np.sort(np.concatenate(drawn))


def proportional_counts(labels: np.ndarray, n: int) -> np.ndarray:
    """Return how many of ``n`` images belong to each class if the proportions are those of ``labels``.

    The largest remainders are rounded up (Hamilton's method), the lower class first.

    Parameters
    ----------
    labels : ndarray of int (image,)
        Class of each image.
    n : int
        Number of images, at most ``len(labels)``.

    Returns
    -------
    ndarray of int (class,)
        Counts, which add up to ``n``.
    """
    exact = n * np.bincount(labels) / len(labels)
    whole = np.floor(exact).astype(int)
    whole[np.argsort(whole - exact, kind="stable")[: n - whole.sum()]] += 1
    return whole
