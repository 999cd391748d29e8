"""Networks that are trained with their neurons in the loop. Bogatenko et al. (2023), section 4, figure 5."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.encode import Drive, linear_drive, tanh_drive
from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Desk, Setup
from spikenet.layers.jitter import Jitter
from spikenet.layers.population import Population
from spikenet.layers.vote import Vote
from spikenet.neurons import FHN, NeuronModel
from spikenet.papers.bogatenko2023.ann import HIDDEN, OPTIMIZERS, READOUT
from spikenet.train import Trainer

LOSSES: Mapping[str, str] = MappingProxyType(
    {"crossentropy": "sparse_categorical_crossentropy", "squared": "mean_squared_error"}
)
PLACES = ("after", "before")
LOOP_OPTIONS: Mapping[str, object] = MappingProxyType({"epsilon": 0.05, "settle": "200 ms", "duration": "100 ms"})
_FURTHEST = 3.0  # drives are held there if tanh comes before the weights; beyond 1 the neurons rest


@dataclass(frozen=True)
class Recipe:
    """A network 784 - neurons - 10 and its training.

    ``tanh`` comes ``after`` or ``before`` the first weights; the loss ``sees`` an output of `Population`; ``spread``
    is the standard deviation of the first weights (0: Glorot's); with ``sigmoid`` a one-to-one layer of sigmoids
    follows the neurons; ``jitter`` moves images a little (see `jittered`); with ``votes`` the loss is of dwell times.
    """

    gamma: float = -0.5
    tanh: str = "after"
    sees: str = "mean"
    instants: int = 8
    surrogate: str = "sigmoid"
    loss: str = "crossentropy"
    optimizer: str = "adam"
    rate: float = 2e-3
    decay: float = 0.0
    falls: bool = False  # the rate, to a hundredth along half a cosine
    spread: float = 0.0
    epochs: int = 30
    batch: int = 100
    biases: bool = False
    sigmoid: bool = True
    jitter: float = 0.0
    votes: bool = False

    def __post_init__(self):
        tables = {"tanh": PLACES, "loss": LOSSES, "optimizer": OPTIMIZERS}
        for name, table in tables.items():
            if getattr(self, name) not in table:
                raise InvalidValueError(f"unknown {name} {getattr(self, name)!r}; there are {', '.join(table)}")
        for name in ("epochs", "batch"):
            if getattr(self, name) < 1:
                raise InvalidValueError(f"{name} is {getattr(self, name)}, wanted at least 1")

    @property
    def drive(self) -> Drive:
        """What the pre-activation becomes."""
        after = self.tanh == "after"
        return tanh_drive(self.gamma) if after else linear_drive(self.gamma, 0.0, -_FURTHEST, _FURTHEST)

    def __str__(self) -> str:
        weights = f"weights from N(0, {self.spread:g})" if self.spread else "Glorot's weights"
        return (
            f"tanh {self.tanh} the weights, loss {self.loss} of {self.sees}, {self.surrogate}, {self.optimizer} "
            f"{self.rate:g}, {weights}, {self.epochs} epochs of {self.batch}"
        )


def with_sigmoid(neuron: NeuronModel) -> NeuronModel:
    """The same neuron, and one artificial one behind it: the output ``s`` is the sigmoid of x."""
    return replace(neuron, equations=f"{neuron.equations}\ns = 1/(1 + exp(-x)) : 1", outputs=("s", *neuron.outputs))


def sigmoids_slope(z: np.ndarray) -> np.ndarray:
    """Derivative of a sigmoid of a sigmoid: the neuron as the paper takes it in going back, and its third layer."""
    neuron = _sigmoid(z)
    behind = _sigmoid(neuron)
    return behind * (1 - behind) * neuron * (1 - neuron)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0, -z))


def jittered(much: float, seed: int) -> Jitter:
    """For ``much`` = 1: a pixel, a tenth of a radian (6 degrees), and a tenth of stretching and shearing."""
    return Jitter(shift=much, turn=0.1 * much, stretch=0.1 * much, shear=0.1 * much, seed=seed)


def build_loop(recipe: Recipe, setup: Setup, seed: int, n_units: int = 100, weights=None) -> keras.Sequential:
    """A network on raw images (image, 28, 28) uint8, with FHN neurons as the options of the setup say.

    Untrained, or with the ``weights`` of another (`weights_of`).
    """
    neuron = FHN(epsilon=setup.options["epsilon"])
    paper = recipe.sigmoid and recipe.surrogate == "sigmoid"
    population = Population(
        with_sigmoid(neuron) if recipe.sigmoid else neuron,
        drive=recipe.drive,
        settle=setup.options["settle"],
        duration=setup.options["duration"],
        output=recipe.sees,
        instants=recipe.instants,
        surrogate=sigmoids_slope if paper else recipe.surrogate,
        engine=setup.engine,
        seed=seed,
        name="neurons",
    )
    model = network(recipe, population, seed, n_units)
    give_weights(model, weights or {})
    return model


def network(recipe: Recipe, population: Population, seed: int, n_units: int = 100) -> keras.Sequential:
    """An untrained network about these neurons; its first weights depend on the seed alone."""
    first, second = (_initializer(recipe.spread, 2 * seed + k) for k in range(2))
    ends = (Vote(),) if recipe.votes else ()
    return keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8"),
            keras.layers.Rescaling(1 / 255),
            *((jittered(recipe.jitter, seed),) if recipe.jitter else ()),
            keras.layers.Flatten(),
            *((keras.layers.Activation("tanh"),) if recipe.tanh == "before" else ()),
            keras.layers.Dense(n_units, use_bias=recipe.biases, kernel_initializer=first, name=HIDDEN),
            population,
            keras.layers.Dense(
                10, None if ends else "softmax", use_bias=recipe.biases, kernel_initializer=second, name=READOUT
            ),
            *ends,
        ],
        name="loop",
    )


def _initializer(spread: float, seed: int) -> keras.initializers.Initializer:
    if spread:
        return keras.initializers.RandomNormal(stddev=spread, seed=seed)
    return keras.initializers.GlorotUniform(seed=seed)


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is learnt, and under which name: ``key`` names the training within the run."""

    recipe: Recipe
    data: Dataset
    key: str
    seed: int
    validation: object = None  # as for `Trainer`


def keep_trained(desk: Desk, make: Callable[[], keras.Model], lesson: Lesson) -> tuple[keras.Model, dict]:
    """A network that ``make`` builds, trained once a run, and its epochs as plain JSON.

    A resumed run finds its weights, or goes on from the last whole epoch.
    """
    model = make()

    def train() -> dict:
        history = _train(desk, model, lesson)
        return {"history": history, "weights": {name: list(values) for name, values in weights_of(model).items()}}

    kept = desk.keep(lesson.key, train)
    give_weights(model, kept["weights"])
    return model, kept["history"]


def _train(desk: Desk, model: keras.Model, lesson: Lesson) -> dict:
    recipe, data, folder = lesson.recipe, lesson.data, desk.checkpoints(lesson.key)
    rate = recipe.rate
    if recipe.falls:
        steps = -(-len(data.x_train) // recipe.batch) * recipe.epochs
        rate = keras.optimizers.schedules.CosineDecay(rate, steps, 0.01)
    trainer = Trainer(
        model,
        OPTIMIZERS[recipe.optimizer](rate, recipe.decay or None),
        LOSSES[recipe.loss],
        recipe.batch,
        lesson.seed,
        lesson.validation,
        checkpoints=folder,
    )
    resume = any(folder.glob("epoch-*.npz"))
    with desk.progress(f"{lesson.key}: {recipe}", recipe.epochs) as progress:
        history = trainer.fit(data.x_train, data.y_train, recipe.epochs, resume=resume, progress=progress.at)
    return json.loads(history.to_json())


def weights_of(model: keras.Model) -> dict[str, list[np.ndarray]]:
    """Weights and biases of the dense layers, by name."""
    return {one.name: one.get_weights() for one in model.layers if isinstance(one, keras.layers.Dense)}


def give_weights(model: keras.Model, weights: Mapping[str, list]) -> None:
    """The opposite of `weights_of`."""
    for name, values in weights.items():
        model.get_layer(name).set_weights([np.asarray(one) for one in values])
