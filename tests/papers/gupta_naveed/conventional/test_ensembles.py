"""Ensembles of made-up outputs, whose best class is known."""

import numpy as np

from spikenet.papers.gupta_naveed.conventional.ensembles import Stacking, average, softmax


def test_probabilities_of_logits_are_positive_and_add_up_to_one():
    logits = np.array([[1000.0, 999.0], [0.0, np.log(3)]])
    np.testing.assert_allclose(softmax(logits), [[1 / (1 + np.exp(-1)), 1 / (1 + np.e)], [0.25, 0.75]])


def test_the_largest_mean_probability_wins_and_not_the_vote():
    outputs = np.array([[[0.6, 0.4]], [[0.6, 0.4]], [[0.1, 0.9]]])  # (network, image, class)
    assert average(outputs).tolist() == [1]


def test_stacking_learns_which_network_to_trust():
    """The first network is always right, but less sure than two that guess alike: their mean is wrong."""
    rng = np.random.default_rng(0)
    labels, guesses = rng.integers(0, 3, 600), rng.integers(0, 3, 600)
    outputs = np.stack([0.2 + 0.4 * np.eye(3)[labels], np.eye(3)[guesses], np.eye(3)[guesses]])
    seen, unseen = outputs[:, :300], outputs[:, 300:]
    stacking = Stacking(seen, labels[:300], seed=1)
    assert np.mean(average(unseen) == labels[300:]) < 0.5
    assert np.mean(stacking.classify(unseen) == labels[300:]) > 0.99
    again = Stacking(seen, labels[:300], seed=1)
    np.testing.assert_array_equal(again.model.get_weights()[0], stacking.model.get_weights()[0])
