"""Guard against silent layers: without active neurons a layer stops learning, and the loss does not show it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.keras_internals import learning_rate_of
from spikenet.validate import check_share, check_whole


@dataclass(frozen=True)
class Guard:
    """Undo epochs of a training after which a layer is silent.

    After each epoch, the guard measures the share of outputs above zero of some layers for some training images. If
    the share of the last of these layers is below ``least``, the weights and the optimizer return to their state
    before the epoch, and the epoch is repeated with a lower learning rate, which stays lower.

    Parameters
    ----------
    layers : str or tuple of str
        Names of the layers to measure. The last one decides; the history has the shares of all.
    least : float
        Smallest share of active outputs, from 0 to below 1. With 0, the guard only measures.
    factor : float
        Factor on the learning rate for each collapse, between 0 and 1.
    tries : int
        Number of times an epoch may be repeated before the training ends with an error.
    images : int
        Number of training images to measure with.

    Raises
    ------
    InvalidValueError
        If a setting is out of its range.

    Examples
    --------
    >>> import spikenet as sn
    >>> guard = sn.train.Guard("hidden", least=0.01)
    >>> guard.layers, guard.silent((0.005,))
    (('hidden',), True)
    """

    layers: tuple[str, ...]
    least: float = 1e-3
    factor: float = 0.5
    tries: int = 5
    images: int = 1000

    def __post_init__(self):
        names = (self.layers,) if isinstance(self.layers, str) else self.layers
        if not isinstance(names, Iterable) or not (names := tuple(names)):
            raise InvalidValueError(f"the guard's layers are {self.layers!r}; name at least one to look at")
        object.__setattr__(self, "layers", names)
        check_share(self.least, "the guard's least", one=False)
        check_share(self.factor, "the guard's factor", zero=False, one=False)
        for name in ("tries", "images"):
            check_whole(getattr(self, name), f"the guard's {name}")

    def silent(self, activity: tuple[float, ...]) -> bool:
        """Return True if the last layer is silent.

        Parameters
        ----------
        activity : tuple of float, (layer,)
            Share of outputs above zero in each layer.

        Returns
        -------
        bool
            True if the last share is below ``least``.
        """
        return activity[-1] < self.least


@keras.saving.register_keras_serializable("spikenet", "Throttled")  # the name in saved files
class ScaledSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """Learning rate schedule times a variable factor."""

    def __init__(self, schedule, factor: float = 1.0):
        self.schedule = schedule
        self.factor = keras.Variable(factor, trainable=False, name="factor")

    def __call__(self, step):
        return self.schedule(step) * self.factor

    def get_config(self) -> dict:
        schedule = keras.optimizers.schedules.serialize(self.schedule)
        return {"schedule": schedule, "factor": float(ops.convert_to_numpy(self.factor))}

    @classmethod
    def from_config(cls, config: dict) -> "ScaledSchedule":
        return cls(keras.optimizers.schedules.deserialize(config["schedule"]), config["factor"])


@contextmanager
def scaled_learning_rate(optimizer: keras.optimizers.Optimizer) -> Iterator[Callable[[float], None]]:
    """Yield a function that scales the optimizer's learning rate, a number or a schedule, and restore it at the end.

    The function takes a factor on the rate at the start. Raises InvalidTypeError for other kinds of learning rates.
    """
    holder, rate = learning_rate_of(optimizer)
    if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        holder.learning_rate = slowed = ScaledSchedule(rate)
        try:
            yield slowed.factor.assign
        finally:
            holder.learning_rate = rate
    elif isinstance(rate, keras.Variable):
        first = float(rate)
        try:
            yield lambda factor: rate.assign(first * factor)
        finally:
            rate.assign(first)
    else:
        raise InvalidTypeError(f"the learning rate is {rate!r}; a guard wants a number or a schedule of Keras")


def make_activity_monitor(
    model: keras.Model, guard: Guard, images: np.ndarray, batch: int
) -> Callable[[], tuple[float, ...]]:
    """Return a function that measures the share of outputs above zero in each of the guard's layers.

    Raises InvalidValueError for an unknown layer, or a model that is neither Sequential nor functional.
    """
    names = [layer.name for layer in model.layers]
    if unknown := [name for name in guard.layers if name not in names]:
        raise InvalidValueError(f"the guard names {', '.join(unknown)}; the model has {', '.join(names)}")
    try:
        inputs = model.inputs[0] if len(model.inputs) == 1 else model.inputs
        inner = keras.Model(inputs, [model.get_layer(name).output for name in guard.layers])
    except (AttributeError, ValueError) as error:
        raise InvalidValueError(
            f"the guard cannot look into {model.name} ({error}); wanted a Sequential or functional model"
        ) from error
    chosen = images[np.linspace(0, len(images) - 1, min(guard.images, len(images))).astype(int)]

    @tf.function(autograph=False, reduce_retracing=True)
    def shares(images):
        return [tf.reduce_mean(tf.cast(one > 0, tf.float32)) for one in tf.nest.flatten(inner(images, training=False))]

    def measure() -> tuple[float, ...]:
        starts = range(0, len(chosen), batch)
        found = [np.array([float(one) for one in shares(tf.constant(chosen[s : s + batch]))]) for s in starts]
        return tuple(map(float, np.average(found, axis=0, weights=[min(batch, len(chosen) - s) for s in starts])))

    return measure
