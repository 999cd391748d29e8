"""Training of the paper's networks, which is kept; and their outputs."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from spikenet.experiments.cached_results import load_or_compute
from spikenet.experiments.classification import predict_outputs
from spikenet.experiments.experiment import RunContext
from spikenet.experiments.image_splits import DataSplits
from spikenet.layers.jitter import Jitter
from spikenet.papers.gupta_naveed.conventional.ensembles import softmax
from spikenet.papers.gupta_naveed.conventional.printed_networks import PrintedNetwork, build
from spikenet.papers.gupta_naveed.conventional.training_recipes import TrainingRecipe
from spikenet.train import Trainer


@dataclass(frozen=True, eq=False)
class TrainedClassifier:
    """A trained network in single precision, its epochs as plain JSON, and its probabilities by part of the images."""

    model: keras.Model = field(repr=False)
    history: dict
    outputs: dict[str, np.ndarray] = field(repr=False)  # (image, class)

    def curve(self, name: str) -> np.ndarray:
        """Return a number of every epoch, (epoch,); NaN where there is none."""
        return np.array([epoch[name] for epoch in self.history["epochs"]], float)


@dataclass(frozen=True)
class NetworkTraining:
    """What trains networks in a run.

    Parameters
    ----------
    context : RunContext
        Of the run.
    splits : DataSplits
        Images to train on, and held-out ones.
    precision : str
        Keras dtype policy of the training.
    kept : Path, optional
        Folder in which several runs keep their trained networks; a network that is there is not trained again.
    """

    context: RunContext
    splits: DataSplits
    precision: str = "float32"
    kept: Path | None = None

    def network(self, network: PrintedNetwork, recipe: TrainingRecipe, seed: int) -> TrainedClassifier:
        """Train a network, or load it; a resumed run continues after the last complete epoch."""
        found = self._weights(network, recipe, seed)
        model = build(network, seed)
        model.set_weights(found["weights"])
        outputs = {name: _outputs(model, images, recipe.views) for name, (images, _) in self.splits.judged.items()}
        return TrainedClassifier(model, found["history"], outputs)

    def _weights(self, network: PrintedNetwork, recipe: TrainingRecipe, seed: int) -> dict:
        """Return weights and history of a training. Those that precede it are found or done first."""
        before = self._weights(network, recipe.after, seed)["weights"] if recipe.after else None
        kind, train = "rnn" if network.axis else "cnn", self.splits.train
        key = f"{kind} {network.number}, {recipe}, {self.precision}, {len(train.x_train)} images, seed {seed}"
        folder = self.kept / f"training {key}" if self.kept else self.context.checkpoints(key)

        def compute() -> dict:
            model = build(network, _derived(seed, network), self.precision, recipe.jitter)
            if before:
                model.set_weights(before)
            folder.mkdir(parents=True, exist_ok=True)
            trainer = Trainer(
                model,
                recipe.make_optimizer(len(train.x_train)),
                keras.losses.CategoricalCrossentropy(from_logits=True),
                recipe.batch,
                _derived(seed, network),
                self.splits.validation,
                checkpoints=folder,
            )
            resume = any(folder.glob("epoch-*.npz"))
            with self.context.progress(key, recipe.epochs) as progress:
                history = trainer.fit(train.x_train, train.y_train, recipe.epochs, resume=resume, progress=progress.at)
            return {"history": json.loads(history.to_json()), "weights": model.get_weights()}

        if self.kept is None:
            return self.context.cached(key, compute)
        found = load_or_compute(self.kept, key, compute)
        shutil.rmtree(folder, ignore_errors=True)
        return found.value


def _derived(seed: int, network: PrintedNetwork) -> int:
    """Return a seed for each network of a run: 1 and 5 are printed alike."""
    return int(np.random.SeedSequence([seed, network.number]).generate_state(1)[0])


def _outputs(model: keras.Model, images: np.ndarray, views: int) -> np.ndarray:
    """Return probabilities (image, class), the mean over the images themselves and moved ones."""
    moved = Jitter(shift=1, turn=0.1, stretch=0.06, shear=0.06, seed=0)
    total = softmax(predict_outputs(model, images))
    for _ in range(views - 1):
        total += softmax(predict_outputs(model, np.asarray(moved(images, training=True))))
    return total / views
