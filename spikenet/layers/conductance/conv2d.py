"""Conductance neurons that share their conductances over an image."""

from functools import partial

import keras

from spikenet.layers.conductance.layer import ValenceLayer
from spikenet.layers.conductance.operation import Convolution


@keras.saving.register_keras_serializable("spikenet")
class CWAConv2D(ValenceLayer):
    """Convolutional neurons with conductance-weighted averaging (CWA).

    Computes the average of `CWADense` for each patch of an image, with the same conductances everywhere. Inputs
    p (image, y, x, channel) are release probabilities from 0 to 1; the first half of the channels is excitatory, the
    second inhibitory. Outputs z (image, y, x, filter) are potentials in [-1, 1]. Nothing is released beyond the border.
    XLA, TensorFlow's compiler, makes convolutions several times slower on a CPU, so Keras does not use it for models
    with this layer.

    Parameters
    ----------
    filters : int
        Number of neurons at each position, at least 1.
    kernel_size : int or tuple of int
        Height and width of a patch in pixels.
    strides : int or tuple of int
        Distance between patches in pixels, down and to the right.
    padding : str
        "same" for patches that may reach over the border, or "valid".
    **settings
        ``g_rest``, ``e_rest``, ``rule`` and ``initializer`` as in `CWADense`, and those of any Keras layer.

    Raises
    ------
    InvalidValueError
        If a setting is out of range, or, when the layer is built, if the number of channels is odd.

    References
    ----------
    "Learning difficult perceptual tasks with Hodgkin-Huxley networks", section 2.3, eq. 6.
    """

    def __init__(self, filters: int, kernel_size, strides=1, padding: str = "same", **settings):
        super().__init__(partial(Convolution, filters, kernel_size, strides, padding), **settings)
        self.supports_jit = False

    def get_config(self) -> dict:
        return super().get_config() | self.operation.config()
