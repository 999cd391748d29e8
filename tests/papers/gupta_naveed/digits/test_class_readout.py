"""Reading classes from spikes."""

import numpy as np
import pytest

from spikenet.papers.gupta_naveed.digits.class_readout import (
    READOUTS,
    TRAINED,
    ClassResponses,
    TrainedVotes,
    read_classes,
)


@pytest.fixture
def responses():
    """Four neurons: two for class 3, one for class 7, and one that answers to both."""
    counts = np.array([[4, 5, 0, 2], [6, 5, 0, 2], [0, 1, 8, 3]])
    return ClassResponses.of(counts, np.array([3, 3, 7]))


def test_means_are_those_of_each_class(responses):
    np.testing.assert_array_equal(responses.means[3], [5, 5, 0, 2])
    np.testing.assert_array_equal(responses.means[7], [0, 1, 8, 3])
    assert not responses.means[[0, 1, 2, 4, 5, 6, 8, 9]].any()
    np.testing.assert_array_equal(responses.assigned, [3, 3, 7, 7])


@pytest.mark.parametrize("name", READOUTS)
def test_every_readout_tells_the_two_classes_apart(responses, name):
    np.testing.assert_array_equal(READOUTS[name](responses, np.array([[5, 4, 0, 1], [0, 0, 6, 3]])), [3, 7])


def test_a_vote_is_the_mean_of_the_neurons_of_a_class(responses):
    """Class 3 has more spikes, but its neurons have fewer each."""
    assert responses.vote(np.array([[3, 2, 4, 0.5]]))[0] == 3  # 2.5 and 2.25
    assert responses.vote(np.array([[3, 2, 4, 1.5]]))[0] == 7  # 2.5 and 2.75


def test_the_likeliest_class_is_that_of_poisson_spikes(responses):
    counts = np.array([[2.0, 1.0, 3.0, 3.0]])
    means = responses.means + 0.01
    likelihoods = [(counts[0] * np.log(mean) - mean).sum() for mean in means]
    assert responses.likelihood(counts)[0] == np.argmax(likelihoods)


def test_silent_neurons_are_no_trouble():
    responses = ClassResponses.of(np.zeros((3, 2)), np.array([0, 1, 2]))
    for readout in READOUTS.values():
        assert readout(responses, np.zeros((1, 2))).shape == (1,)


def test_the_likeliest_class_is_not_the_one_with_most_spikes():
    """Three spikes of each neuron are likelier where one is expected than where nine are."""
    responses = ClassResponses.of(np.array([[1, 1], [9, 9]]), np.array([0, 1]))
    np.testing.assert_array_equal(responses.likelihood(np.array([[3, 3], [7, 7]])), [0, 1])


def test_trained_votes_learn_what_single_neurons_do_not_tell():
    """The class is that of the sum of two neurons, of which each alone says little."""
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 10, (3000, 2)).astype(np.float32)
    labels = (np.sqrt(counts).sum(axis=1) > 4).astype(int)
    votes = TrainedVotes.of(counts[:2000], labels[:2000])
    assert np.mean(votes(counts[2000:]) == labels[2000:]) > 0.95
    assert np.mean(ClassResponses.of(counts[:2000], labels[:2000]).vote(counts[2000:]) == labels[2000:]) < 0.9


def test_all_readouts_are_given(responses):
    counts = np.array([[4, 5, 0, 2], [6, 5, 0, 2], [0, 1, 8, 3]] * 4)
    found = read_classes(counts, np.array([3, 3, 7] * 4), counts[:3])
    assert set(found) == {*READOUTS, TRAINED}
    np.testing.assert_array_equal(found[TRAINED], [3, 3, 7])
