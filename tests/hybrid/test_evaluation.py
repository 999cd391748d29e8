"""Shares of images that get their label, and labels that there cannot be."""

import numpy as np
import pytest

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.evaluation import Evaluation, check_labels


def test_shares_are_of_all_and_of_each_class():
    found = Evaluation.of_classes(np.array([0, 1, 1, 2, 0]), np.array([0, 1, 0, 2, 0]), 4)
    assert found.accuracy == 0.8
    np.testing.assert_array_equal(found.per_class, [2 / 3, 1, 1, np.nan])
    np.testing.assert_array_equal(found.classes, [0, 1, 1, 2, 0])


@pytest.mark.parametrize("labels", [[0, 2], np.array([0, 2], np.uint8), (0, 2)])
def test_labels_are_whole_numbers(labels):
    np.testing.assert_array_equal(check_labels(labels, 2, 3), [0, 2])
    assert check_labels(np.zeros(0, int), 0, 3).shape == (0,)


WRONG = {
    "floats": ([0.0, 1.0], InvalidValueError, r"labels are float64 and have the shape \(2,\), wanted \(2,\): a whole"),
    "bools": ([True, False], InvalidValueError, "labels are bool"),
    "nan": ([0, np.nan], InvalidValueError, "number 1 of the labels holds a NaN"),
    "few": ([0], InvalidValueError, r"have the shape \(1,\), wanted \(2,\)"),
    "one-hot": (np.eye(2, dtype=int), InvalidValueError, r"have the shape \(2, 2\)"),
    "above": ([0, 3], InvalidValueError, "labels go from 0 to 3, the classes from 0 to 2"),
    "below": ([-1, 2], InvalidValueError, "labels go from -1 to 2"),
    "texts": (["a", "b"], InvalidTypeError, "the labels are list of <U1"),
    "none": (None, InvalidTypeError, "the labels are NoneType"),
    "ragged": ([[0], [1, 2]], InvalidTypeError, "the labels are list of object"),
}


@pytest.mark.parametrize(("labels", "error", "message"), WRONG.values(), ids=WRONG)
def test_other_labels_are_refused(labels, error, message):
    with pytest.raises(error, match=message):
        check_labels(labels, 2, 3)
