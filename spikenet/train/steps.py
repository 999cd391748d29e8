"""One training step and one prediction, as TensorFlow graphs.

One graph serves batches of any size. With a graph for each size, a resumed training might sum the same numbers in
another order than an uninterrupted one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from spikenet.errors import InvalidTypeError
from spikenet.train.checkpoints.variables import read_values, write_values
from spikenet.train.objective import objective

_MANY_WEIGHTS = 1_000_000


@dataclass(frozen=True, eq=False)
class StepFunctions:
    """``train(images, labels)`` updates the weights and returns (loss, outputs); ``predict(images)`` returns outputs.

    Outputs are float32, (sample, class) or (sample, instant, class).
    """

    train: Callable
    predict: Callable


def make_predict(model: keras.Model, images: np.ndarray) -> Callable:
    """Return a function that maps batches like ``images`` (image, ...) to the outputs of the model."""

    def predict(images):
        return _one_tensor(model(images, training=False))

    return _graph(predict, _image(images))


def make_train_step(model: keras.Model, optimizer, loss: Callable, images: np.ndarray) -> Callable:
    """Return a function of (images, labels) that takes a step of the optimizer and returns loss and outputs."""
    update = _update(model, optimizer)

    def train(images, labels):
        with tf.GradientTape() as tape:
            outputs = _one_tensor(model(images, training=True))
            value = objective(loss, labels, outputs)
            if model.losses:  # regularisers
                value += tf.cast(tf.add_n(model.losses), tf.float32)
            scaled = optimizer.scale_loss(value)
        gradients = tape.gradient(scaled, model.trainable_variables)
        update(*gradients)
        return value, outputs

    return _graph(train, _image(images), tf.TensorSpec((None,), tf.int64))


def _update(model: keras.Model, optimizer) -> Callable:
    """Return a function that takes a step of the optimizer with given gradients.

    An optimizer reads all weights about a dozen times; XLA merges this into one pass where there are many weights.
    """

    def update(*gradients):
        optimizer.apply(list(gradients), model.trainable_variables)

    if model.count_params() < _MANY_WEIGHTS:
        return update
    return tf.function(update, autograph=False, jit_compile=True)


def probe(model: keras.Model, predict: Callable, images: np.ndarray) -> np.ndarray:
    """Return the outputs for some images; restore counters and random states of the layers afterwards."""
    before = read_values(model.non_trainable_variables)
    try:
        return predict(images).numpy()
    finally:
        write_values(model.non_trainable_variables, before)


def _image(images: np.ndarray) -> tf.TensorSpec:
    return tf.TensorSpec((None, *images.shape[1:]), images.dtype)


def _graph(function: Callable, *signature: tf.TensorSpec) -> Callable:
    """Trace the function once, so that errors of shape show before the training."""
    traced = tf.function(function, autograph=False).get_concrete_function(*signature)
    return lambda *arrays: traced(*map(tf.constant, arrays))


def _one_tensor(outputs) -> tf.Tensor:
    if not tf.is_tensor(outputs):
        raise InvalidTypeError(
            f"the model gives a {type(outputs).__name__}, wanted one tensor; train a model with one output"
        )
    return tf.cast(outputs, tf.float32)
