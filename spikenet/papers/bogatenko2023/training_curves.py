"""Training curves: the images that validate, and numbers by epoch over the seeds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from spikenet.data import Dataset
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels


def hold_out(data: Dataset) -> Dataset:
    """Return five sixths of the training images to train on, and the last sixth in the place of the test images.

    They are the same images in every experiment, whatever its seeds.
    """
    return data.split_validation(len(data.x_train) // 6, seed=0)


def by_epoch(histories: Sequence[Mapping], name: str) -> np.ndarray:
    """Return a number of every epoch, (training, epoch), from histories of `train_or_load_loop`."""
    return np.array([[epoch[name] for epoch in history["epochs"]] for history in histories], float)


def plot_epochs(
    path: Path, series: Mapping[str, np.ndarray], labels: Labels, first: int = 1,
    references: Mapping[str, float] | None = None,
) -> None:  # fmt: skip
    """Draw lines over the epochs, counted from ``first``; ``series`` (training, epoch) by name."""
    n_epochs = np.shape(next(iter(series.values())))[-1]
    plot_lines(path, np.arange(first, first + n_epochs), series, labels, references)
