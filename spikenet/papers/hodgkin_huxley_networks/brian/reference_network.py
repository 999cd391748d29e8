"""A trained conductance network in Keras, to be run on Brian2, and the images to compare both with."""

from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from spikenet.errors import DataError, InvalidValueError
from spikenet.experiments.classification import classify
from spikenet.experiments.experiment import RunContext, Setup
from spikenet.experiments.image_splits import load_splits
from spikenet.layers import load_model
from spikenet.papers.hodgkin_huxley_networks.conductance_recipes import choose_recipe
from spikenet.papers.hodgkin_huxley_networks.conductance_training import train_or_load_cwa


@dataclass(frozen=True, eq=False)
class KerasReference:
    """A trained network, and test images with their labels and the classes that Keras gives them, (image,) each."""

    model: keras.Model = field(repr=False)
    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    classes: np.ndarray = field(repr=False)

    @property
    def percent_correct(self) -> float:
        """Per cent of the images that Keras classifies correctly."""
        return 100 * float(np.mean(self.classes == self.labels))

    def first(self, n: int) -> "KerasReference":
        """Return the network with the first ``n`` images."""
        return KerasReference(self.model, self.images[:n], self.labels[:n], self.classes[:n])


def spiking_engine(setup: Setup) -> str:
    """Return the engine of the setup; C++ instead of a response table, which has no neurons with two ports."""
    return "cpp" if setup.engine == "response" else setup.engine


def load_reference(setup: Setup, context: RunContext) -> KerasReference:
    """Load the images of option ``dataset`` and the network of file ``model``; without a file, train one.

    Raises DataError if there is no such file, and InvalidValueError without test images or for a network that does not
    take such images.
    """
    name, path = str(setup.options["dataset"]), str(setup.options["model"])
    splits = load_splits(name, setup)
    if splits.test is None:
        raise InvalidValueError("test=0 leaves no images to run the network on; leave it out")
    if path:
        if not Path(path).is_file():
            raise DataError(f"there is no model {path}; give a .keras file, or leave out model to train one here")
        model = load_model(path)
        wanted, shape = model.input_shape[1:], splits.train.x_train.shape[1:]
        if wanted != shape:
            raise InvalidValueError(
                f"{path} takes images {wanted}, and those of {name} are {shape}; give the dataset it was trained on"
            )
    else:
        model = train_or_load_cwa(context, choose_recipe(name, setup), splits, setup.seeds[0]).model
    images, labels = splits.test
    return KerasReference(model, images, labels, classify(model, images))
