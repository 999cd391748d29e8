"""Training of conductance networks, and the accuracy that it reaches."""

import json
from dataclasses import dataclass, field, replace

import keras
import numpy as np

from spikenet.errors import TrainingError
from spikenet.experiments.classification import accuracy
from spikenet.experiments.experiment import RunContext
from spikenet.experiments.image_splits import DataSplits
from spikenet.layers import balance_conductances
from spikenet.papers.hodgkin_huxley_networks.architectures import ImageInput, build_cwa, release_names
from spikenet.papers.hodgkin_huxley_networks.conductance_recipes import ConductanceRecipe
from spikenet.train import Guard, Trainer


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A trained network, its epochs as plain JSON, and the per cent of each part that it classifies correctly."""

    model: keras.Model = field(repr=False)
    history: dict
    correct: dict[str, float]

    def curve(self, name: str) -> np.ndarray:
        """Return a number of every epoch, (epoch,) or (epoch, layer); NaN where there is none."""
        return np.array([epoch[name] for epoch in self.history["epochs"]], float)


def train_or_load_cwa(  # noqa: PLR0913 (two of them are rarely given)
    context: RunContext, recipe: ConductanceRecipe, splits: DataSplits, seed: int, key: str = "", guarded: bool = True
) -> TrainedNetwork:
    """Train a network; a resumed run loads it, or continues after its last complete epoch.

    The result is the network after the last epoch, in single precision. The test images are used once, after it.
    ``key`` names the recipe if a run has several for one network; a network that is not ``guarded`` may fall silent.
    Raises TrainingError for a collapse, and if the run was started with another recipe.
    """
    images = ImageInput.of(splits.train.name, splits.train.x_train, recipe.augment)
    model = build_cwa(recipe.network, images, seed)
    key = f"{key or f'{recipe.network.variant} {recipe.network.arch}'}, seed {seed}"
    wanted = f"{recipe}; {recipe.network}"

    def train() -> dict:
        folder = context.checkpoints(key)
        shown, labels = splits.train.x_train, splits.train.y_train
        if recipe.balance:
            balance_conductances(model, shown[: recipe.balance])
        trainer = Trainer(
            model,
            recipe.optimizer(len(shown)),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            recipe.batch,
            seed,
            splits.validation,
            checkpoints=folder,
            tensorboard=folder / "tensorboard",
            guard=Guard(release_names(model), **({} if guarded else {"least": 0.0})),
        )
        resume = any(folder.glob("epoch-*.npz"))
        with context.progress(f"{key}: {recipe}", recipe.epochs) as progress:
            history = trainer.fit(shown, labels, recipe.epochs, resume=resume, progress=progress.at)
        return {"recipe": wanted, "history": json.loads(history.to_json()), "weights": model.get_weights()}

    found = context.cached(key, train)
    if found.get("recipe", wanted) != wanted:
        raise TrainingError(f"{key}: this run was started with {found['recipe']}; wanted {wanted}: start a new one")
    if recipe.network.precision != "float32":
        model = build_cwa(replace(recipe.network, precision="float32"), images, seed)
    model.set_weights(found["weights"])
    correct = {name: 100 * accuracy(model, images, labels) for name, (images, labels) in splits.judged.items()}
    return TrainedNetwork(model, found["history"], correct)
