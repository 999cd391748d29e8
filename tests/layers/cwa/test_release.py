"""Release probabilities and doubled inputs."""

import numpy as np
import pytest
import tensorflow as tf

from spikenet.errors import InvalidValueError
from spikenet.layers.cwa.release import Doubled, Release

Z = np.float32([[-1.0, -0.3, 0.0, 0.3, 1.0, 1.7]])


@pytest.mark.parametrize("leak", [0.0, 0.1])
def test_release_is_a_keras_layer(check_layer, leak):
    check_layer(lambda: Release(leak), Z, kinds=["functional"])


@pytest.mark.parametrize("leak", [0.0, 0.1, 1.0])
def test_probabilities_are_the_positive_part_whatever_the_leak(leak):
    np.testing.assert_array_equal(Release(leak)(Z), np.float32([[0, 0, 0, 0.3, 1.0, 1.0]]))


def test_only_the_gradient_leaks():
    z = tf.constant(np.delete(Z, 2, axis=1))
    with tf.GradientTape() as tape:
        tape.watch(z)
        p = Release(0.1)(z)
    np.testing.assert_allclose(tape.gradient(p, z), [[0.1, 0.1, 1, 1, 0]], atol=1e-7)


@pytest.mark.parametrize("leak", [-0.1, 1.1, float("nan"), "0", None])
def test_a_leak_that_is_no_share_is_refused(leak):
    with pytest.raises(InvalidValueError, match="wanted 0 to 1"):
        Release(leak)


def test_inputs_are_doubled_side_by_side(images):
    doubled = np.asarray(Doubled()(images))
    np.testing.assert_array_equal(doubled[..., :4], images)
    np.testing.assert_array_equal(doubled[..., 4:], images)
