import numpy as np
import pytest

from spikenet.decode import Readout, decode_count
from spikenet.errors import InvalidTypeError, InvalidValueError


def test_more_spikes_count_for_more():
    weights = np.array([[2.0, 0.0], [0.0, 3.0]])  # (unit, class)
    assert decode_count(np.array([[4, 2], [4, 3], [1, 1]]), weights).tolist() == [0, 1, 1]


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_counts_may_be_any_whole_numbers(dtype):
    count = np.array([[200, 250], [250, 200]], dtype)
    assert decode_count(count, np.eye(2)).tolist() == [1, 0]


def test_counting_scales_out_with_the_duration_if_there_is_no_bias():
    rng = np.random.default_rng(0)
    count, weights = rng.integers(0, 30, (40, 8)), rng.standard_normal((8, 5))
    assert decode_count(3 * count, weights).tolist() == decode_count(count, weights).tolist()


def test_silence_gets_the_class_of_the_largest_bias():
    assert decode_count(np.zeros((1, 2), int), Readout(np.eye(2), [0.1, 0.2])).tolist() == [1]
    assert decode_count(np.zeros((1, 2), int), np.eye(2)).tolist() == [0]


def test_what_is_no_count_is_refused():
    with pytest.raises(InvalidValueError, match="a spike count is -2, wanted zero or more"):
        decode_count([[0, -2]], np.eye(2))
    with pytest.raises(InvalidValueError, match=r"the spike count is not finite: nan at \(0, 1\)"):
        decode_count([[0, np.nan]], np.eye(2))
    with pytest.raises(InvalidTypeError, match="the spike count is"):
        decode_count([["many", "few"]], np.eye(2))
    with pytest.raises(InvalidValueError, match=r"the readout was given the shape \(1, 3\), wanted \(..., 2\)"):
        decode_count([[1, 2, 3]], np.eye(2))
