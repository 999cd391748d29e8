"""The dwell decoder as a layer that learns: which class wins for the longest time."""

import keras
from keras import ops

from spikenet.errors import InvalidValueError
from spikenet.layers.fixed_settings import FixedSettings
from spikenet.validate import check_positive


@keras.saving.register_keras_serializable("spikenet")
class Vote(FixedSettings, keras.layers.Layer):
    """Class probabilities from the fraction of time for which each class wins.

    Logits l (sample, time, class) become probabilities p (sample, class)::

        s_c = mean over time of softmax(steepness l)_c     in training
        s_c = fraction of time for which l_c is largest    otherwise, as in `decode_dwell`
        p_c = s_c^sharpness / sum over classes of s^sharpness

    Parameters
    ----------
    steepness : float
        Above 0. Large values make the votes in training more like those outside.
    sharpness : float
        Above 0. Large values make small leads count more.

    Raises
    ------
    InvalidValueError
        If a setting is not above 0, or, when the layer is built, if the input has other axes.
    """

    def __init__(self, steepness: float = 1.0, sharpness: float = 4.0, **settings):
        super().__init__(**settings)
        for name, value in (("steepness", steepness), ("sharpness", sharpness)):
            check_positive(value, name)
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
