"""Units, checked against Brian2's own."""

import math
import subprocess
import sys

import brian2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.units import (
    DIMENSIONLESS,
    SECOND,
    dimensions_of,
    n_steps,
    parse_unit,
    show,
    to_scalar,
    to_seconds,
    to_si,
    unit_text,
)

VOLT = parse_unit("volt")[0]
BRIAN2_UNITS = {
    "ms": brian2.ms,
    "mV": brian2.mV,
    "nA": brian2.nA,
    "Mohm": brian2.Mohm,
    "uF/cm**2": brian2.uF / brian2.cm**2,
    "mS/cm**2": brian2.msiemens / brian2.cm**2,
    "mV**-1*s**-1": 1 / brian2.mV / brian2.second,
    "volt/second": brian2.volt / brian2.second,
    "kilogram": brian2.kilogram,
    "pfarad": brian2.pfarad,
    "ucoulomb": brian2.coulomb * 1e-6,
    "mmol": brian2.mole * 1e-3,
    "kelvin": brian2.kelvin,
    "cd": brian2.units.allunits.candle,
    "1/ms": 1 / brian2.ms,
}


@pytest.mark.parametrize("text", BRIAN2_UNITS)
def test_a_unit_means_what_it_means_in_brian2(text):
    dimensions, factor = parse_unit(text)
    assert dimensions == dimensions_of(BRIAN2_UNITS[text])
    assert factor == pytest.approx(float(BRIAN2_UNITS[text]), rel=1e-12)  # products of powers of ten round


@pytest.mark.parametrize(
    "text", ["parsec", "msm", "k", "volt*", "/ms", "mV ms", "mV**", "mV**0.5", "2*mV", "mV+mV", "V-1", "m1"]
)
def test_a_text_that_is_no_unit_is_refused_by_name(text):
    with pytest.raises(UnitError, match="unit"):
        parse_unit(text)


@given(st.tuples(*[st.integers(-3, 3)] * 7))
def test_every_unit_is_written_so_that_it_reads_back_and_brian2_reads_it(dimensions):
    text = unit_text(dimensions)
    assert parse_unit(text) == (dimensions, 1.0)
    names = {**brian2.units.allunits.__dict__, "__builtins__": {}}
    assert (dimensions_of(eval(text, names)) or DIMENSIONLESS) == dimensions


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (20 * brian2.ms, 0.02),
        ("20 ms", 0.02),
        ("20ms", 0.02),
        ("20*ms", 0.02),
        ("2e-2 second", 0.02),
        (" .5 s ", 0.5),
        (0.02, 0.02),
        (np.float32(0.5), 0.5),
        (3, 3.0),
    ],
)
def test_quantities_texts_and_plain_numbers_are_the_same_duration(value, seconds):
    assert to_seconds(value, "settle") == pytest.approx(seconds, rel=1e-12)


def test_an_array_of_quantities_keeps_its_values_and_sheds_its_unit():
    drive = np.array([[1.0, 2.0], [3.0, 4.0]])
    array = to_si(drive * brian2.nA, parse_unit("A")[0], "the drive")
    assert type(array) is np.ndarray and array.dtype == np.float64
    np.testing.assert_allclose(array, drive * 1e-9, rtol=1e-12)


def test_what_comes_in_is_copied():
    drive = np.zeros(3)
    to_si(drive, DIMENSIONLESS, "the drive")[0] = 1.0
    assert drive[0] == 0.0


def test_a_list_of_quantities_has_its_units_checked():
    """NumPy would make plain numbers of them without a word."""
    np.testing.assert_allclose(to_si([1 * brian2.ms, 2 * brian2.second], SECOND, "x"), [1e-3, 2.0])
    with pytest.raises(UnitError, match="volt"):
        to_si([[1 * brian2.ms, 2 * brian2.mV]], SECOND, "x")


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (5 * brian2.mV, UnitError, ("settle", "volt", "second")),
        ("5 mV", UnitError, ("settle", "volt", "second")),
        ("5", UnitError, ("settle", "no unit", "second")),
        ("soon", UnitError, ("soon", "20 ms")),
        ("", UnitError, ("''", "20 ms")),
        (5 * brian2.volt / brian2.second**0.5, UnitError, ("fractional power",)),
        (None, InvalidTypeError, ("settle", "None", "second")),
        (True, InvalidTypeError, ("settle", "True")),
        (1j, InvalidTypeError, ("settle", "1j")),
        (b"1 ms", InvalidTypeError, ("settle", "ms")),
        (np.zeros(2, complex), InvalidTypeError, ("an array of complex128 in the shape (2,)",)),
        (np.array([1, None]), InvalidTypeError, ("an array of object",)),
        (np.ma.masked_array([1.0, 2.0], mask=[True, False]), InvalidTypeError, ("masked",)),
        ([[1.0, 2.0], [3.0]], InvalidTypeError, ("settle", "[[1.0, 2.0], [3.0]]")),
        (math.nan, InvalidValueError, ("settle", "nan", "finite")),
        ([[0.0, 1.0], [math.inf, math.nan]], InvalidValueError, ("inf at (1, 0)", "2 of 4")),
    ],
)
def test_what_is_no_finite_quantity_of_the_right_kind_is_refused(value, error, words):
    with pytest.raises(error) as caught:
        to_si(value, SECOND, "settle")
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_one_number_is_wanted_where_one_is_meant():
    assert to_scalar(np.array(2.0), DIMENSIONLESS, "a") == 2.0
    with pytest.raises(InvalidValueError, match=r"a has the shape \(2,\)"):
        to_scalar([1.0, 2.0], DIMENSIONLESS, "a")


def test_a_negative_duration_is_refused():
    with pytest.raises(InvalidValueError, match="settle is -1 ms, wanted zero or more"):
        to_seconds("-1 ms", "settle")


@given(st.integers(0, 10**7), st.integers(1, 10**6))
def test_whole_steps_are_counted_exactly(steps, dt_in_nanoseconds):
    """``int(0.3 / 0.025)`` is 11."""
    dt = dt_in_nanoseconds * 1e-9
    assert n_steps(steps * dt, dt, "record") == steps


@given(st.integers(1, 10**6), st.floats(1e-3, 0.5))
def test_a_rest_of_a_step_is_an_error_and_never_rounded(steps, rest):
    with pytest.raises(InvalidValueError, match="record is .* steps of .* whole number"):
        n_steps((steps + rest) * 1e-4, 1e-4, "record")


def test_durations_beyond_counting_are_refused():
    assert n_steps(2**52 * 1e-3, 1e-3, "record") == 2**52
    with pytest.raises(InvalidValueError, match="too many steps"):
        n_steps(1e300, 1e-5, "record")


@pytest.mark.parametrize(
    ("value", "dimensions", "text"),
    [
        (0.02, SECOND, "20 ms"),
        (1e-5, SECOND, "10 us"),
        (0.0, SECOND, "0 s"),
        (90.0, SECOND, "90 s"),
        (-0.065, VOLT, "-65 mV"),
        (1e8, parse_unit("ohm")[0], "100 Mohm"),
        (0.05, DIMENSIONLESS, "0.05"),
        (1200.0, parse_unit("mS/cm**2")[0], "1200 siemens/meter**2"),
    ],
)
def test_numbers_are_shown_as_people_write_them(value, dimensions, text):
    assert show(value, dimensions) == text


def test_units_need_no_brian2():
    code = "import sys, spikenet.units as u; u.to_seconds('1 ms', 'x'); print('brian2' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_an_array_with_a_method_dim_is_plain_numbers():
    """As a tensor of torch."""

    class Tensor(np.ndarray):
        def dim(self):
            return self.ndim

    tensor = np.arange(3.0).view(Tensor)
    assert dimensions_of(tensor) is None
    np.testing.assert_array_equal(to_si(tensor, (0,) * 7, "the drive"), [0, 1, 2])
