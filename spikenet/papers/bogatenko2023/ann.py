"""The network that the neurons are put into: 784 pixels, 100 sigmoid units, 10 classes. Bogatenko et al., section 1."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import keras
import numpy as np

from spikenet.data import Dataset
from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Desk
from spikenet.progress import silent

HIDDEN, READOUT = "hidden", "readout"
OPTIMIZERS: Mapping[str, Callable] = MappingProxyType(
    {
        "adam": lambda rate, decay: keras.optimizers.Adam(rate, weight_decay=decay),
        "sgd": lambda rate, decay: keras.optimizers.SGD(rate, momentum=0.9, weight_decay=decay),
    }
)
_STEPS = 64  # of training between two returns to Python, which take longer than the steps themselves
_BATCH = 1000  # images that are classified at a time


@dataclass(frozen=True)
class Training:
    """How a network is trained; what the paper leaves open.

    The defaults were the best of 14 recipes, two seeds each, on 10,000 training images held out (97.4 %; Adam at 0.002
    without decay: 97.0 %). No test image was looked at.
    """

    optimizer: str = "adam"
    rate: float = 1e-2  # falls to a hundredth along half a cosine
    epochs: int = 25
    batch: int = 256
    biases: bool = True
    decay: float = 0.06  # of the weights, for each step times the rate (decoupled)

    def __str__(self) -> str:
        biases = "biases" if self.biases else "no biases"
        decay = f", decay {self.decay:g}" if self.decay else ""
        return f"{self.optimizer} {self.rate:g}{decay}, {biases}, {self.epochs} epochs of {self.batch}"

    def __post_init__(self):
        if self.optimizer not in OPTIMIZERS:
            raise InvalidValueError(f"unknown optimizer {self.optimizer!r}; there are {', '.join(OPTIMIZERS)}")
        for name in ("epochs", "batch"):
            if getattr(self, name) < 1:
                raise InvalidValueError(f"{name} is {getattr(self, name)}, wanted at least 1")


def build_ann(training: Training, seed: int, n_units: int = 100) -> keras.Model:
    """An untrained network on raw images (image, 28, 28) uint8; the first weights depend on the seed alone."""
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


def train_ann(data: Dataset, training: Training, seed: int, progress: Callable[[float], None] | None = None):
    """A network trained on all training images of ``data``, a `keras.Model`; the test images are not looked at.

    ``progress`` is told the part that is done after each epoch.
    """
    keras.utils.set_random_seed(seed)
    model = build_ann(training, seed)
    steps = -(-len(data.x_train) // training.batch)
    rate = keras.optimizers.schedules.CosineDecay(training.rate, steps * training.epochs, alpha=0.01)
    optimizer = OPTIMIZERS[training.optimizer](rate, training.decay or None)
    model.compile(optimizer, "sparse_categorical_crossentropy", steps_per_execution=min(steps, _STEPS))
    tell = progress or (silent)
    told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: tell((epoch + 1) / training.epochs))
    images, labels = data.x_train, data.y_train
    model.fit(images, labels, batch_size=training.batch, epochs=training.epochs, verbose=0, callbacks=[told])
    return model


def classify(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """The class of each image, (sample,) int."""
    # Called directly: predict() would compile anew for every network.
    batches = (model(images[start : start + _BATCH], training=False) for start in range(0, len(images), _BATCH))
    return np.concatenate([keras.ops.convert_to_numpy(batch).argmax(axis=1) for batch in batches])


def accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of the images that get their label."""
    return float(np.mean(classify(model, images) == labels))


def keep_ann(desk: Desk, data: Dataset, training: Training, seed: int) -> keras.Model:
    """The network of a seed, trained once a run: a resumed run finds its weights."""

    def train() -> list[np.ndarray]:
        with desk.progress(f"seed {seed}: training {training}", training.epochs) as progress:
            return train_ann(data, training, seed, progress.at).get_weights()

    model = build_ann(training, seed)
    model.set_weights(desk.keep(f"{training}, seed {seed}", train))
    return model
