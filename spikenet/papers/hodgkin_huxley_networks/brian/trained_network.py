"""What the experiments that run a trained conductance network on Brian2 share: the network and the images."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import keras
import numpy as np

from spikenet.errors import DataError, InvalidValueError
from spikenet.experiments.experiment import Desk, Setup
from spikenet.layers import load_model
from spikenet.papers.bogatenko2023.ann import classify
from spikenet.papers.hodgkin_huxley_networks.conductance_training import (
    CONDUCTANCE_OPTIONS,
    keep_cwa,
    parts_for,
    recipe_of,
)

BRIAN_OPTIONS: Mapping[str, object] = MappingProxyType(
    {name: CONDUCTANCE_OPTIONS[name] for name in ("arch", "epochs", "images", "recipe")}
    | {"variant": "cwa", "held": 0, "test": 1, "model": "", "dataset": "mnist"}
)


@dataclass(frozen=True, eq=False)
class Subject:
    """A trained network, and the test images with labels; ``right`` is the per cent of them that Keras recognises."""

    model: keras.Model = field(repr=False)
    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    classes: np.ndarray = field(repr=False)

    @property
    def right(self) -> float:
        return 100 * float(np.mean(self.classes == self.labels))

    def first(self, n: int) -> "Subject":
        """The same network with the first ``n`` images."""
        return Subject(self.model, self.images[:n], self.labels[:n], self.classes[:n])


def simulator(setup: Setup) -> str:
    """The engine of the setup; C++ in the place of the table of responses, which holds no neurons of two ports."""
    return "cpp" if setup.engine == "response" else setup.engine


def subject_of(setup: Setup, desk: Desk) -> Subject:
    """Images of the option ``dataset``, and the network of the file ``model``; without one, it is trained here.

    Errors: DataError for a file that is not there, InvalidValueError without test images and for a network that does
    not take such images.
    """
    name, path = str(setup.options["dataset"]), str(setup.options["model"])
    parts = parts_for(name, setup)
    if parts.test is None:
        raise InvalidValueError("test=0 leaves no images to run the network on; leave it away")
    if path:
        if not Path(path).is_file():
            raise DataError(f"there is no model {path}; give a .keras file, or leave model away to train one here")
        model = load_model(path)
        wanted, shape = model.input_shape[1:], parts.train.x_train.shape[1:]
        if wanted != shape:
            raise InvalidValueError(
                f"{path} takes images {wanted}, and those of {name} are {shape}; give the dataset it was trained on"
            )
    else:
        model = keep_cwa(desk, recipe_of(name, setup), parts, setup.seeds[0]).model
    images, labels = parts.test
    return Subject(model, images, labels, classify(model, images))


def logits_of(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Outputs of the Keras network, (image, class)."""
    starts = range(0, len(images), 1000)
    return np.concatenate([keras.ops.convert_to_numpy(model(images[s : s + 1000], training=False)) for s in starts])
