"""The network that the neurons are put into: 784 pixels, 100 sigmoid units, 10 classes. Bogatenko et al., section 1."""

from dataclasses import dataclass

import keras
import numpy as np

from spikenet.data import Dataset

HIDDEN, READOUT = "hidden", "readout"


@dataclass(frozen=True)
class Training:
    """How a network is trained; what the paper leaves open."""

    optimizer: str = "adam"
    rate: float = 2e-3
    epochs: int = 25
    batch: int = 128
    biases: bool = True
    decay: float = 0.0  # decoupled weight decay


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


def train_ann(data: Dataset, training: Training, seed: int, callbacks=()) -> keras.Model:
    """A network trained on all training images of ``data``; the test images are not looked at."""
    keras.utils.set_random_seed(seed)
    model = build_ann(training, seed)
    steps = -(-len(data.x_train) // training.batch) * training.epochs
    rate = keras.optimizers.schedules.CosineDecay(training.rate, steps, alpha=0.01)
    optimizer = {
        "adam": keras.optimizers.Adam(rate),
        "sgd": keras.optimizers.SGD(rate, momentum=0.9),
    }[training.optimizer]
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        data.x_train,
        data.y_train,
        batch_size=training.batch,
        epochs=training.epochs,
        verbose=0,
        callbacks=list(callbacks),
    )
    return model


def accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of the images that get their label."""
    return float(np.mean(model.predict(images, batch_size=1000, verbose=0).argmax(axis=1) == labels))
