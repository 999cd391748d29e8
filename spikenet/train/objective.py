"""The training objective: mean loss of outputs and labels, with labels in the form that the loss needs."""

from collections.abc import Callable
from types import FunctionType

import keras
import tensorflow as tf

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.keras_internals import keras_loss_name


def find_loss(loss) -> Callable:
    """Return a loss, given as itself or by name. Raises InvalidValueError, InvalidTypeError."""
    if not isinstance(loss, str):
        if callable(loss) and not isinstance(loss, type):
            return loss
        raise InvalidTypeError(f"loss is {loss!r}; give a Keras loss, its name, or a function of (labels, outputs)")
    try:
        return keras.losses.get(loss)
    except ValueError as error:
        raise InvalidValueError(
            f"unknown loss {loss!r}; give a Keras loss or its name, such as 'sparse_categorical_crossentropy'"
        ) from error


def wants_one_hot(loss: Callable) -> bool:
    """Return True if the loss takes one-hot labels: those of Keras, except the sparse ones. Others take numbers."""
    name = keras_loss_name(loss)
    return name is not None and "sparse" not in name


def wants_probabilities(loss: Callable) -> bool:
    """Return True for Keras' cross-entropies of probabilities; logits would train wrongly, without an error."""
    if "crossentropy" not in (keras_loss_name(loss) or ""):
        return False
    return isinstance(loss, FunctionType) or not loss.get_config().get("from_logits", False)


def objective(loss: Callable, labels: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
    """Return the mean loss of ``outputs`` (sample, class) or (sample, instant, class) and ``labels`` (sample,).

    Each instant has the label of its sample.
    """
    if outputs.shape.rank == 3:  # (sample,) -> (sample, instant)
        labels = tf.broadcast_to(labels[:, tf.newaxis], tf.shape(outputs)[:2])
    if wants_one_hot(loss):
        labels = tf.one_hot(labels, outputs.shape[-1], dtype=outputs.dtype)
    return tf.reduce_mean(tf.cast(loss(labels, outputs), tf.float32))
