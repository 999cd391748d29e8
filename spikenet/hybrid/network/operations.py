"""Multiply-adds of a Keras network, and the synaptic operations of the spikes that take their place."""

import math
from dataclasses import replace

import keras
import numpy as np

from spikenet.hybrid.network.forward import ForwardPass
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


def count_operations(forward: ForwardPass, images: np.ndarray) -> tuple[float, float]:
    """Return synaptic operations and multiply-adds, per image.

    A spike is an operation at each synapse that it reaches. Where values are not spikes, as constant pixels are, a
    synapse works in every step. Multiply-adds are those of Keras. Borders count as if they were inside.

    Parameters
    ----------
    forward : ForwardPass
    images : ndarray
        Checked images, few enough for memory.
    """
    found = {"synaptic": 0.0, "adds": 0.0}
    steps = forward.simulation.steps.samples

    def add(step: Step, taken: list) -> None:
        values = np.asarray(taken[0])
        adds = multiply_adds(step.layer, values.shape[1:], step.shape)
        if adds:
            constant = len(values) == len(images)
            share = np.count_nonzero(values) / values.size
            found["synaptic"] += adds * share * (steps if constant else len(values) / len(images))
            found["adds"] += adds

    replace(forward, on_step=add)(images)
    return found["synaptic"], found["adds"]
