"""Monitor the loss during a training."""

import math
import warnings

from spikenet.errors import TrainingError

EXPLOSION_FACTOR = 1e3  # times the first loss


class LossMonitor:
    """Check the loss of each batch: a loss that is not finite raises an error, one that explodes warns once.

    ``first`` is the loss of the first batch of the training, also before a resumed one.
    """

    def __init__(self, first: float | None = None):
        self.first = first
        self._warned = False

    def check(self, loss: float, epoch: int, batch: int) -> None:
        """Raise TrainingError if the loss is not finite. ``epoch`` and ``batch`` count from 1."""
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss is {loss} in epoch {epoch}, batch {batch}; the model has the weights of epoch {epoch - 1} "
                "again. Lower the learning rate, clip the gradients (clipnorm), or look at the images of this batch"
            )
        if self.first is None:
            self.first = loss
        if abs(loss) > EXPLOSION_FACTOR * abs(self.first) > 0 and not self._warned:
            self._warned = True
            warnings.warn(
                f"the loss explodes: {loss:.3g} in epoch {epoch}, batch {batch}, {loss / self.first:.2g} times the "
                "first one; a lower learning rate or clipnorm may help",
                RuntimeWarning,
                stacklevel=2,
            )
