"""The dwell decoder as a layer that learns: which class wins for the longest time."""

import keras
from keras import ops

from spikenet.errors import InvalidValueError


@keras.saving.register_keras_serializable("spikenet")
class Vote(keras.layers.Layer):
    """Logits over time (sample, time, class) become probabilities (sample, class): the share of the time of each.

    Outside training a class wins an instant or does not, so the largest probability is that of `decode_dwell`. In
    training each instant votes by a softmax of ``steepness`` times its logits. Shares go to the power of ``sharpness``
    and are normalised: a tenth more than the next one may be all the lead there is.
    """

    def __init__(self, steepness: float = 1.0, sharpness: float = 4.0, **settings):
        super().__init__(**settings)
        for name, value in (("steepness", steepness), ("sharpness", sharpness)):
            if not value > 0:
                raise InvalidValueError(f"{name} is {value!r}, wanted more than 0")
        self.steepness, self.sharpness = steepness, sharpness

    def build(self, input_shape) -> None:
        if len(input_shape) != 3:
            raise InvalidValueError(
                f"{self.name} was given the shape {tuple(input_shape)}; wanted logits (sample, time, class)"
            )
        super().build(input_shape)

    def call(self, logits, training: bool = False):
        if training:
            votes = ops.softmax(self.steepness * logits, axis=-1)
        else:
            votes = ops.one_hot(ops.argmax(logits, axis=-1), logits.shape[-1], dtype=logits.dtype)
        shares = ops.mean(votes, axis=1)
        return ops.softmax(self.sharpness * ops.log(shares + keras.config.epsilon()), axis=-1)

    def compute_output_shape(self, input_shape) -> tuple:
        return input_shape[0], input_shape[2]

    def get_config(self) -> dict:
        return super().get_config() | {"steepness": self.steepness, "sharpness": self.sharpness}
