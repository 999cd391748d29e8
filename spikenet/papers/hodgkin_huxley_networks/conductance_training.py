"""Training of conductance networks: the images, the training itself, and the accuracy that it reaches."""

import json
from dataclasses import dataclass, field, replace

import keras
import numpy as np

from spikenet.data import Dataset, load_dataset
from spikenet.data.split import draw_per_class, proportional_counts
from spikenet.errors import TrainingError
from spikenet.experiments.classification import accuracy
from spikenet.experiments.experiment import RunContext, Setup
from spikenet.layers import balance_conductances
from spikenet.papers.hodgkin_huxley_networks.architectures import ImageInput, build_cwa, release_names
from spikenet.papers.hodgkin_huxley_networks.conductance_recipes import ConductanceRecipe
from spikenet.train import Guard, Trainer

_SPLIT_SEED = 0


@dataclass(frozen=True, eq=False)
class DataSplits:
    """Images to train on, to validate every epoch with (perhaps none), and to test with (none during a search)."""

    train: Dataset
    validation: tuple[np.ndarray, np.ndarray] | None
    test: tuple[np.ndarray, np.ndarray] | None

    @property
    def judged(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Images and labels to measure the accuracy with, by the name of their part."""
        return {name: pair for name, pair in (("held out", self.validation), ("test", self.test)) if pair}


def load_splits(name: str, setup: Setup) -> DataSplits:
    """Load a data set in the setup's size and split it as the options say.

    ``held`` training images validate; ``test=0`` leaves out the test images, for a search; ``images`` takes only so
    many of the training and of the test images. Raises InvalidValueError for what cannot be.
    """
    data, held, images = load_dataset(name, setup.data), int(setup.options["held"]), int(setup.options["images"])
    if images:
        rng = np.random.default_rng(_SPLIT_SEED)
        counts = [proportional_counts(y, min(images, len(y))) for y in (data.y_train, data.y_test)]
        train, test = draw_per_class(data.y_train, counts[0], rng), draw_per_class(data.y_test, counts[1], rng)
        few = {"x_train": data.x_train[train], "y_train": data.y_train[train]}
        data = replace(data, **few, x_test=data.x_test[test], y_test=data.y_test[test])
    tested = (data.x_test, data.y_test) if setup.options["test"] else None
    if not held:
        return DataSplits(data, None, tested)
    data = data.split_validation(min(held, len(data.x_train) // 5), _SPLIT_SEED)
    return DataSplits(data, (data.x_test, data.y_test), tested)


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
