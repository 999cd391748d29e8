import numpy as np
import pytest

from spikenet.decode import Readout, decode_mean, decode_mean_logits
from spikenet.errors import InvalidValueError


def test_the_mean_decoder_takes_the_largest_logit_of_the_mean():
    weights = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]])  # (unit, class)
    assert decode_mean([[1.0, 0.0], [0.0, 1.0], [-1.0, -2.0]], weights).tolist() == [2, 1, 0]


def test_decoding_the_mean_is_taking_the_mean_of_the_logits():
    rng = np.random.default_rng(0)
    trace, readout = rng.standard_normal((50, 40, 6)), Readout(rng.standard_normal((6, 4)), rng.standard_normal(4))
    assert decode_mean(trace.mean(axis=1), readout).tolist() == decode_mean_logits(readout(trace)).tolist()


def test_the_largest_mean_wins_not_the_longest_time():
    logits = np.zeros((1, 5, 3))
    logits[0, :3, 2] = 0.1
    logits[0, 3:, 1] = 100.0
    assert decode_mean_logits(logits).tolist() == [1]


def test_ties_go_to_the_lower_class():
    assert decode_mean_logits(np.ones((2, 3, 4))).tolist() == [0, 0]
    assert decode_mean(np.ones((1, 2)), np.array([[0.0, 1.0, 1.0]] * 2)).tolist() == [1]


def test_means_are_taken_in_double_precision():
    logits = np.zeros((1, 1001, 2), np.float32)
    logits[0, 0] = [2**24 + 100, 2**24]
    logits[0, 1:, 1] = 1  # a float32 of 2**24 does not grow by adding ones
    assert decode_mean_logits(logits).tolist() == [1]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_refused_with_its_place(bad):
    logits = np.zeros((3, 4, 2))
    logits[1, 3, 1] = bad
    with pytest.raises(InvalidValueError, match=rf"the mean logit of sample 1, class 1 is {bad}"):
        decode_mean_logits(logits)
    with pytest.raises(InvalidValueError, match=rf"the mean output is not finite: {bad} at \(1, 1\)"):
        decode_mean(logits[:, 3], np.eye(2))


def test_a_wrong_shape_is_refused():
    with pytest.raises(InvalidValueError, match=r"wanted \(sample, time, class\)"):
        decode_mean_logits(np.zeros((3, 4)))
    with pytest.raises(InvalidValueError, match=r"the mean output has the shape \(1, 3, 4\)"):
        decode_mean(np.zeros((1, 3, 4)), np.ones((4, 2)))
