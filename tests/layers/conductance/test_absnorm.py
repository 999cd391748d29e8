"""AbsNorm against its formula in section 4.4."""

import keras
import numpy as np
import pytest

from spikenet.layers.conductance.absnorm import AbsNormConv2D, AbsNormDense

START = keras.initializers.RandomNormal(seed=1)


def test_absnorm_is_a_keras_layer(check_layer, rows):
    check_layer(lambda: AbsNormDense(6, initializer=START), rows, rounding=1e-6, kinds=["functional"])


def test_sums_are_divided_by_those_with_absolute_weights(rows):
    layer = AbsNormDense(6, g_rest=0.3, e_rest=-0.2, initializer=START, dtype="float64")
    z, weights, p = np.asarray(layer(rows)), layer.get_weights()[0], rows.astype(float)
    np.testing.assert_allclose(z, (0.3 * -0.2 + p @ weights) / (0.3 + p @ np.abs(weights)), rtol=0, atol=1e-14)


def test_with_little_of_its_own_it_is_the_papers_formula(rows):
    layer = AbsNormDense(6, g_rest=1e-12, initializer=START, dtype="float64")
    z, weights, p = np.asarray(layer(rows)), layer.get_weights()[0], rows.astype(float)
    np.testing.assert_allclose(z, (p @ weights) / (p @ np.abs(weights)), rtol=0, atol=1e-9)


def test_patches_of_images_are_taken_alike(images, textbook):
    layer = AbsNormConv2D(6, (3, 2), (2, 1), g_rest=0.3, initializer=START, dtype="float64")
    z, weights = np.asarray(layer(images)), layer.get_weights()[0]
    pieces = textbook.patches(images.astype(float), (3, 2), (2, 1))
    sums = [np.einsum("nyxabc,abcf->nyxf", pieces, kernel) for kernel in (weights, np.abs(weights))]
    np.testing.assert_allclose(z, sums[0] / (0.3 + sums[1]), rtol=0, atol=1e-13)


@pytest.mark.parametrize("make", [lambda: AbsNormDense(3), lambda: AbsNormConv2D(3, 2)])
def test_they_come_back_from_their_configuration(make):
    layer = make()
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()
    assert layer.supports_jit == isinstance(layer, AbsNormDense)  # XLA has slow convolutions


def test_conductances_are_absolute_weights(rows):
    layer = AbsNormDense(6, initializer=START)
    layer(rows)
    np.testing.assert_array_equal(layer.conductances(), np.abs(layer.get_weights()[0]))
