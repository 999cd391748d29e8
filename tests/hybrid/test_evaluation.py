"""Shares of images that get their label."""

import numpy as np

from spikenet.hybrid.evaluation import Evaluation


def test_shares_are_of_all_and_of_each_class():
    found = Evaluation.of_classes(np.array([0, 1, 1, 2, 0]), np.array([0, 1, 0, 2, 0]), 4)
    assert found.accuracy == 0.8
    np.testing.assert_array_equal(found.per_class, [2 / 3, 1, 1, np.nan])
    np.testing.assert_array_equal(found.classes, [0, 1, 1, 2, 0])
