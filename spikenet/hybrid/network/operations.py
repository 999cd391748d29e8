"""Multiply-adds of a Keras network, and the synaptic operations of the spikes that take their place."""

import math

import keras
import numpy as np

from spikenet.hybrid.network.graph import Step, WithoutActivation

_TRANSPOSED = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)
_DEPTHWISE = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)
_SEPARABLE = (keras.layers.SeparableConv1D, keras.layers.SeparableConv2D)
_KERNEL = (keras.layers.Dense, keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D, *_DEPTHWISE, *_TRANSPOSED)


def multiply_adds(layer, taken: tuple[int, ...], given: tuple[int, ...]) -> int:
    """Return the products that a layer with weights adds up for one image; 0 for layers without weights.

    Parameters
    ----------
    layer : callable
        A layer of a step.
    taken, given : tuple of int
        Shapes of its input and its output, without the image.
    """
    layer = layer.layer if isinstance(layer, WithoutActivation) else layer
    places = math.prod((taken if isinstance(layer, _TRANSPOSED) else given)[:-1])
    if isinstance(layer, _SEPARABLE):
        return places * (math.prod(layer.depthwise_kernel.shape) + math.prod(layer.pointwise_kernel.shape))
    if isinstance(layer, _KERNEL):
        return places * math.prod(layer.kernel.shape)
    return 0


class OperationCount:
    """Adds up the operations of a network of ``steps`` steps, piece by piece, as the ``on_step`` of a `ForwardPass`.

    A spike is a synaptic operation at each synapse that it reaches. Where values are not spikes, as constant pixels
    are, a synapse works in every step. Multiply-adds are those of Keras. Borders count as if they were inside.
    """

    def __init__(self, steps: int):
        self._steps, self._synaptic, self._adds = steps, 0.0, 0.0

    def __call__(self, step: Step, taken: list, samples: int) -> None:
        """Add a Keras layer and the values that it takes, (row, ...): a row for each sample, or each of its steps."""
        values = np.asarray(taken[0])
        adds = multiply_adds(step.layer, values.shape[1:], step.shape)
        if adds:
            rows = self._steps * samples if len(values) == samples else len(values)
            self._synaptic += adds * rows * np.count_nonzero(values) / values.size
            self._adds += adds * samples

    def an_image(self, images: int) -> tuple[float, float]:
        """Return synaptic operations and multiply-adds of an image."""
        return self._synaptic / images, self._adds / images
