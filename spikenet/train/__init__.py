"""The outer training loop: `Trainer` trains Keras models, also with simulations in them; `History` is what happened."""

from spikenet.train.history import Epoch, History
from spikenet.train.trainer import Trainer

__all__ = ["Epoch", "History", "Trainer"]
