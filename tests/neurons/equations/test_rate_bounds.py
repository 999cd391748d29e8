"""The line of arithmetic behind the check of ``dt``."""

import math

import pytest

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons import NeuronModel
from spikenet.neurons.equations.rate_bounds import compile_rate

NAMES = {"a": -3.0, "tau": 0.5, "zero": 0.0}


def evaluate(text: str, what: str = "fastest_rate") -> float:
    """The rate of a model with these parameters, under a drive of 7."""
    model = NeuronModel(
        name="m", equations="dv/dt = i_in : 1\ni_in : Hz", outputs="v", parameters=NAMES, **{what: text}
    )
    return model.rate_bound({"i_in": 7.0}, what)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 / tau", 2.0),
        ("max(4, (abs(a) + 1)**2) - 1", 15.0),
        ("min(7, 8) * tau", 3.5),
        ("-a + sqrt(16) + exp(0)", 8.0),
        ("i_in - 1", 6.0),
        ("exp(10000) * tau", math.inf),
        ("10.0**400", math.inf),
    ],
)
def test_arithmetic_is_arithmetic(text, value):
    assert evaluate(text) == value


@pytest.mark.parametrize("text", ["1 / zero", "a", "sqrt(a)", "a**0.5"])
def test_no_valid_rate_says_which_numbers_were_given(text):
    with pytest.raises(InvalidValueError, match="m has no valid time scale: .* a=-3, tau=0.5, zero=0"):
        evaluate(text)


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "tau.real", "tau[0]", "b", "1 if tau else 2", "max(a, key=abs)", "'x'", "True", "abs",
     "(lambda: a)()", "max(*[a])", "exp", "a % 2", "a < 2", "f'{a}'"],
)  # fmt: skip
def test_nothing_but_arithmetic_is_worked_out(text):
    with pytest.raises(InvalidValueError, match="m: fastest_rate has .* it may use a, tau, zero, i_in and arithmetic"):
        evaluate(text)


def test_what_cannot_be_read_is_refused():
    with pytest.raises(InvalidValueError, match=r"m: cannot read fastest_rate '1/tau \+'"):
        evaluate("1/tau +")
    with pytest.raises(InvalidTypeError, match="m: fastest_rate is 3"):
        evaluate(3)


def test_an_error_names_the_rate_that_it_is_about():
    with pytest.raises(InvalidValueError, match="m: cannot read peak_rate '1/'"):
        compile_rate("1/", (), "m", "peak_rate")
    with pytest.raises(InvalidValueError, match="m: peak_rate has 'b'"):
        evaluate("b", "peak_rate")


@pytest.mark.parametrize("text", ["9**9**9**9", "1 / tau + 10**400", "max(9**9**9, 2.0)**99"])
def test_numbers_without_bound_are_infinite_at_once(text):
    assert evaluate(text) == math.inf


@pytest.mark.parametrize("text", ["9" * 5000, "(" * 3000 + "1" + ")" * 3000, "1 +" * 5000])
def test_texts_that_are_too_long_are_refused(text):
    with pytest.raises(InvalidValueError, match="cannot read fastest_rate"):
        evaluate(text)
