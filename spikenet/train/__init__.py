"""The outer training loop: `Trainer` trains Keras models, also with simulations in them; `History` is what happened."""

from spikenet.train.guard import Guard
from spikenet.train.history import Epoch, History
from spikenet.train.trainer import Trainer

__all__ = ["Epoch", "Guard", "History", "Trainer"]
