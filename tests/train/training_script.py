"""A small training with all that is hard to resume; as a script it can be killed: FOLDER EPOCHS PAUSE."""

import sys
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from spikenet.data import load_dataset
from spikenet.train import Trainer


class Simulated(keras.layers.Layer):
    """tanh with noise, computed outside TensorFlow; backwards as if it were the identity times ``slope``."""

    def __init__(self, pause=0.0, slope=0.5):
        super().__init__()
        self.pause, self.slope = pause, slope
        self.seeds = keras.random.SeedGenerator(3)

    def call(self, inputs):
        noise = keras.random.normal(keras.ops.shape(inputs), seed=self.seeds)

        @tf.custom_gradient
        def response_curve(x):
            y = tf.numpy_function(self.simulate, [x, noise], tf.float32)
            y.set_shape(x.shape)
            return y, lambda upstream: self.slope * upstream

        return response_curve(inputs)

    def simulate(self, x, noise):
        time.sleep(self.pause)
        return np.float32(np.tanh(x) + 0.05 * noise)


def build(pause=0.0, seed=1):
    layers = keras.layers
    first, second = (keras.initializers.GlorotUniform(seed=2 * seed + k) for k in range(2))
    return keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8"),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(16, kernel_initializer=first),
            layers.BatchNormalization(),
            Simulated(pause),
            layers.Dropout(0.1, seed=5),
            layers.Dense(10, "softmax", kernel_initializer=second),
        ]
    )


def some_images(n=300):
    data = load_dataset("mnist", "mini")
    return data.x_train[:n], data.y_train[:n]


def trainer(folder, model, **settings):
    rate = keras.optimizers.schedules.CosineDecay(0.02, 100)
    settings = {"optimizer": keras.optimizers.Adam(rate), "batch": 32, "seed": 4, "patience": 100, **settings}
    return Trainer(model, checkpoints=folder, **settings)


def main(folder, epochs, pause):
    resume = any(folder.glob("epoch-*.npz"))
    model = build(pause)
    trainer(folder, model).fit(*some_images(), epochs, resume, lambda part: print(part, flush=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
