"""The ablation of the paper's section 4.4: the sign belongs to the synapse and not to the neuron."""

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
        """Absolute values of the weights."""
        return np.abs(ops.convert_to_numpy(self.kernel))

    def get_config(self) -> dict:
        return super().get_config() | {"initializer": keras.initializers.serialize(self.initializer)}


@keras.saving.register_keras_serializable("spikenet")
class AbsNormDense(AbsNormLayer):
    """p (sample, input) to z (sample, unit) in [-1, 1], z = (g_rest e_rest + p W) / (g_rest + p |W|).

    Learning difficult perceptual tasks with Hodgkin-Huxley networks, section 4.4. Errors: InvalidValueError.
    """

    def __init__(self, units: int, **settings):
        super().__init__(partial(Matmul, units), **settings)

    def get_config(self) -> dict:
        return super().get_config() | {"units": self.operation.units}


@keras.saving.register_keras_serializable("spikenet")
class AbsNormConv2D(AbsNormLayer):
    """The same for patches of images: p (image, y, x, channel) to z (image, y, x, filter)."""

    def __init__(self, filters: int, kernel_size, strides=1, padding: str = "same", **settings):
        super().__init__(partial(Convolution, filters, kernel_size, strides, padding), **settings)
        self.supports_jit = False

    def get_config(self) -> dict:
        return super().get_config() | self.operation.config()
