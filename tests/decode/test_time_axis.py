import numpy as np
import pytest

from spikenet.decode.time_axis import check_time_axis
from spikenet.errors import InvalidTypeError, InvalidValueError


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_not_copied(dtype):
    values = np.zeros((2, 3, 4), dtype)
    assert check_time_axis(values, "trace", "unit") is values


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16])
def test_other_numbers_become_floats(dtype):
    found = check_time_axis(np.ones((2, 3, 4), dtype), "trace", "unit")
    assert found.dtype in (np.float32, np.float64)
    assert (found == 1).all()


@pytest.mark.parametrize("shape", [(3, 4), (2, 0, 4), (2, 3, 0), (1, 2, 3, 4), ()])
def test_a_wrong_shape_is_refused(shape):
    with pytest.raises(InvalidValueError, match=r"trace has the shape .*, wanted \(sample, time, unit\)"):
        check_time_axis(np.zeros(shape), "trace", "unit")


def test_what_is_no_number_is_refused():
    with pytest.raises(InvalidTypeError, match=r"logits is complex128, wanted numbers \(sample, time, class\)"):
        check_time_axis(np.zeros((1, 1, 1), complex), "logits", "class")
