"""Inputs that the layers of conductance neurons are tried with, and eqs. 3 and 6 of the paper as they are printed."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

RNG = np.random.default_rng(3)


@pytest.fixture(scope="session")
def rows():
    """Release probabilities (sample, input), a third of them silent."""
    return (np.maximum(RNG.uniform(-0.5, 1, (9, 12)), 0)).astype(np.float32)


@pytest.fixture(scope="session")
def images():
    """Release probabilities (image, y, x, channel)."""
    return (np.maximum(RNG.uniform(-0.5, 1, (3, 7, 6, 4)), 0)).astype(np.float32)


@pytest.fixture(scope="session")
def central_difference():
    """The derivative of a number that ``function`` makes of an array, by one entry of it, in float64."""

    def difference(function, array, index, step=1e-5):
        values = []
        for side in (1, -1):
            moved = array.copy()
            moved[index] += side * step
            values.append(float(function(moved)))
        return (values[0] - values[1]) / (2 * step)

    return difference


@pytest.fixture(scope="session")
def textbook():
    """The paper's formulas: what the layers are measured by."""
    return SimpleNamespace(cwa=cwa, cwa_conv=cwa_conv, patches=patches, two_sums=two_sums)


def two_sums(layer, p):
    """Equation 6 in the layer's own precision: one sum over all inputs, and another one with their valences.

    Half precision loses digits in it, as both sums are rounded before they are added.
    """
    conductances = layer.conductances()
    half = np.ones((conductances.shape[-2] // 2, 1), conductances.dtype)

    def summed(kernel):
        low = (keras.ops.cast(one, layer.compute_dtype) for one in (p, kernel))
        return np.asarray(keras.ops.cast(layer.operation(*low), layer.variable_dtype))

    total, difference = summed(conductances), summed(conductances * np.concatenate([half, -half]))
    return np.asarray(layer.membrane.settle((total + difference) / 2, (total - difference) / 2))


def cwa(p, conductances, g_rest, e_rest):
    """(sample, input), (input, unit) to (sample, unit): the mean of the valences, each weighted by its conductance."""
    valences = np.where(np.arange(p.shape[1]) < p.shape[1] / 2, 1.0, -1.0)
    open_now = p[:, :, None] * conductances[None]  # (sample, input, unit)
    all_open = np.concatenate([open_now, np.full_like(open_now[:, :1], g_rest)], axis=1)
    shares = all_open / all_open.sum(axis=1, keepdims=True)  # the probability distribution mu(p)
    return np.einsum("siu,i->su", shares, np.append(valences, e_rest))


def patches(p, size, strides):
    """Patches of images padded with zeros (padding "same" of Keras), (image, y, x, channel of patch)."""
    pads = []
    for n, k, s in zip(p.shape[1:3], size, strides, strict=True):
        total = max((-(-n // s) - 1) * s + k - n, 0)
        pads.append((total // 2, total - total // 2))
    padded = np.pad(p, [(0, 0), *pads, (0, 0)])
    rows = range(0, padded.shape[1] - size[0] + 1, strides[0])
    columns = range(0, padded.shape[2] - size[1] + 1, strides[1])
    return np.stack([[padded[:, y : y + size[0], x : x + size[1]] for x in columns] for y in rows]).transpose(
        2, 0, 1, 3, 4, 5
    )


def cwa_conv(p, conductances, g_rest, e_rest, strides):
    """(image, y, x, channel), (y, x, channel, filter) to (image, y, x, filter)."""
    pieces = patches(p, conductances.shape[:2], strides)  # (image, y, x, dy, dx, channel)
    images, height, width, *_, channels = pieces.shape
    # The channel comes first, so that the first half of the inputs is excitatory.
    flat = np.moveaxis(pieces, -1, 3).reshape(images * height * width, -1)
    kernel = np.moveaxis(conductances, 2, 0).reshape(channels * np.prod(conductances.shape[:2]), -1)
    return cwa(flat, kernel, g_rest, e_rest).reshape(images, height, width, -1)
