"""A guard against silence: a layer of which no neuron is active learns nothing any more, and no loss tells."""

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
    """Looks after each epoch at the share of outputs above zero of ``layers`` (names), over some training images.

    If that of the last layer is below ``least``, the epoch is undone and done again with the learning rate times
    ``factor``, which stays so; it is done again ``tries`` times at most, then the training ends with an error. All
    shares are in the history; with ``least=0`` nothing else happens. Errors: InvalidValueError.
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
        """Whether the last layer has fallen silent."""
        return activity[-1] < self.least


@keras.saving.register_keras_serializable("spikenet", "Throttled")  # the name in saved files
class ScaledSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule times a factor that can change."""

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
    """Gives a function that sets a factor on the optimizer's learning rate, whether number or schedule, till the end.

    Where the rate is a number, the factor is that on the rate at the beginning. Errors: InvalidTypeError.
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
    """A function that gives the share of outputs above zero of each of the guard's layers, as the model is then.

    Errors: InvalidValueError for a layer that the model does not have, or a model without layers by name.
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

    def look() -> tuple[float, ...]:
        starts = range(0, len(chosen), batch)
        found = [np.array([float(one) for one in shares(tf.constant(chosen[s : s + batch]))]) for s in starts]
        return tuple(map(float, np.average(found, axis=0, weights=[min(batch, len(chosen) - s) for s in starts])))

    return look
