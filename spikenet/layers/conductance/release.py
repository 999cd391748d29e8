"""From membrane potentials to release probabilities, and from images to inputs of either valence."""

from numbers import Real

import keras
from keras import ops

from spikenet.errors import InvalidValueError
from spikenet.layers.shape import check_shape


@keras.saving.register_keras_serializable("spikenet")
class Release(keras.layers.Layer):
    """Release probabilities p = z where z is positive, and 0 elsewhere: eq. 4. Above 1 (BatchNorm) p is 1.

    ``leak`` changes the gradient only: where z is negative it is the leak and not 0, so that a silent neuron can come
    back. ``failure`` changes training only: this share of neurons, drawn for each image by ``seed``, releases nothing,
    and the others so much more that the mean stays (dropout). Errors: InvalidValueError.
    """

    def __init__(self, leak: float = 0.0, failure: float = 0.0, seed: int = 0, **settings):
        super().__init__(**settings)
        if not (isinstance(leak, Real) and 0 <= leak <= 1):
            raise InvalidValueError(f"{self.name}: leak is {leak!r}, wanted 0 to 1, the slope below zero in going back")
        if not (isinstance(failure, Real) and 0 <= failure < 1):
            raise InvalidValueError(f"{self.name}: failure is {failure!r}, wanted a share from 0 to less than 1")
        self.leak, self.failure, self.seed = leak, failure, seed
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
    """Each input twice, one excitatory copy and one inhibitory: (sample, ..., input) to (sample, ..., 2 input).

    Section 4.2. Errors: InvalidValueError.
    """

    def build(self, input_shape) -> None:
        check_shape(self, input_shape, "sample, input", more=True)
        super().build(input_shape)

    def call(self, p):
        return ops.concatenate([p, p], axis=-1)
