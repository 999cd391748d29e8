"""The line of arithmetic behind the check of ``dt``."""

import math

import pytest

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons.rate_bounds import evaluate_rate, parse_rate

NAMES = {"a": -3.0, "tau": 0.5, "zero": 0.0}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 / tau", 2.0),
        ("max(4, (abs(a) + 1)**2) - 1", 15.0),
        ("min(7, 8) * tau", 3.5),
        ("-a + sqrt(16) + exp(0)", 8.0),
        ("exp(10000) * tau", math.inf),
        ("10.0**400", math.inf),
    ],
)
def test_arithmetic_is_arithmetic(text, value):
    assert evaluate_rate(text, NAMES, "m") == value


@pytest.mark.parametrize("text", ["1 / zero", "a", "sqrt(a)", "a**0.5"])
def test_no_valid_rate_says_which_numbers_were_given(text):
    with pytest.raises(InvalidValueError, match="m has no valid time scale: .* a=-3, tau=0.5, zero=0"):
        evaluate_rate(text, NAMES, "m")


@pytest.mark.parametrize(
    "text", ["__import__('os')", "tau.real", "tau[0]", "b", "1 if tau else 2", "max(a, key=abs)", "'x'"]
)
def test_nothing_but_arithmetic_is_worked_out(text):
    with pytest.raises(InvalidValueError, match="m: fastest_rate has .* it may use a, tau, zero and arithmetic"):
        evaluate_rate(text, NAMES, "m")


def test_what_cannot_be_read_is_refused():
    with pytest.raises(InvalidValueError, match=r"m: cannot read fastest_rate '1/tau \+'"):
        parse_rate("1/tau +", "m")
    with pytest.raises(InvalidTypeError, match="m: fastest_rate is 3"):
        parse_rate(3, "m")


def test_an_error_names_the_rate_that_it_is_about():
    with pytest.raises(InvalidValueError, match="m: cannot read peak_rate '1/'"):
        parse_rate("1/", "m", "peak_rate")
    with pytest.raises(InvalidValueError, match="m: peak_rate has 'b'"):
        evaluate_rate("b", NAMES, "m", "peak_rate")
