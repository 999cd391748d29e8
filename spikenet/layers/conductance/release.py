"""From membrane potentials to release probabilities, and from images to inputs of either valence."""

import keras
from keras import ops

from spikenet.layers.fixed_settings import FixedSettings
from spikenet.layers.shape import check_shape
from spikenet.validate import check_seed, check_share


@keras.saving.register_keras_serializable("spikenet")
class Release(FixedSettings, keras.layers.Layer):
    """Release probabilities of neurons at given potentials.

    p = min(max(z, 0), 1), eq. 4 of the paper, for z and p of any shape (sample, ...). Only batch normalisation can give
    z above 1.

    Parameters
    ----------
    leak : float
        Slope of the gradient where z is negative, from 0 to 1. Above 0, a silent neuron can recover. The output does
        not depend on it.
    failure : float
        Fraction of the neurons that release nothing in training (dropout), from 0 to less than 1. The others release
        more, so that the mean stays.
    seed : int
        Of the failures.

    Raises
    ------
    InvalidValueError
        If a setting is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from spikenet.layers import Release
    >>> np.asarray(Release()(np.array([[-0.5, 0.25, 2.0]], "float32"))).tolist()
    [[0.0, 0.25, 1.0]]
    """

    def __init__(self, leak: float = 0.0, failure: float = 0.0, seed: int = 0, **settings):
        super().__init__(**settings)
        check_share(leak, f"{self.name}: leak")
        check_share(failure, f"{self.name}: failure", one=False)
        self.leak, self.failure, self.seed = leak, failure, check_seed(seed)
        self._draws = keras.random.SeedGenerator(seed) if failure else None

    def build(self, input_shape) -> None:
        check_shape(self, input_shape, "sample", more=True, known=0)
        super().build(input_shape)

    def call(self, z, training: bool = False):
        p = self._released(z)
        return keras.random.dropout(p, self.failure, seed=self._draws) if training and self.failure else p

    def _released(self, z):
        if not self.leak:
            return ops.clip(z, 0.0, 1.0)

        @ops.custom_gradient
        def release(z):
            p = ops.clip(z, 0.0, 1.0)

            def backward(upstream):
                return upstream * ops.where(z < 0, self.leak, ops.cast(z <= 1, z.dtype))

            return p, backward

        return release(z)

    def get_config(self) -> dict:
        return super().get_config() | {"leak": self.leak, "failure": self.failure, "seed": self.seed}


@keras.saving.register_keras_serializable("spikenet")
class Doubled(keras.layers.Layer):
    """Two copies of each input, one excitatory and one inhibitory.

    (sample, ..., input) becomes (sample, ..., 2 input), so that a `CWADense` or `CWAConv2D` can follow. Section 4.2 of
    "Learning difficult perceptual tasks with Hodgkin-Huxley networks".

    Raises
    ------
    InvalidValueError
        When the layer is built, if its input is not one tensor with a known last axis.

    Examples
    --------
    >>> import numpy as np
    >>> from spikenet.layers import Doubled
    >>> np.asarray(Doubled()(np.array([[0.25, 0.5]], "float32"))).tolist()
    [[0.25, 0.5, 0.25, 0.5]]
    """

    def build(self, input_shape) -> None:
        check_shape(self, input_shape, "sample, input", more=True)
        super().build(input_shape)

    def call(self, p):
        return ops.concatenate([p, p], axis=-1)
