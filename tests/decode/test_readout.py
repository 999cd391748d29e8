import numpy as np
import pytest

from spikenet.decode import Readout
from spikenet.decode.readout import as_readout
from spikenet.errors import InvalidTypeError, InvalidValueError

WEIGHTS = np.array([[1.0, -2.0], [0.5, 3.0], [0.0, 4.0]])  # (unit, class)


def test_logits_are_the_weighted_sum_and_the_bias():
    readout = Readout(WEIGHTS, [0.25, -1.0])
    assert readout([2.0, 4.0, 1.0]).tolist() == [4.25, 11.0]
    x = np.random.default_rng(0).standard_normal((3, 5, 3))  # (sample, time, unit)
    assert readout(x) == pytest.approx(np.einsum("stu,uc->stc", x, WEIGHTS) + [0.25, -1.0])


def test_bare_weights_have_no_bias():
    assert as_readout(WEIGHTS).bias.tolist() == [0.0, 0.0]
    readout = Readout(WEIGHTS, [0.0, 1.0])
    assert as_readout(readout) is readout


def test_float32_stays_float32_and_whole_numbers_become_float():
    readout = Readout(WEIGHTS)
    assert readout(np.ones((2, 3), np.float32)).dtype == np.float32
    assert readout(np.ones((2, 3), np.int64)).dtype == np.float64
    assert readout(np.ones((2, 3), bool)).tolist() == [[1.5, 5.0]] * 2


def test_classify_takes_the_largest_logit_and_the_lower_of_equals():
    readout = Readout(np.eye(3))
    assert readout.classify([[0, 1, 2], [5, 4, 3], [1, 2, 2], [0, 0, 0]], "x").tolist() == [2, 0, 1, 0]


def test_the_arrays_are_the_readouts_own():
    weights = WEIGHTS.copy()
    readout = Readout(weights)
    weights[0, 0] = 7
    assert readout.weights[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        readout.bias[0] = 1


def test_the_repr_says_its_size():
    assert repr(Readout(WEIGHTS)) == "Readout(3 units to 2 classes)"


@pytest.mark.parametrize("shape", [(3,), (0, 2), (3, 0), (3, 2, 1)])
def test_weights_have_to_be_unit_by_class(shape):
    with pytest.raises(InvalidValueError, match=r"weights have the shape .*, wanted \(unit, class\)"):
        Readout(np.ones(shape))


@pytest.mark.parametrize("bias", [[1.0], [1.0, 2.0, 3.0], 1.0, [[1.0, 2.0]]])
def test_there_is_one_bias_a_class(bias):
    with pytest.raises(InvalidValueError, match=r"bias has the shape .*, wanted \(2,\), one for each class"):
        Readout(WEIGHTS, bias)


def test_weights_and_bias_have_to_be_finite_numbers():
    with pytest.raises(InvalidValueError, match=r"weights is not finite: nan at \(1, 0\)"):
        Readout([[1.0], [np.nan]])
    with pytest.raises(InvalidValueError, match=r"bias is not finite: inf at \(1,\)"):
        Readout(WEIGHTS, [0.0, np.inf])
    with pytest.raises(InvalidTypeError, match="the readout's weights is"):
        Readout([["a"]])


@pytest.mark.parametrize("x", [np.ones((2, 4)), np.ones(2), np.float64(1.0)])
def test_the_last_axis_has_to_be_the_unit(x):
    with pytest.raises(InvalidValueError, match=r"the readout was given the shape .*, wanted \(..., 3\)"):
        Readout(WEIGHTS)(x)


def test_what_is_no_number_is_not_read():
    with pytest.raises(InvalidTypeError, match="the readout was given <U1"):
        Readout(WEIGHTS)(np.array(["a", "b", "c"]))


def test_classify_refuses_what_is_not_sample_by_unit_or_not_finite():
    with pytest.raises(InvalidValueError, match=r"the mean has the shape \(3,\), wanted \(sample, unit\)"):
        Readout(WEIGHTS).classify(np.ones(3), "the mean")
    with pytest.raises(InvalidValueError, match=r"the mean is not finite: nan at \(0, 1\)"):
        Readout(WEIGHTS).classify([[0, np.nan, 0]], "the mean")
