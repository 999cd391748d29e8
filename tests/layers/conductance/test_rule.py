"""Weights to conductances and back."""

import keras
import numpy as np
import pytest

from spikenet.layers.conductance.rule import RULES, WeightRange

OFFSETS = np.array([-1.5, -1.0, -0.9998, -0.5, 0.0, 1e-6, 3.0, 1000.0, 1e5])[:, None]  # of one unit
RANGE = {"rectified": (0, np.inf), "projected": (0, np.inf), "exponential": (np.exp(-9), np.exp(9))}
RANGE["scaled"] = (np.exp(-9), np.inf)


def drawn(name, offsets):
    """The conductances that first weights stand for: scaled ones have a mean from e^-7 to e^7."""
    wanted = np.clip(1 + offsets, *RANGE[name])
    mean = wanted.mean()
    return wanted * (np.clip(mean, np.exp(-7), np.exp(7)) / mean if name == "scaled" else 1)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("offsets", [OFFSETS, OFFSETS[:-1], OFFSETS[:3]], ids=["of wide channels", "of many", "closed"])
def test_first_weights_make_the_conductances_that_were_drawn(name, offsets):
    """None is negative, and none of logarithms is closed for good."""
    rule = RULES[name]
    weights = rule.start(offsets)
    np.testing.assert_allclose(rule.conductance(weights), drawn(name, offsets), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("name", RULES)
def test_sums_are_those_of_the_conductances_whole_or_in_two_parts(name, apart, late):
    rng = np.random.default_rng(0)
    rule, p, offsets = RULES[name], rng.uniform(0, 1, (5, 6)), rng.uniform(-0.9, 4, (6, 3))
    weights = rule.start(offsets)
    common, rest = rule.parted(weights)
    np.testing.assert_allclose(common + np.asarray(rest), rule.conductance(weights), rtol=1e-13)
    ones = (lambda: p.sum(axis=1, keepdims=True)) if apart else None
    found = rule.drive(weights, lambda kernel: p @ np.asarray(kernel), ones, late)
    np.testing.assert_allclose(found, p @ np.asarray(rule.conductance(weights)), rtol=1e-13)


@pytest.mark.parametrize("name", RULES)
def test_conductances_grow_with_their_weights_and_are_never_negative(name):
    rule, weights = RULES[name], np.linspace(-20, 20, 401)[:, None]
    if rule.constraint:
        weights = np.asarray(rule.constraint(weights))
    conductances = np.asarray(rule.conductance(weights))
    assert conductances.min() >= 0 and np.isfinite(conductances).all()
    assert (np.diff(conductances[:, 0]) >= 0).all()


def test_what_all_inputs_of_a_unit_do_alike_counts_for_a_tenth_when_they_scale_each_other():
    rule, g = RULES["scaled"], np.random.default_rng(0).normal(0, 2, (3, 3, 20, 4))
    before, common = np.asarray(rule.conductance(g)), np.array([0.5, -1.0, 30.0, 0.0])
    after = np.asarray(rule.conductance(g + common))
    np.testing.assert_allclose(np.log(after / before), np.broadcast_to(common / 10, g.shape), atol=1e-12)
    means = np.exp(g).mean(axis=(0, 1, 2))
    np.testing.assert_allclose(before, np.exp(g) / means**0.9, rtol=1e-12)


def test_scaling_does_not_leave_the_range_of_half_precision():
    """exp(41) is 6e17, and float16 ends at 65,504; the conductances themselves are some tens and hundreds."""
    g = np.array([[40.0, -41.0], [41.0, -40.0], [39.0, -39.0]], np.float16)
    found = np.asarray(RULES["scaled"].conductance(g))
    assert found.dtype == np.float16
    np.testing.assert_allclose(found, RULES["scaled"].conductance(g.astype(float)), rtol=2e-3)


def test_weights_are_put_back_into_their_range():
    one = WeightRange(-1.0, 2.0)
    assert np.asarray(one(np.array([-3.0, 0.5, 9.0]))).tolist() == [-1.0, 0.5, 2.0]
    assert np.asarray(WeightRange(-1.0)(np.array([-3.0, 1e30]))).tolist() == [-1.0, 1e30]
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(one))
    assert (again.least, again.most) == (-1.0, 2.0)
