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
    """What every epoch of a training is made of. ``tell`` is told the part of the epoch that is done."""

    steps: StepFunctions
    training: LabelledImages
    validation: LabelledImages | None
    batch: int
    seed: int
    n_classes: int

    def train(self, epoch: int, monitor: LossMonitor, tell: Callable[[float], None]) -> tuple[float, float]:
        """Mean loss and accuracy. Errors: TrainingError if the loss is not finite or a simulation fails."""
        total = right = 0.0
        order = shuffled(len(self.training), self.seed, epoch)
        for number, (images, labels) in enumerate(self.training.batches(self.batch, order), start=1):
            with explain_errors(f"epoch {epoch}, batch {number}"):
                value, outputs = (tensor.numpy() for tensor in self.steps.train(images, labels))
            monitor.check(float(value), epoch, number)
            total += float(value) * len(labels)
            right += float(np.sum(self._classes(outputs, f"epoch {epoch}, batch {number}") == labels))
            tell(number * self.batch / self._cost)
        return total / len(self.training), right / len(self.training)

    def validate(self, epoch: int, tell: Callable[[float], None]) -> tuple[float | None, tuple[float | None, ...]]:
        """Accuracy on the validation images, of all and of each class; None and () if there are none."""
        if self.validation is None:
            return None, ()
        classes = []
        for number, (images, _) in enumerate(self.validation.batches(self.batch), start=1):
            where = f"the validation after epoch {epoch}, batch {number}"
            with explain_errors(where):
                outputs = self.steps.predict(images).numpy()
            classes.append(self._classes(outputs, where))
            tell((len(self.training) + number * self.batch) / self._cost)
        right = np.concatenate(classes) == self.validation.labels
        return float(right.mean()), accuracy_by_class(right, self.validation.labels, self.n_classes)

    @property
    def _cost(self) -> int:
        """Images in an epoch; the last batches are counted as whole ones."""
        return len(self.training) + len(self.validation or ()) + 2 * self.batch

    def _classes(self, outputs: np.ndarray, where: str) -> np.ndarray:
        if not np.isfinite(outputs).all():
            raise TrainingError(f"the model gives a NaN or an infinity in {where}; lower the learning rate")
        return classify(outputs)


@contextmanager
def explain_errors(where: str) -> Iterator[None]:
    """A failure in TensorFlow, such as that of a simulation in a layer, as a TrainingError that says where."""
    try:
        yield
    except tf.errors.OpError as error:
        cause = _cause(error.message)
        if cause.startswith("KeyboardInterrupt"):  # TensorFlow makes an error of it if it hits a Python function
            raise KeyboardInterrupt from error
        raise TrainingError(f"the model fails in {where}: {cause}") from error


def _cause(message: str) -> str:
    """What TensorFlow's message has between its own stack and that of a Python function."""
    own = message.partition("\nTraceback")[0].strip().rpartition("\n\n")[2]
    return re.sub(r"^\{\{.*?\}\} ", "", own).strip()
