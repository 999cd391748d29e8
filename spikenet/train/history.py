"""History of a training: loss, accuracy and more of each epoch."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from spikenet.errors import InvalidValueError
from spikenet.storage import parse_json


@dataclass(frozen=True)
class Epoch:
    """Results of one epoch of a training.

    Parameters
    ----------
    epoch : int
        Number of the epoch, from 1.
    loss, accuracy : float
        Means over the training images, each measured in the step that trained on it. Accuracies go from 0 to 1.
    validation_accuracy : float or None
        Accuracy on the validation images after the epoch; None without validation images.
    per_class : tuple of float or None, (class,)
        Validation accuracy of each class; None for a class without images, empty without validation images.
    learning_rate : float
        Learning rate at the end of the epoch.
    seconds : float
        Duration of training and validation in seconds.
    activity : tuple of float, (layer,)
        Share of the outputs above zero in each layer that a `Guard` observes.
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
    """Results of a training, epoch by epoch.

    Parameters
    ----------
    epochs : tuple of Epoch
        The epochs in order, those before a resumed training included.
    restored : int or None
        Number of the epoch whose weights the model has at the end, if patience restored it; None for the last epoch.
    stopped_early : bool
        True if patience ended the training before all epochs were done.
    collapses : tuple of int
        Number of each epoch that a `Guard` undid, as often as it was undone.

    Examples
    --------
    >>> import spikenet as sn
    >>> history = sn.train.History((sn.train.Epoch(1, 0.7, 0.6, 0.5, (0.4, 0.6), 0.01, 2.0),))
    >>> history.best.epoch
    1
    >>> sn.train.History.from_json(history.to_json()) == history
    True
    """

    epochs: tuple[Epoch, ...] = ()
    restored: int | None = None
    stopped_early: bool = False
    collapses: tuple[int, ...] = ()

    @property
    def best(self) -> Epoch | None:
        """Epoch with the highest validation accuracy, the first one in a tie; None without validation images."""
        judged = [epoch for epoch in self.epochs if epoch.validation_accuracy is not None]
        return max(judged, key=lambda epoch: epoch.validation_accuracy, default=None)

    def impatient(self, patience: int | None) -> bool:
        """Return True if the last ``patience`` epochs were no better than the best one before them.

        Parameters
        ----------
        patience : int or None
            Number of epochs; None is never over.

        Returns
        -------
        bool
            False without validation accuracies.
        """
        if patience is None or self.best is None:
            return False
        return self.epochs[-1].epoch - self.best.epoch >= patience

    def to_json(self) -> str:
        """Return the history as strict JSON text, from which `from_json` restores every number exactly."""
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "History":
        """Return the history that `to_json` wrote.

        Parameters
        ----------
        text : str
            Output of `to_json`.

        Returns
        -------
        History
            Equal to the one that was written.

        Raises
        ------
        InvalidValueError
            If ``text`` is no such output.
        """
        try:
            fields = parse_json(text)
            epochs, collapses = fields["epochs"], fields.get("collapses", ())
            return cls(**{**fields, "epochs": tuple(map(_epoch, epochs)), "collapses": tuple(collapses)})
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise InvalidValueError(
                f"the text is no history ({type(error).__name__}: {error}); give the text that History.to_json() wrote"
            ) from error


def _epoch(fields: Mapping) -> Epoch:
    shares = {name: tuple(fields.get(name, ())) for name in ("per_class", "activity")}
    return Epoch(**{**fields, **shares})
