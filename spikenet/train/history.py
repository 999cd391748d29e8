"""What happened in each epoch of a training."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from spikenet.errors import InvalidValueError


@dataclass(frozen=True)
class Epoch:
    """One epoch: ``epoch`` counts from 1; accuracies are shares from 0 to 1.

    ``loss`` and ``accuracy`` are means over the training images, each as the network was when it saw them.
    ``validation_accuracy`` is None without validation images, ``per_class`` (of these, too) None for a class that has
    none. ``learning_rate`` is the one at the end of the epoch. ``seconds`` counts training and validation.
    ``activity`` holds the share of outputs above zero of each layer that a `Guard` looks at.
    """

    epoch: int
    loss: float
    accuracy: float
    validation_accuracy: float | None
    per_class: tuple[float | None, ...]
    learning_rate: float
    seconds: float
    activity: tuple[float, ...] = ()


@dataclass(frozen=True)
class History:
    """A training, epoch by epoch.

    ``restored`` is the epoch whose weights the model was given back at the end, None if it has those of the last.
    ``stopped_early`` says that the patience was over before the epochs were. ``collapses`` names the epochs that a
    `Guard` undid, one as often as it did.
    """

    epochs: tuple[Epoch, ...] = ()
    restored: int | None = None
    stopped_early: bool = False
    collapses: tuple[int, ...] = ()

    @property
    def best(self) -> Epoch | None:
        """The epoch with the highest validation accuracy, the first of equals; None without validation."""
        judged = [epoch for epoch in self.epochs if epoch.validation_accuracy is not None]
        return max(judged, key=lambda epoch: epoch.validation_accuracy, default=None)

    def impatient(self, patience: int | None) -> bool:
        """Whether the last ``patience`` epochs were no better than the best one before them."""
        if patience is None or self.best is None:
            return False
        return self.epochs[-1].epoch - self.best.epoch >= patience

    def to_json(self) -> str:
        """Strict JSON; every number comes back as it was."""
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "History":
        """The history that ``to_json`` wrote. Errors: InvalidValueError."""
        try:
            fields = json.loads(text)
            epochs, collapses = fields["epochs"], fields.get("collapses", ())
            return cls(**{**fields, "epochs": tuple(map(_epoch, epochs)), "collapses": tuple(collapses)})
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidValueError(
                f"this is no history ({type(error).__name__}: {error}); give the text that History.to_json() wrote"
            ) from error


def _epoch(fields: Mapping) -> Epoch:
    shares = {name: tuple(fields.get(name, ())) for name in ("per_class", "activity")}
    return Epoch(**{**fields, **shares})
