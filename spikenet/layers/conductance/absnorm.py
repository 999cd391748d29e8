"""Averages with signed weights: the control of the paper's section 4.4, where synapses and not neurons have a sign."""

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
from keras import ops

from spikenet.layers.conductance.layer import ConductanceLayer
from spikenet.layers.conductance.operation import Convolution, Matmul


class AbsNormLayer(ConductanceLayer):
    """Sums with weights of either sign, divided by the sums with their absolute values.

    As conductances: those with positive weights are excitatory. ``g_rest`` and ``e_rest`` as in CWA; the paper's
    formula has none.
    """

    def __init__(
        self,
        operation: Callable[[], Matmul | Convolution],
        g_rest: float = 1.0,
        e_rest: float = 0.0,
        initializer="glorot_uniform",
        **settings,
    ):
        super().__init__(g_rest, e_rest, **settings)
        self.operation = self._made(operation)
        self.initializer = keras.initializers.get(initializer)

    def build(self, input_shape) -> None:
        self.check_inputs(input_shape)
        shape = self.operation.kernel_shape(input_shape[-1])
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer=self.initializer, autocast=False)
        super().build(input_shape)

    def drives(self, p):
        p, kernel = ops.cast(p, self._exact), ops.convert_to_tensor(self.kernel)
        difference = self._sum(self.operation, p, kernel)
        total = self._sum(self.operation, p, ops.abs(kernel))
        return (total + difference) / 2, (total - difference) / 2

    def conductances(self) -> np.ndarray:
        """Return the absolute values of the weights, in the shape of the kernel."""
        return np.abs(ops.convert_to_numpy(self.kernel))

    def get_config(self) -> dict:
        return super().get_config() | {"initializer": keras.initializers.serialize(self.initializer)}


@keras.saving.register_keras_serializable("spikenet")
class AbsNormDense(AbsNormLayer):
    """Fully connected weighted averages, in which each weight has a sign of its own.

    ::

        z = (g_rest e_rest + p W) / (g_rest + p |W|)

    Inputs p (sample, ..., input) are release probabilities from 0 to 1; outputs z (sample, ..., unit) are potentials in
    [-1, 1]. W (input, unit) are the trained weights.

    Parameters
    ----------
    units : int
        Number of neurons, at least 1.
    **settings
        ``g_rest`` and ``e_rest`` as in `CWADense` (the paper's formula has neither), ``initializer`` of W, and those of
        any Keras layer.

    Raises
    ------
    InvalidValueError
        If a setting is out of range.

    References
    ----------
    "Learning difficult perceptual tasks with Hodgkin-Huxley networks", section 4.4.
    """

    def __init__(self, units: int, **settings):
        super().__init__(partial(Matmul, units), **settings)

    def get_config(self) -> dict:
        return super().get_config() | {"units": self.operation.units}


@keras.saving.register_keras_serializable("spikenet")
class AbsNormConv2D(AbsNormLayer):
    """Convolutional weighted averages, in which each weight has a sign of its own.

    Computes the average of `AbsNormDense` for each patch: p (image, y, x, channel) to z (image, y, x, filter).

    Parameters
    ----------
    filters : int
        Number of neurons at each position, at least 1.
    kernel_size, strides, padding
        As in `CWAConv2D`.
    **settings
        As in `AbsNormDense`.

    Raises
    ------
    InvalidValueError
        If a setting is out of range.
    """

    def __init__(self, filters: int, kernel_size, strides=1, padding: str = "same", **settings):
        super().__init__(partial(Convolution, filters, kernel_size, strides, padding), **settings)
        self.supports_jit = False

    def get_config(self) -> dict:
        return super().get_config() | self.operation.config()
