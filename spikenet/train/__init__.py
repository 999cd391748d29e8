"""Train Keras models, also with simulations in their layers: `Trainer` trains, `History` holds the results."""

import spikenet.layers  # noqa: F401 - first, because it says what is wrong with Keras if something is
from spikenet.train.guard import Guard
from spikenet.train.history import Epoch, History
from spikenet.train.trainer import Trainer

__all__ = ["Epoch", "Guard", "History", "Trainer"]
