"""Training with neurons in the loop: section 4 and figure 5 of Bogatenko et al. (2023).

The neurons are FitzHugh-Nagumo (FHN) ones: they are simulated on the way forward, and a surrogate stands in for their
derivative on the way back.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.encode import Drive, linear_drive, tanh_drive
from spikenet.experiments.experiment import RunContext, Setup
from spikenet.layers.jitter import Jitter
from spikenet.layers.population import Population
from spikenet.layers.vote import Vote
from spikenet.neurons import FHN, NeuronModel
from spikenet.papers.bogatenko2023.ann import HIDDEN, OPTIMIZERS, READOUT
from spikenet.train import Trainer
from spikenet.validate import check_choice, check_whole

LOSSES: Mapping[str, str] = MappingProxyType(
    {"crossentropy": "sparse_categorical_crossentropy", "squared": "mean_squared_error"}
)
PLACES = ("after", "before")
_WIDEST_DRIVE = 3.0  # if tanh comes before the weights; beyond 1 the neurons rest


@dataclass(frozen=True)
class LoopRecipe:
    """A network 784 - neurons - 10 and the settings of its training.

    Parameters
    ----------
    gamma : float
        Gain of the drive.
    tanh : {"after", "before"}
        Where tanh is applied: after or before the first weights.
    output : str
        Output of `Population` that the read-out and the loss get.
    instants : int
        Number of instants for ``output="instants"``.
    surrogate : str
        Gradient of the neurons.
    loss, optimizer : str
        Keys of ``LOSSES`` and ``OPTIMIZERS``.
    rate : float
        Learning rate.
    decay : float
        Share by which each step shrinks the weights, as a multiple of the rate.
    cosine : bool
        Let the rate fall to a hundredth along half a cosine.
    spread : float
        Standard deviation of the first weights; 0 takes Glorot's.
    epochs, batch : int
        Passes over the images, and images a step.
    biases : bool
        Give both layers biases.
    sigmoid : bool
        Put a one-to-one layer of sigmoids behind the neurons.
    jitter : float
        Move images at random, see `make_jitter`; 0 for none.
    votes : bool
        Compute the loss from votes, the share of the time that each class wins.
    """

    gamma: float = -0.5
    tanh: str = "after"
    output: str = "mean"
    instants: int = 8
    surrogate: str = "sigmoid"
    loss: str = "crossentropy"
    optimizer: str = "adam"
    rate: float = 2e-3
    decay: float = 0.0
    cosine: bool = False
    spread: float = 0.0
    epochs: int = 30
    batch: int = 100
    biases: bool = False
    sigmoid: bool = True
    jitter: float = 0.0
    votes: bool = False

    def __post_init__(self):
        for name, known in {"tanh": PLACES, "loss": LOSSES, "optimizer": OPTIMIZERS}.items():
            check_choice(getattr(self, name), name, known)
        check_whole(self.epochs, "epochs")
        check_whole(self.batch, "batch")

    @property
    def drive(self) -> Drive:
        """The drive of the neurons as a function of the pre-activation."""
        after = self.tanh == "after"
        return tanh_drive(self.gamma) if after else linear_drive(self.gamma, 0.0, -_WIDEST_DRIVE, _WIDEST_DRIVE)

    def __str__(self) -> str:
        weights = f"weights from N(0, {self.spread:g})" if self.spread else "Glorot's weights"
        return (
            f"tanh {self.tanh} the weights, loss {self.loss} of {self.output}, {self.surrogate}, {self.optimizer} "
            f"{self.rate:g}, {weights}, {self.epochs} epochs of {self.batch}"
        )


def with_sigmoid(neuron: NeuronModel) -> NeuronModel:
    """Return the neuron with an artificial one behind it: its output ``s`` is the sigmoid of x."""
    return replace(neuron, equations=f"{neuron.equations}\ns = 1/(1 + exp(-x)) : 1", outputs=("s", *neuron.outputs))


def two_sigmoids_derivative(z: np.ndarray) -> np.ndarray:
    """Return the derivative of a sigmoid of a sigmoid: the paper's surrogate of the neuron, and the layer behind it."""

    def sigmoid(z: np.ndarray) -> np.ndarray:
        return np.exp(-np.logaddexp(0, -z))

    neuron = sigmoid(z)
    behind = sigmoid(neuron)
    return behind * (1 - behind) * neuron * (1 - neuron)


def make_jitter(amount: float, seed: int) -> Jitter:
    """Return a layer that moves images; 1 is a pixel, a tenth of a radian, and a tenth of stretching and shearing."""
    return Jitter(shift=amount, turn=0.1 * amount, stretch=0.1 * amount, shear=0.1 * amount, seed=seed)


def build_loop(recipe: LoopRecipe, setup: Setup, seed: int, n_units: int = 100, weights=None) -> keras.Sequential:
    """Return an untrained network on raw images (image, 28, 28) uint8, with FHN neurons as the options say.

    With ``weights``, it starts from those of another network (`dense_weights`).
    """
    neuron = FHN(epsilon=setup.options["epsilon"])
    paper = recipe.sigmoid and recipe.surrogate == "sigmoid"
    population = Population(
        with_sigmoid(neuron) if recipe.sigmoid else neuron,
        drive=recipe.drive,
        settle=setup.options["settle"],
        duration=setup.options["duration"],
        output=recipe.output,
        instants=recipe.instants,
        surrogate=two_sigmoids_derivative if paper else recipe.surrogate,
        engine=setup.engine,
        seed=seed,
        name="neurons",
    )
    model = build_network(recipe, population, seed, n_units)
    set_dense_weights(model, weights or {})
    return model


def build_network(recipe: LoopRecipe, population: Population, seed: int, n_units: int = 100) -> keras.Sequential:
    """Return an untrained network around these neurons; its weights depend on the seed alone."""
    first, second = (_initializer(recipe.spread, 2 * seed + k) for k in range(2))
    ends = (Vote(),) if recipe.votes else ()
    return keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8"),
            keras.layers.Rescaling(1 / 255),
            *((make_jitter(recipe.jitter, seed),) if recipe.jitter else ()),
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
class LoopTrainingJob:
    """A training within a run: ``key`` names it; ``validation`` is that of `Trainer`."""

    recipe: LoopRecipe
    data: Dataset
    key: str
    seed: int
    validation: object = None


def train_or_load_loop(
    context: RunContext, make: Callable[[], keras.Model], job: LoopTrainingJob
) -> tuple[keras.Model, dict]:
    """Train a network that ``make`` builds; return it and its epochs as plain JSON.

    A resumed run loads its weights, or continues after the last complete epoch.
    """
    model = make()

    def train() -> dict:
        history = _train(context, model, job)
        return {"history": history, "weights": {name: list(values) for name, values in dense_weights(model).items()}}

    kept = context.cached(job.key, train)
    set_dense_weights(model, kept["weights"])
    return model, kept["history"]


def _train(context: RunContext, model: keras.Model, job: LoopTrainingJob) -> dict:
    recipe, data, folder = job.recipe, job.data, context.checkpoints(job.key)
    rate = recipe.rate
    if recipe.cosine:
        steps = -(-len(data.x_train) // recipe.batch) * recipe.epochs
        rate = keras.optimizers.schedules.CosineDecay(rate, steps, 0.01)
    trainer = Trainer(
        model,
        OPTIMIZERS[recipe.optimizer](rate, recipe.decay or None),
        LOSSES[recipe.loss],
        recipe.batch,
        job.seed,
        job.validation,
        checkpoints=folder,
    )
    resume = any(folder.glob("epoch-*.npz"))
    with context.progress(f"{job.key}: {recipe}", recipe.epochs) as progress:
        history = trainer.fit(data.x_train, data.y_train, recipe.epochs, resume=resume, progress=progress.at)
    return json.loads(history.to_json())


def dense_weights(model: keras.Model) -> dict[str, list[np.ndarray]]:
    """Return weights and biases of the dense layers, by the layer's name."""
    return {one.name: one.get_weights() for one in model.layers if isinstance(one, keras.layers.Dense)}


def set_dense_weights(model: keras.Model, weights: Mapping[str, list]) -> None:
    """Set weights and biases that `dense_weights` returned."""
    for name, values in weights.items():
        model.get_layer(name).set_weights([np.asarray(one) for one in values])
