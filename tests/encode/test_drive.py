from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from brian2 import mV, nA
from hypothesis import given
from hypothesis import strategies as st

from spikenet.encode import LinearDrive, TanhDrive, linear_drive, tanh_drive
from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.units import parse_unit

AMP = parse_unit("A")[0]
numbers = st.floats(-50, 50)
Z = np.array([[-3.0, -0.2, 0.0], [0.7, 1.9, 400.0]])  # (sample, unit)


def test_the_papers_drive_is_equation_2():
    assert tanh_drive(-0.5)(Z) == pytest.approx(-0.5 * np.tanh(Z))


@given(numbers, numbers, numbers)
def test_tanh_drive_is_its_formula_for_any_parameters(gamma, gain, offset):
    assert tanh_drive(gamma, gain, offset)(Z) == pytest.approx(offset + gamma * np.tanh(gain * Z))


@given(numbers, numbers)
def test_linear_drive_without_bounds_is_a_straight_line(scale, offset):
    assert linear_drive(scale, offset)(Z) == pytest.approx(offset + scale * Z)


def test_linear_drive_stays_between_its_bounds():
    assert linear_drive(2.0, 0.5, low=-1.0, high=3.0)(Z).tolist() == [[-1.0, pytest.approx(0.1), 0.5], [1.9, 3.0, 3.0]]
    assert linear_drive(2.0, high=3.0)(Z).min() == -6.0
    assert linear_drive(2.0, low=0)(Z).max() == 800.0


@given(numbers, numbers, numbers, st.lists(numbers, min_size=1))
def test_no_drive_leaves_its_range(a, b, gain, z):
    for drive in (tanh_drive(a, offset=b), linear_drive(a, b), linear_drive(a, b, low=-2.5, high=7.0)):
        low, high = drive.range
        fed = drive.with_gain(gain)(np.array(z))
        assert low <= fed.min() and fed.max() <= high


def test_the_range_is_as_narrow_as_it_can_be():
    assert tanh_drive(-0.5, offset=0.2).range == pytest.approx((-0.3, 0.7))
    assert linear_drive(2.0, low=-1).range == (-1.0, np.inf)
    assert linear_drive(2.0).range == (-np.inf, np.inf)


@pytest.mark.parametrize("drive", [tanh_drive(0.3, 2.0, 0.1), linear_drive(0.3, 0.1, -1, 0.4)])
def test_another_gain_stretches_the_pre_activation_and_leaves_the_first_drive_alone(drive):
    other = drive.with_gain(5.0)
    assert other(Z) == pytest.approx(drive.with_gain(1.0)(5.0 * Z))
    assert drive.gain in (1.0, 2.0) and other.gain == 5.0
    with pytest.raises(FrozenInstanceError):
        drive.gain = 3.0


def test_quantities_become_si_numbers_and_keep_their_dimensions():
    drive = tanh_drive(2 * nA, offset=0.5 * nA)
    assert drive(Z) == pytest.approx(0.5e-9 + 2e-9 * np.tanh(Z))
    assert type(drive(Z)) is np.ndarray
    assert drive.dimensions == AMP
    assert linear_drive("2 nA", low=0, high=3 * nA)(Z).max() == pytest.approx(3e-9)
    assert tanh_drive(-0.5).dimensions is None


@pytest.mark.parametrize(
    ("drive", "text"),
    [
        (tanh_drive(-0.5), "TanhDrive(-0.5 * tanh(z))"),
        (tanh_drive(2 * nA, 0.5, 0.1 * nA), "TanhDrive(100 pA + 2 nA * tanh(0.5 * z))"),
        (linear_drive(2 * mV), "LinearDrive(2 mV * z)"),
        (linear_drive(2, 1, high=4).with_gain(3), "LinearDrive(1 + 2 * 3 * z, from -inf to 4)"),
    ],
)
def test_the_repr_is_the_formula(drive, text):
    assert repr(drive) == text


@pytest.mark.parametrize("drive", [tanh_drive(-0.5), linear_drive(2.0, low=-1, high=1)])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_pre_activation_that_is_not_finite_is_refused_with_its_place(drive, bad):
    z = Z.copy()
    z[1, 0] = z[1, 2] = bad
    with pytest.raises(InvalidValueError, match=rf"the pre-activation is not finite: {bad} at \(1, 0\)"):
        drive(z)


def test_a_pre_activation_of_words_is_refused():
    with pytest.raises(InvalidTypeError, match="the pre-activation is"):
        tanh_drive(1)(np.array([["a", "b"]]))


@pytest.mark.parametrize(
    "make",
    [
        lambda x: tanh_drive(x), lambda x: tanh_drive(1, gain=x), lambda x: tanh_drive(1, offset=x),
        lambda x: linear_drive(x), lambda x: linear_drive(1, offset=x), lambda x: linear_drive(1, low=x),
        lambda x: linear_drive(1, high=x), lambda x: tanh_drive(1).with_gain(x), lambda x: linear_drive(1).with_gain(x),
    ],
)  # fmt: skip
def test_parameters_have_to_be_finite_numbers(make):
    for bad in (np.nan, np.inf):
        with pytest.raises(InvalidValueError, match="not finite"):
            make(bad)
    with pytest.raises(InvalidValueError, match="wanted one number"):
        make([1.0, 2.0])
    with pytest.raises(InvalidTypeError):
        make({})


def test_units_have_to_go_together():
    with pytest.raises(UnitError, match="gamma and offset have different units"):
        tanh_drive(1 * nA, offset=1 * mV)
    with pytest.raises(UnitError, match="scale and high have different units"):
        linear_drive(1 * nA, low=0, high=1 * mV)
    with pytest.raises(UnitError, match="gain has the unit amp"):
        tanh_drive(1, gain=2 * nA)


def test_bounds_in_the_wrong_order_are_refused():
    with pytest.raises(InvalidValueError, match="low is 2 and high is 1; wanted low <= high"):
        linear_drive(1, low=2, high=1)


def test_drives_are_compared_by_what_they_say():
    assert tanh_drive(0.5) == TanhDrive(0.5, 1.0, 0.0) != tanh_drive(0.6)
    assert linear_drive(2) == LinearDrive(2.0, 0.0)


@pytest.mark.parametrize(
    "drive", [tanh_drive(-0.7, 1.3, 0.2), linear_drive(0.4, 0.1, -0.5, 0.8), linear_drive(-2.0)], ids=repr
)
def test_the_slope_is_the_derivative(drive):
    z = np.array([-2.5, -1.0, -0.3, 0.0, 0.7, 1.5, 3.0])
    assert drive.slope(z) == pytest.approx((drive(z + 1e-6) - drive(z - 1e-6)) / 2e-6, rel=1e-6, abs=1e-9)


def test_far_out_the_slope_is_zero_and_no_overflow():
    assert tanh_drive(1.0).slope(np.array([-1e6, 1e6])) == pytest.approx([0, 0], abs=1e-200)
