"""The course of trainings in the loop: which images decide, and numbers by epoch over the seeds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from spikenet.data import Dataset
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels


def hold_out(data: Dataset) -> Dataset:
    """Five sixths of the training images to train on, the last sixth in the place of the test images.

    The same images in every experiment, whatever its seeds.
    """
    return data.split_validation(len(data.x_train) // 6, seed=0)


def by_epoch(histories: Sequence[Mapping], name: str) -> np.ndarray:
    """A number of every epoch, (training, epoch), from histories as `keep_trained` gives them."""
    return np.array([[epoch[name] for epoch in history["epochs"]] for history in histories], float)


def plot_course(
    path: Path, series: Mapping[str, np.ndarray], labels: Labels, first: int = 1,
    references: Mapping[str, float] | None = None,
) -> None:  # fmt: skip
    """Lines over the epochs, counted from ``first``; ``series`` (training, epoch) by name."""
    n_epochs = np.shape(next(iter(series.values())))[-1]
    plot_lines(path, np.arange(first, first + n_epochs), series, labels, references)
