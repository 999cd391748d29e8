"""Release probabilities and doubled inputs."""

import numpy as np
import pytest
import tensorflow as tf

from spikenet.errors import InvalidValueError
from spikenet.layers.conductance.release import Doubled, Release

Z = np.float32([[-1.0, -0.3, 0.0, 0.3, 1.0, 1.7]])


@pytest.mark.parametrize(("leak", "failure"), [(0.0, 0.0), (0.1, 0.3)])
def test_release_is_a_keras_layer(check_layer, leak, failure):
    check_layer(lambda: Release(leak, failure), Z, kinds=["functional"])


@pytest.mark.parametrize("leak", [0.0, 0.1, 1.0])
def test_probabilities_are_the_positive_part_whatever_the_leak(leak):
    np.testing.assert_array_equal(Release(leak)(Z), np.float32([[0, 0, 0, 0.3, 1.0, 1.0]]))


def test_only_the_gradient_leaks():
    z = tf.constant(np.delete(Z, 2, axis=1))
    with tf.GradientTape() as tape:
        tape.watch(z)
        p = Release(0.1)(z)
    np.testing.assert_allclose(tape.gradient(p, z), [[0.1, 0.1, 1, 1, 0]], atol=1e-7)


def test_releases_fail_in_training_only_and_their_mean_stays():
    """2,000 draws of each: bounds of five standard deviations."""
    layer, z = Release(failure=0.25, seed=1), np.repeat(Z, 2000, axis=0)
    np.testing.assert_array_equal(layer(z), Release()(z))
    p = np.asarray(layer(z, training=True))
    np.testing.assert_allclose(p.mean(axis=0), Release()(Z)[0], atol=5 * np.sqrt(0.25 / 0.75 / 2000))
    np.testing.assert_allclose(np.unique(p), [0, 0.4, 4 / 3], rtol=1e-6)
    assert (p[:, 3:] == 0).mean() == pytest.approx(0.25, abs=5 * np.sqrt(0.25 * 0.75 / 6000))
    assert (np.asarray(layer(z, training=True)) != p).any()
    np.testing.assert_array_equal(Release(failure=0.25, seed=1)(z, training=True), p)


@pytest.mark.parametrize("failure", [-0.1, 1.0, float("nan"), "0", None])
def test_a_failure_that_is_no_share_is_refused(failure):
    with pytest.raises(InvalidValueError, match="failure is .* wanted a number from 0 and below 1"):
        Release(failure=failure)


@pytest.mark.parametrize("leak", [-0.1, 1.1, float("nan"), "0", None])
def test_a_leak_that_is_no_share_is_refused(leak):
    with pytest.raises(InvalidValueError, match="leak is .* wanted a number from 0 to 1"):
        Release(leak)


def test_inputs_are_doubled_side_by_side(images):
    doubled = np.asarray(Doubled()(images))
    np.testing.assert_array_equal(doubled[..., :4], images)
    np.testing.assert_array_equal(doubled[..., 4:], images)
