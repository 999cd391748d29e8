"""Closures against Python's own arithmetic and NumPy, forward and backward."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from spikenet.errors import InvalidValueError
from spikenet.layers.gradient.expressions import FUNCTIONS, closure
from spikenet.neurons.equations.update import FUNCTIONS as WRITTEN

X, A = np.array([0.15, 0.4, 0.75, 0.9]), 0.3


def value(expression: str, x=X, **settings):
    return np.asarray(closure(expression, {"a": A}, **settings)({"x": tf.constant(x)}))


def slope(expression: str, x) -> np.ndarray:
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = closure(expression, {"a": A})({"x": x})
    return tape.gradient(y, x).numpy()


def test_all_that_an_update_may_hold_is_known():
    assert set(FUNCTIONS) == WRITTEN


@pytest.mark.parametrize("name", sorted(WRITTEN - {"timestep", "where", "clip", "exprel", "int"}))
def test_functions_are_those_of_numpy(name):
    np.testing.assert_allclose(value(f"{name}(x - a*0.25)"), getattr(np, name)(X - 0.075), rtol=1e-14)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("-x**3/3 + x - a", -(X**3) / 3 + X - A),
        ("+x**a", X**A),
        ("2**x", 2**X),
        ("x**(1/8)", X**0.125),
        ("x**-2", X**-2.0),
        ("x > a and x <= 0.75", [0, 1, 1, 0]),
        ("x < a or not x != 0.9", [1, 0, 0, 1]),
        ("x == 0.4", [0, 1, 0, 0]),
        ("x != 0.4", [1, 0, 1, 1]),
        ("x > 0.4", [0, 0, 1, 1]),
        ("x >= 0.4", [0, 1, 1, 1]),
        ("x < 0.4", [1, 0, 0, 0]),
        ("x <= 0.4", [1, 1, 0, 0]),
        ("x > a or x < 0.5", [1, 1, 1, 1]),
        ("x**2.5", X**2.5),
        ("x**0", [1, 1, 1, 1]),
        ("int(-4*x)", [0, -1, -3, -3]),
        ("int(4*x)", [0, 1, 3, 3]),
        ("int(a > 0.1)*x", X),
        ("clip(x, a, 0.8)", [0.3, 0.4, 0.75, 0.8]),
        ("where(x > a, x, a)", [0.3, 0.4, 0.75, 0.9]),
        ("timestep(a, 0.1)", 3),  # 0.3/0.1 is 2.9999999999999996
        ("exprel(x) - 1/exprel(a)", np.expm1(X) / X - A / np.expm1(A)),
    ],
)
def test_expressions_are_pythons(expression, wanted):
    np.testing.assert_allclose(value(expression), wanted, rtol=1e-14, atol=1e-15)


def test_exprel_is_exact_beyond_its_series_too():
    x = np.array([-0.09, 2e-5, 1e-3, 0.05])
    np.testing.assert_allclose(value("exprel(x)", x), np.expm1(x) / x, rtol=1e-14)


@pytest.mark.parametrize("expression", ["x > a", "a < x", "not x > a"])
def test_truth_values_have_the_type_of_what_is_compared(expression):
    assert value(expression, np.float32(X)).dtype == np.float32


def test_constants_are_worked_out_beforehand_in_double_precision():
    """1e-45 is 0 in float32, and its root is not."""
    assert closure("sqrt(1e-46)*x", {})({"x": tf.constant(2.0)}).numpy() == pytest.approx(2e-23)


def test_exprel_and_powers_have_slopes_at_zero():
    x = np.array([0.0, 3e-6, -2.0])
    wanted = [0.5, 0.5 + 1e-6, (np.exp(-2) * -3 + 1) / 4]
    np.testing.assert_allclose(slope("exprel(x)", x), wanted, rtol=1e-10)
    np.testing.assert_allclose(slope("x**2 - a*x", x), 2 * x - A, rtol=1e-14)


def test_a_threshold_is_a_distance_on_the_side_that_fires():
    seen = []

    def spike(distance, at_threshold):
        seen.append((distance.numpy()[0], at_threshold))
        return ops.cast(distance > 0, "float64")

    np.testing.assert_array_equal(value("x > a and x <= 0.8", spike=spike), [0, 1, 1, 0])
    assert seen == [pytest.approx((-0.15, False)), pytest.approx((0.65, True))]


@pytest.mark.parametrize(
    ("comparison", "sign", "at_threshold"), [(">", 1, False), (">=", 1, True), ("<", -1, False), ("<=", -1, True)]
)
def test_each_comparison_has_its_side_and_its_equality(comparison, sign, at_threshold):
    seen = []
    closure(f"x {comparison} a", {"a": A}, lambda *arguments: seen.append(arguments))({"x": 0.5})
    assert seen == [(pytest.approx(sign * 0.2), at_threshold)]


@pytest.mark.parametrize(
    ("expression", "settings", "words"),
    [
        ("x % 2", {}, "cannot convert 'x % 2'"),
        ("sinc(x)", {}, r"cannot convert 'sinc\(x\)'"),
        ("0 < x < 1", {}, "cannot convert '0 < x < 1'"),
        ("x == a", {"spike": lambda distance, _: distance}, "a threshold has == or != in it"),
    ],
)
def test_anything_else_is_refused(expression, settings, words):
    with pytest.raises(InvalidValueError, match=words):
        closure(expression, {"a": A}, **settings)
