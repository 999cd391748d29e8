"""Images of an experiment: to train on, to validate with, and to test with, as options say."""

from dataclasses import dataclass, replace

import numpy as np

from spikenet.data import Dataset, load_dataset
from spikenet.data.split import draw_per_class, proportional_counts
from spikenet.experiments.experiment import Setup

_SPLIT_SEED = 0


@dataclass(frozen=True, eq=False)
class DataSplits:
    """Images to train on, to validate every epoch with (perhaps none), and to test with (none during a search)."""

    train: Dataset
    validation: tuple[np.ndarray, np.ndarray] | None
    test: tuple[np.ndarray, np.ndarray] | None

    @property
    def judged(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Images and labels to measure the accuracy with, by the name of their part."""
        return {name: pair for name, pair in (("held out", self.validation), ("test", self.test)) if pair}


def load_splits(name: str, setup: Setup) -> DataSplits:
    """Load a data set in the setup's size and split it as the options say.

    ``held`` training images validate; ``test=0`` leaves out the test images, for a search; ``images`` takes only so
    many of the training and of the test images. Raises InvalidValueError for what cannot be.
    """
    data, held, images = load_dataset(name, setup.data), int(setup.options["held"]), int(setup.options["images"])
    if images:
        rng = np.random.default_rng(_SPLIT_SEED)
        counts = [proportional_counts(y, min(images, len(y))) for y in (data.y_train, data.y_test)]
        train, test = draw_per_class(data.y_train, counts[0], rng), draw_per_class(data.y_test, counts[1], rng)
        few = {"x_train": data.x_train[train], "y_train": data.y_train[train]}
        data = replace(data, **few, x_test=data.x_test[test], y_test=data.y_test[test])
    tested = (data.x_test, data.y_test) if setup.options["test"] else None
    if not held:
        return DataSplits(data, None, tested)
    data = data.split_validation(min(held, len(data.x_train) // 5), _SPLIT_SEED)
    return DataSplits(data, (data.x_test, data.y_test), tested)
