"""Train Keras models, also with simulations in their layers: `Trainer` trains, `History` holds the results."""

from spikenet.train.guard import Guard
from spikenet.train.history import Epoch, History
from spikenet.train.trainer import Trainer

__all__ = ["Epoch", "Guard", "History", "Trainer"]
