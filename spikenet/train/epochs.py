"""An epoch: all training images once, then the validation images."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from spikenet.errors import TrainingError
from spikenet.train.labelled_images import LabelledImages, shuffled
from spikenet.train.loss_monitor import LossMonitor
from spikenet.train.scores import accuracy_by_class, classify
from spikenet.train.steps import StepFunctions


@dataclass(frozen=True, eq=False)
class EpochRunner:
    """Run epochs of a training. ``report`` is called with the part of the epoch that is done, from 0 to 1."""

    steps: StepFunctions
    training: LabelledImages
    validation: LabelledImages | None
    batch: int
    seed: int
    n_classes: int

    def train(self, epoch: int, monitor: LossMonitor, report: Callable[[float], None]) -> tuple[float, float]:
        """Train for one epoch; return mean loss and accuracy. Raises TrainingError."""
        total = right = 0.0
        order = shuffled(len(self.training), self.seed, epoch)
        for number, (images, labels) in enumerate(self.training.batches(self.batch, order), start=1):
            with explain_errors(f"epoch {epoch}, batch {number}"):
                value, outputs = (tensor.numpy() for tensor in self.steps.train(images, labels))
            monitor.check(float(value), epoch, number)
            total += float(value) * len(labels)
            right += float(np.sum(self._classes(outputs, f"epoch {epoch}, batch {number}") == labels))
            report(number * self.batch / self._cost)
        return total / len(self.training), right / len(self.training)

    def validate(self, epoch: int, report: Callable[[float], None]) -> tuple[float | None, tuple[float | None, ...]]:
        """Return the validation accuracy of all images and of each class; None and () without images."""
        if self.validation is None:
            return None, ()
        classes = []
        for number, (images, _) in enumerate(self.validation.batches(self.batch), start=1):
            where = f"the validation after epoch {epoch}, batch {number}"
            with explain_errors(where):
                outputs = self.steps.predict(images).numpy()
            classes.append(self._classes(outputs, where))
            report((len(self.training) + number * self.batch) / self._cost)
        right = np.concatenate(classes) == self.validation.labels
        return float(right.mean()), accuracy_by_class(right, self.validation.labels, self.n_classes)

    @property
    def _cost(self) -> int:
        """Number of images in an epoch; the last batches count as full ones."""
        return len(self.training) + len(self.validation or ()) + 2 * self.batch

    def _classes(self, outputs: np.ndarray, where: str) -> np.ndarray:
        if not np.isfinite(outputs).all():
            raise TrainingError(f"the model gives a NaN or an infinity in {where}; lower the learning rate")
        return classify(outputs)


@contextmanager
def explain_errors(where: str) -> Iterator[None]:
    """Turn an error of TensorFlow, or of a simulation in a layer, into a TrainingError that says where it happened."""
    try:
        yield
    except tf.errors.OpError as error:
        cause = _cause(error.message)
        if cause.startswith("KeyboardInterrupt"):  # TensorFlow makes an error of it if it hits a Python function
            raise KeyboardInterrupt from error
        raise TrainingError(f"the model fails in {where}: {cause}") from error


def _cause(message: str) -> str:
    """Return the part of TensorFlow's message that names the error, without stack traces."""
    own = message.partition("\nTraceback")[0].strip().rpartition("\n\n")[2]
    return re.sub(r"^\{\{.*?\}\} ", "", own).strip()
