"""Sums of conductances against NumPy."""

import numpy as np
import pytest

from spikenet.errors import InvalidValueError
from spikenet.layers.conductance.operation import Convolution, Matmul


def test_ones_is_the_operation_with_a_kernel_of_ones(rows, images):
    for operation, p in ((Matmul(1), rows), (Convolution(1, (3, 2), (2, 1), "same"), images)):
        kernel = np.ones(operation.kernel_shape(p.shape[-1]), np.float32)
        np.testing.assert_allclose(operation.ones(p), operation(p, kernel), rtol=1e-6)


def test_a_convolution_is_a_sum_over_patches_without_anything_beyond_the_border(images, textbook):
    kernel = np.random.default_rng(0).uniform(0, 2, (3, 2, 4, 5)).astype(np.float32)
    wanted = np.einsum("nyxabc,abcf->nyxf", textbook.patches(images, (3, 2), (2, 1)), kernel)
    np.testing.assert_allclose(Convolution(5, (3, 2), (2, 1), "same")(images, kernel), wanted, rtol=1e-5)


def test_one_number_is_for_both_axes():
    assert Convolution(2, 3, 2, "same") == Convolution(2, (3, 3), (2, 2), "same")


@pytest.mark.parametrize(
    "settings",
    [(0, 3, 1, "same"), (2, 0, 1, "same"), (2, (3, 3, 3), 1, "same"), (2, 3, 1.5, "same"), (2, 3, 1, "full")],
)
def test_sizes_that_are_none_are_refused(settings):
    with pytest.raises(InvalidValueError, match="wanted|unknown padding .full.; there are same, valid"):
        Convolution(*settings)


@pytest.mark.parametrize("units", [0, -2, 2.0, "3"])
def test_unit_counts_that_are_none_are_refused(units):
    with pytest.raises(InvalidValueError, match="wanted a whole number from 1"):
        Matmul(units)
