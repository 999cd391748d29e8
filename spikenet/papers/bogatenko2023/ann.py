"""The network without neurons of Bogatenko et al. (2023), section 1: 784 pixels, 100 sigmoid units, 10 classes.

It is an artificial neural network (ANN) in Keras; `embed` replaces its hidden units by neurons.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.experiments.experiment import RunContext
from spikenet.progress import silent
from spikenet.validate import check_choice, check_whole

HIDDEN, READOUT = "hidden", "readout"
OPTIMIZERS: Mapping[str, Callable] = MappingProxyType(
    {
        "adam": lambda rate, decay: keras.optimizers.Adam(rate, weight_decay=decay),
        "sgd": lambda rate, decay: keras.optimizers.SGD(rate, momentum=0.9, weight_decay=decay),
    }
)
_STEPS_PER_CALL = 64  # of training; returning to Python takes longer than a step


@dataclass(frozen=True)
class Training:
    """Settings of a training; the paper leaves them open.

    The defaults were the best of 14 recipes, two seeds each, on 10,000 training images held out (97.4 %; Adam at 0.002
    without decay: 97.0 %). The test images were not used.

    Parameters
    ----------
    optimizer : {"adam", "sgd"}
        Adam, or stochastic gradient descent with a momentum of 0.9.
    rate : float
        Learning rate; it falls to a hundredth along half a cosine.
    epochs, batch : int
        Passes over the images, and images a step.
    biases : bool
        Give both layers biases.
    decay : float
        Share by which each step shrinks the weights, as a multiple of the rate.

    Raises
    ------
    InvalidValueError
        For an unknown optimizer, and without epochs or images.

    Examples
    --------
    >>> from spikenet.papers.bogatenko2023.ann import Training
    >>> str(Training(epochs=8))
    'adam 0.01, decay 0.06, biases, 8 epochs of 256'
    """

    optimizer: str = "adam"
    rate: float = 1e-2
    epochs: int = 25
    batch: int = 256
    biases: bool = True
    decay: float = 0.06

    def __post_init__(self):
        check_choice(self.optimizer, "optimizer", OPTIMIZERS)
        check_whole(self.epochs, "epochs")
        check_whole(self.batch, "batch")

    def __str__(self) -> str:
        biases = "biases" if self.biases else "no biases"
        decay = f", decay {self.decay:g}" if self.decay else ""
        return f"{self.optimizer} {self.rate:g}{decay}, {biases}, {self.epochs} epochs of {self.batch}"


def build_ann(training: Training, seed: int, n_units: int = 100) -> keras.Model:
    """Return an untrained network on raw images (image, 28, 28) uint8; its weights depend on the seed alone."""
    first, second = (keras.initializers.GlorotUniform(seed=2 * seed + k) for k in range(2))
    return keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8"),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(n_units, "sigmoid", use_bias=training.biases, kernel_initializer=first, name=HIDDEN),
            keras.layers.Dense(10, "softmax", use_bias=training.biases, kernel_initializer=second, name=READOUT),
        ],
        name="ann",
    )


def train_ann(
    data: Dataset, training: Training, seed: int, progress: Callable[[float], None] | None = None
) -> keras.Model:
    """Train a network on all training images.

    Parameters
    ----------
    data : Dataset
        Images (image, 28, 28) uint8 of ten classes; the test images are not used.
    training : Training
        Optimizer, rate, epochs and the like.
    seed : int
        Decides the first weights and the order of the images.
    progress : callable, optional
        Takes the part that is done, from 0 to 1, after each epoch.

    Returns
    -------
    keras.Model
        The trained network, with layers ``hidden`` and ``readout``.

    Examples
    --------
    >>> import spikenet as sn
    >>> from spikenet.papers.bogatenko2023.ann import Training, train_ann
    >>> ann = train_ann(sn.load_dataset("mnist", "mini"), Training(epochs=1), seed=1)
    >>> ann.output_shape
    (None, 10)
    """
    keras.utils.set_random_seed(seed)
    model = build_ann(training, seed)
    steps = -(-len(data.x_train) // training.batch)
    rate = keras.optimizers.schedules.CosineDecay(training.rate, steps * training.epochs, alpha=0.01)
    optimizer = OPTIMIZERS[training.optimizer](rate, training.decay or None)
    model.compile(optimizer, "sparse_categorical_crossentropy", steps_per_execution=min(steps, _STEPS_PER_CALL))
    tell = progress or silent
    told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: tell((epoch + 1) / training.epochs))
    images, labels = data.x_train, data.y_train
    model.fit(images, labels, batch_size=training.batch, epochs=training.epochs, verbose=0, callbacks=[told])
    return model


def train_or_load_ann(context: RunContext, data: Dataset, training: Training, seed: int) -> keras.Model:
    """Train the network of a seed, or load its weights if a resumed run has them."""

    def train() -> list[np.ndarray]:
        with context.progress(f"seed {seed}: training {training}", training.epochs) as progress:
            return train_ann(data, training, seed, progress.at).get_weights()

    model = build_ann(training, seed)
    model.set_weights(context.cached(f"{training}, seed {seed}", train))
    return model
