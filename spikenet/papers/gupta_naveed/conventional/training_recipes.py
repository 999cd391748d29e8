"""How the networks are trained: as printed, and by a recipe of our own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Optional

import keras

from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.validate import check_choice, check_whole

OPTIMIZERS = MappingProxyType({"adadelta": keras.optimizers.Adadelta, "adam": keras.optimizers.Adam})


@dataclass(frozen=True)
class TrainingRecipe:
    """The training of a network.

    Parameters
    ----------
    optimizer : {"adadelta", "adam"}
        With Keras' settings, but for the rate.
    rate : float
        Learning rate.
    epochs, batch : int
        Passes over the images, and images a step.
    falling : bool
        Let the rate fall to a hundredth along half a cosine.
    jitter : bool
        Move images in training, see `build`.
    views : int
        Outputs are averaged over the image itself and ``views - 1`` moved ones.
    after : TrainingRecipe, optional
        The training before this one; without it, weights are random at first.
    """

    optimizer: str
    rate: float
    epochs: int
    batch: int
    falling: bool = False
    jitter: bool = False
    views: int = 1
    after: Optional["TrainingRecipe"] = None

    def __post_init__(self):
        check_choice(self.optimizer, "optimizer", OPTIMIZERS)
        check_whole(self.epochs, "epochs")
        check_whole(self.batch, "batch")
        check_whole(self.views, "views")
        if not 0 < self.rate < float("inf"):
            raise InvalidValueError(f"rate is {self.rate}, wanted a number above 0")

    def make_optimizer(self, n_images: int) -> keras.optimizers.Optimizer:
        """Return a new optimizer for that many images an epoch."""
        steps = self.epochs * -(-n_images // self.batch)
        rate = keras.optimizers.schedules.CosineDecay(self.rate, steps, 0.01) if self.falling else self.rate
        return OPTIMIZERS[self.optimizer](rate)

    def __str__(self) -> str:
        before = f"{self.after}, then " if self.after else ""
        falling = " falling" if self.falling else ""
        epochs = f"{self.epochs} epoch{'s' if self.epochs > 1 else ''}"
        jitter = ", images moved" if self.jitter else ""
        return f"{before}{self.optimizer} {self.rate:g}{falling}, {epochs} of {self.batch}{jitter}"


# Keras had a rate of 1.0 for Adadelta when the paper was written, that of Zeiler (2012); Keras 3 has 0.001.
_PRINTED = {
    "cnn": TrainingRecipe("adadelta", 1.0, 12, 32),
    "rnn": TrainingRecipe("adadelta", 1.0, 15, 32),
}
# Views: of 1, 4 and 8, the least cross-entropy of held-out images for RNNs 3 and 4 averaged (0.0269, 0.0265, 0.0256).
_OWN = {"falling": True, "jitter": True, "views": 8}
RECIPES: Mapping[tuple[str, str], TrainingRecipe] = MappingProxyType(
    {
        ("cnn", "printed"): _PRINTED["cnn"],
        ("rnn", "printed"): _PRINTED["rnn"],
        ("cnn", "own"): TrainingRecipe("adam", 1e-3, 4, 128, **_OWN, after=_PRINTED["cnn"]),
        ("rnn", "own"): TrainingRecipe("adam", 2e-3, 8, 128, **_OWN, after=_PRINTED["rnn"]),
    }
)


def choose_recipe(kind: str, setup: Setup) -> TrainingRecipe:
    """Return the recipe of the setup's options; those that are 0 leave it as it is. The last training is changed."""
    options = setup.options
    changes = {name: options[name] for name in ("rate", "epochs", "batch", "views") if options[name]}
    return replace(RECIPES[kind, options["recipe"]], **changes)
