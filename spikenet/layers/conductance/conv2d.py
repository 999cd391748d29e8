"""Conductance neurons that share their conductances over an image."""

from functools import partial

import keras

from spikenet.layers.conductance.layer import ValenceLayer
from spikenet.layers.conductance.operation import Convolution


@keras.saving.register_keras_serializable("spikenet")
class CWAConv2D(ValenceLayer):
    """Conductance-weighted averages of patches, eq. 6: p (image, y, x, channel) to z (image, y, x, filter) in [-1, 1].

    The first half of the channels is excitatory, the second inhibitory. Settings are those of `ValenceLayer`. XLA
    makes convolutions several times slower on a CPU, so that models with this layer are not compiled by it.

    Errors: InvalidValueError for odd channels and settings out of range.
    """

    def __init__(self, filters: int, kernel_size, strides=1, padding: str = "same", **settings):
        super().__init__(partial(Convolution, filters, kernel_size, strides, padding), **settings)
        self.supports_jit = False

    def get_config(self) -> dict:
        return super().get_config() | self.operation.config()
