import numpy as np

from spikenet.train.scores import accuracy_by_class, classify


def test_the_largest_output_is_the_class_and_the_lower_of_equals():
    assert classify(np.array([[0.1, 0.7, 0.2], [0.4, 0.2, 0.4]])).tolist() == [1, 0]


def test_over_instants_votes_count_and_not_their_sums():
    one = [[0.4, 0.6, 0.0], [0.4, 0.6, 0.0], [1.0, 0.0, 0.0]]  # sums say 0, votes say 1
    tie = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.5, 0.5, 0.0]]  # a vote for each class: the lowest
    assert classify(np.array([one, tie])).tolist() == [1, 0]


def test_accuracy_by_class_is_none_where_a_class_has_no_sample():
    labels = np.array([0, 0, 0, 0, 2, 2])
    right = np.array([True, False, True, True, False, False])
    assert accuracy_by_class(right, labels, 4) == (0.75, None, 0.0, None)
