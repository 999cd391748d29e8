"""Surrogates against the smooth steps whose slopes they are, and the forward value against Heaviside."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.gradient.surrogate import SURROGATES, spike_function

DISTANCES = np.array([-3.0, -0.31, -0.04, 1e-3, 0.07, 0.2, 2.0])
# What each is the slope of, k the steepness.
STEPS = {
    "fast_sigmoid": lambda x, k: (1 + k * x / (1 + k * ops.abs(x))) / 2,
    "arctan": lambda x, k: ops.arctan(np.pi / 2 * k * x) / np.pi + 0.5,
    "superspike": lambda x, k: x / (1 + k * ops.abs(x)),
    "triangular": lambda x, k: ops.where(ops.abs(k * x) < 1, x - k * x * ops.abs(x) / 2, ops.sign(x) / (2 * k)),
}


def slope(function, at=DISTANCES, dtype="float64") -> np.ndarray:
    x = tf.constant(at, dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x).numpy()


@pytest.mark.parametrize("steepness", [0.7, 4.0])
@pytest.mark.parametrize("name", SURROGATES)
def test_a_surrogate_is_the_slope_of_its_step(name, steepness):
    wanted = slope(lambda x: STEPS[name](x, steepness))
    assert np.ptp(wanted) > 0.1
    np.testing.assert_allclose(slope(spike_function(name, steepness)), wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("name", "area", "peak"), [
    ("fast_sigmoid", 1, 2.5), ("arctan", 1, 2.5), ("superspike", 2 / 5, 1), ("triangular", 1 / 5, 1),
])  # fmt: skip
def test_areas_and_peaks_are_the_literatures(name, area, peak):
    """Steepness 5; beyond 2,000 fast_sigmoid has 1e-4 of its area left."""
    x = np.sinh(np.linspace(-9, 9, 20001)) / 2
    derivative = slope(spike_function(name, 5.0), x)
    assert np.trapezoid(derivative, x) == pytest.approx(area, rel=2e-4)
    assert derivative.max() == pytest.approx(peak)


@pytest.mark.parametrize("at_threshold", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_forward_is_heaviside(dtype, at_threshold):
    x = np.array([-2.0, -1e-30, 0.0, 1e-30, 0.5], dtype)
    y = spike_function(at_threshold=at_threshold)(x)
    assert y.dtype.name == dtype
    np.testing.assert_array_equal(y, np.heaviside(x, float(at_threshold)))


def test_the_gradient_takes_what_comes_from_above():
    x = np.array([-0.1, 0.3])
    wanted = np.array([2.0, -7.0]) * slope(spike_function("arctan"), x)
    np.testing.assert_allclose(slope(lambda x: spike_function("arctan")(x) * [2.0, -7.0], x), wanted, rtol=1e-14)


def test_any_callable_is_a_surrogate_inside_tf_function():
    spike = spike_function(lambda distance, steepness: steepness * distance, 3.0)
    np.testing.assert_allclose(slope(tf.function(spike), [0.5, -2.0]), [1.5, -6.0])


@pytest.mark.parametrize(("settings", "error", "words"), [
    ({"surrogate": "heaviside"}, InvalidValueError, "unknown surrogate 'heaviside'; there are fast_sigmoid, arctan"),
    ({"surrogate": 3}, InvalidTypeError, "wanted one of fast_sigmoid"),
    ({"steepness": 0.0}, InvalidValueError, "the steepness is 0.0, wanted a finite number above 0"),
    ({"steepness": float("nan")}, InvalidValueError, "the steepness is nan"),
])  # fmt: skip
def test_what_is_no_surrogate_is_refused(settings, error, words):
    with pytest.raises(error, match=words):
        spike_function(**settings)
