"""What is made small: the loss of outputs and labels, with the labels as the loss wants them."""

from collections.abc import Callable
from types import FunctionType

import keras
import tensorflow as tf

from spikenet.errors import InvalidTypeError, InvalidValueError


def find_loss(loss) -> Callable:
    """A Keras loss from itself, its name, or a function of (labels, outputs). Errors: InvalidValueError."""
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
    """Keras' own losses take one-hot labels but for the sparse ones; everybody else's are given whole numbers."""
    kind = _kind(loss)
    return kind.__module__.startswith("keras.") and "sparse" not in kind.__name__.lower()


def wants_probabilities(loss: Callable) -> bool:
    """Whether this is one of Keras' cross-entropies of probabilities, which logits would only seem to train."""
    if not _kind(loss).__module__.startswith("keras.") or "crossentropy" not in _kind(loss).__name__.lower():
        return False
    return isinstance(loss, FunctionType) or not loss.get_config().get("from_logits", False)


def objective(loss: Callable, labels: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
    """The mean loss, (): of ``outputs`` (sample, class) or (sample, instant, class) and ``labels`` (sample,).

    Each instant has its sample's label.
    """
    if outputs.shape.rank == 3:  # (sample,) -> (sample, instant)
        labels = tf.broadcast_to(labels[:, tf.newaxis], tf.shape(outputs)[:2])
    if wants_one_hot(loss):
        labels = tf.one_hot(labels, outputs.shape[-1], dtype=outputs.dtype)
    return tf.reduce_mean(tf.cast(loss(labels, outputs), tf.float32))


def _kind(loss: Callable) -> Callable:
    return loss if isinstance(loss, FunctionType) else type(loss)
