"""Votes against the dwell decoder."""

import numpy as np
import pytest
import tensorflow as tf

from spikenet.decode.dwell_time import decode_dwell_logits, dwell_fractions
from spikenet.errors import InvalidValueError
from spikenet.layers.vote import Vote

LOGITS = np.random.default_rng(0).normal(size=(40, 9, 5)).astype(np.float32)


def test_vote_is_a_keras_layer(check_layer):
    check_layer(lambda: Vote(2.0, 3.0), LOGITS)


def test_outside_training_the_largest_probability_is_the_longest_winning_class():
    np.testing.assert_array_equal(np.asarray(Vote()(LOGITS)).argmax(axis=1), decode_dwell_logits(LOGITS))


def test_with_a_sharpness_of_one_probabilities_are_shares_of_time():
    np.testing.assert_allclose(Vote(sharpness=1.0)(LOGITS), dwell_fractions(LOGITS), atol=1e-6)


def test_steep_votes_in_training_are_those_outside():
    np.testing.assert_allclose(Vote(steepness=1e5)(LOGITS, training=True), Vote()(LOGITS), atol=1e-5)


def test_in_training_a_class_that_never_wins_still_learns():
    logits = tf.constant(np.float32([[[1.0, 0.0], [1.2, 0.3]]]))
    with tf.GradientTape() as tape:
        tape.watch(logits)
        share = Vote()(logits, training=True)[0, 1]
    assert np.all(np.asarray(tape.gradient(share, logits))[0, :, 1] > 0)


@pytest.mark.parametrize("settings", [{"steepness": 0}, {"sharpness": -1.0}])
def test_bad_settings_are_refused(settings):
    with pytest.raises(InvalidValueError, match="wanted a finite number above 0"):
        Vote(**settings)


def test_logits_without_time_are_refused():
    with pytest.raises(InvalidValueError, match=r"wanted logits \(sample, time, class\)"):
        Vote()(LOGITS[:, 0])
