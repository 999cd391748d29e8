"""What dense and convolutional conductance neurons share: sums, all rules, low precision, gradients, range."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spikenet.errors import InvalidValueError
from spikenet.layers.conductance import CWAConv2D, CWADense, LateralInhibition, LogNormalConductance
from spikenet.layers.conductance.rule import RULES

WIDE = keras.initializers.RandomUniform(-2, 1, seed=4)  # a third of the channels is closed


def dense(**more):
    return CWADense(5, **{"g_rest": 0.7, "e_rest": -0.4, "initializer": WIDE, **more})


def conv(**more):
    return CWAConv2D(5, 3, 2, **{"g_rest": 0.7, "e_rest": 0.2, "initializer": WIDE, **more})


@pytest.fixture(params=["dense", "conv"])
def case(request, rows, images):
    """A maker of layers, and inputs for them."""
    return {"dense": (dense, rows), "conv": (conv, images)}[request.param]


@pytest.mark.parametrize("rule", RULES)
def test_sums_of_each_half_give_what_sums_of_all_inputs_give(case, rule, textbook):
    """In float64, to rounding."""
    make, p = case
    layer = make(rule=rule, dtype="float64")
    np.testing.assert_allclose(layer(p), textbook.two_sums(layer, p), rtol=0, atol=1e-14)


def test_in_single_precision_sums_of_each_half_are_as_exact_as_those_of_all_inputs(case, textbook):
    make, p = case
    exact = make(dtype="float64")
    wanted = np.asarray(exact(p))
    layer = _with_weights_of(exact, make(), p)
    for found in (layer(p), textbook.two_sums(layer, p)):
        np.testing.assert_allclose(found, wanted, atol=2e-6)


def _with_weights_of(exact, layer, p):
    """``layer`` with the weights of another one: initial ones differ with the type."""
    layer.build(p.shape)
    layer.set_weights(exact.get_weights())
    return layer


def test_all_rules_start_from_the_same_conductances_where_none_is_closed(case):
    make, p = case
    start = keras.initializers.RandomUniform(-0.99, 1, seed=2)
    one, *others = (make(rule=rule, initializer=start, dtype="float64") for rule in RULES)
    z = np.asarray(one(p))
    for other in others:
        np.testing.assert_allclose(other(p), z, rtol=0, atol=1e-14)
        np.testing.assert_allclose(other.conductances(), one.conductances(), rtol=0, atol=1e-14)


@pytest.mark.parametrize("rule", RULES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_potentials_stay_between_those_of_the_channels(rule, data):
    """For every input from 0 to 1 and any weights at all that the rule allows."""
    p = data.draw(arrays(np.float32, (3, 6), elements=st.floats(0, 1, width=32)))
    g = data.draw(arrays(np.float32, (2, 3, 4), elements=st.floats(-1e3, 1e6, width=32)))
    g_rest, e_rest = data.draw(st.floats(1e-3, 1e3)), data.draw(st.floats(-1, 1))
    layer = CWADense(4, g_rest=g_rest, e_rest=e_rest, rule=rule)
    layer.build(p.shape)
    constraint = RULES[rule].constraint
    layer.set_weights([one if constraint is None else constraint(one) for one in g])
    z = np.asarray(layer(p))
    assert np.isfinite(z).all()
    assert np.abs(z).max() <= 1 + 1e-6  # rounding of sums of up to 1e6 in float32


@pytest.mark.parametrize("make, shape", [(CWADense, (64, 1000)), (CWAConv2D, (8, 9, 9, 40))])
def test_mixed_precision_keeps_the_accuracy(make, shape, textbook):
    """bfloat16 has 8 bits; at the paper's start all that is learnt lies in the difference of G from 1."""
    p = np.random.default_rng(0).uniform(0, 1, shape).astype(np.float32)
    settings = {"kernel_size": 3} if make is CWAConv2D else {}
    exact = make(50, initializer=keras.initializers.RandomUniform(-0.04, 0.04, seed=1), dtype="float64", **settings)
    wanted = np.asarray(exact(p))
    layer = _with_weights_of(exact, make(50, dtype="mixed_bfloat16", **settings), p)
    mixed, naive = np.asarray(layer(p)), textbook.two_sums(layer, p)
    assert mixed.dtype == np.float32
    told = (wanted - wanted.mean(axis=-1, keepdims=True)).std()  # by which units differ
    errors = [np.sqrt(np.mean((z - wanted) ** 2)) for z in (mixed, naive)]
    assert errors[0] < 0.01 * told
    assert errors[1] > 4 * errors[0]


@pytest.mark.parametrize("rule", ["exponential", "scaled"])
@pytest.mark.parametrize("spread, mean", [(0.5, 1.0), (2.0, 1.0), (2.0, 0.05), (2.0, 20.0)])
@pytest.mark.parametrize("make, shape", [(CWADense, (64, 1000)), (CWAConv2D, (8, 9, 9, 40))])
def test_conductances_spread_over_decades_keep_their_accuracy_in_mixed_precision(make, shape, spread, mean, rule):
    """A sum of bfloat16 has 8 bits: what all conductances have in common is summed apart, wherever they have gone."""
    p = np.random.default_rng(0).uniform(0, 1, shape).astype(np.float32)
    settings = {"rule": rule, "initializer": LogNormalConductance(spread, seed=1)}
    settings |= {"kernel_size": 3} if make is CWAConv2D else {}
    exact = make(50, dtype="float64", **settings)
    exact.build(p.shape)
    exact.set_weights([one + np.log(mean) for one in exact.get_weights()])
    wanted = np.asarray(exact(p))
    mixed = np.asarray(_with_weights_of(exact, make(50, dtype="mixed_bfloat16", **settings), p)(p))
    told = (wanted - wanted.mean(axis=-1, keepdims=True)).std()
    assert np.sqrt(np.mean((mixed - wanted) ** 2)) < 0.005 * told


@pytest.mark.parametrize("rule", RULES)
def test_gradients_are_central_differences(case, rule, central_difference):
    make, p = case
    layer = make(rule=rule, dtype="float64")
    p = p.astype(float) + 0.05  # off the corner at 0, which belongs to Release
    layer.build(p.shape)
    weights = np.random.default_rng(1).normal(size=np.asarray(layer(p)).shape)

    def loss(inputs):
        return tf.reduce_sum(weights * layer(inputs) ** 2)

    inputs = tf.constant(p)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = loss(inputs)
    by_input, by_exc, by_inh = (np.asarray(g) for g in tape.gradient(value, [inputs, *layer.trainable_variables]))
    for index in [(0,) * p.ndim, (2,) * p.ndim]:
        assert by_input[index] == pytest.approx(central_difference(loss, p, index), rel=1e-6, abs=1e-9)
    for which, gradient in enumerate((by_exc, by_inh)):
        values = layer.get_weights()

        def with_weight(array, which=which, values=values):
            layer.set_weights([array if k == which else one for k, one in enumerate(values)])
            return loss(p)

        for index in np.ndindex(*(min(2, n) for n in gradient.shape)):
            if abs(values[which][index] + 1) > 1e-3:  # off the corner of the rule
                found = central_difference(with_weight, values[which], index)
                assert gradient[index] == pytest.approx(found, rel=1e-6, abs=1e-9)
        layer.set_weights(values)


def test_projected_weights_go_back_to_closed(rows):
    layer = dense(rule="projected")
    layer(rows)
    optimizer = keras.optimizers.SGD(100.0)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(rows))
    optimizer.apply(tape.gradient(loss, layer.trainable_variables), layer.trainable_variables)
    assert min(w.min() for w in layer.get_weights()) == -1.0
    assert layer.conductances().min() == 0.0


def test_by_the_exponential_rule_a_step_is_a_share_of_the_conductance(rows):
    """Adam's first step is its rate, whatever the gradient; and none leaves the range of the rule."""
    layer = dense(rule="exponential", initializer=LogNormalConductance(1.0, seed=1))
    layer(rows)
    before = layer.conductances()
    optimizer = keras.optimizers.Adam(0.1, epsilon=1e-20)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(rows))
    gradient = tape.gradient(loss, layer.trainable_variables)
    optimizer.apply(gradient, layer.trainable_variables)
    ratios = layer.conductances() / before
    np.testing.assert_allclose(np.abs(np.log(ratios)), 0.1, rtol=2e-3)
    keras.optimizers.SGD(1e30).apply([tf.sign(one) for one in gradient], layer.trainable_variables)
    assert layer.conductances() == pytest.approx(np.exp(9 * np.sign(ratios - 1)), rel=1e-3)


def test_closed_channels_learn_nothing_by_the_papers_rule(rows):
    layer = dense()
    layer(rows)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(rows) ** 2)
    for weights, gradient in zip(layer.get_weights(), tape.gradient(loss, layer.trainable_variables), strict=True):
        closed = weights < -1
        assert closed.any() and not np.asarray(gradient)[closed].any()
        assert np.asarray(gradient)[~closed].any()


def test_conductances_are_whole_and_not_negative(case):
    make, p = case
    layer = make()
    layer(p)
    conductances = layer.conductances()
    assert conductances.shape[-2:] == (p.shape[-1], 5)
    assert conductances.min() == 0
    offsets = np.concatenate(layer.get_weights(), axis=-2)
    np.testing.assert_allclose(conductances, np.maximum(1 + offsets, 0), atol=1e-6)


def test_the_halves_are_drawn_apart(rows):
    exc, inh = _weights(rows)
    assert not np.array_equal(exc, inh)


def _weights(rows):
    layer = dense()
    layer(rows)
    return layer.get_weights()


@pytest.mark.parametrize("name", ["squared", None, ["projected"]])
@pytest.mark.parametrize("make", [CWADense, lambda units, rule: LateralInhibition(CWADense(units), 2, rule=rule)])
def test_an_unknown_rule_is_refused(make, name):
    with pytest.raises(InvalidValueError, match="unknown rule .*; there are rectified, projected, exponential, scaled"):
        make(4, rule=name)


@pytest.mark.parametrize("form", ["fast", "textbook"])
def test_the_form_in_the_configuration_of_an_older_file_is_ignored(case, form):
    make, p = case
    layer = make(rule="projected")
    z = np.asarray(layer(p))
    again = _with_weights_of(layer, type(layer).from_config(layer.get_config() | {"form": form}), p)
    np.testing.assert_array_equal(again(p), z)
    assert again.get_config() == layer.get_config()


def test_an_odd_number_of_inputs_is_refused(rows):
    with pytest.raises(InvalidValueError, match="wanted an even number.*Doubled"):
        CWADense(4)(rows[:, :5])


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("share", [0.0, 0.02])
def test_nearly_closed_channels_leave_potentials_in_their_range(dtype, share):
    """Thousands of closed channels: sums of ones and of offsets cancel, and rounding must not make conductances."""
    rng = np.random.default_rng(0)
    p = rng.uniform(0, 1, (16, 4000)).astype(np.float32)
    g = np.where(rng.uniform(size=(4000, 6)) < share, 1.0, -1.0)
    layer = CWADense(6, rule="projected", e_rest=-0.4, dtype=dtype)
    layer.build(p.shape)
    layer.set_weights(np.split(g, 2))
    z = np.asarray(layer(p))
    assert np.abs(z).max() <= 1
    assert all(np.min(one) >= 0 for one in layer.drives(p))
    exact = CWADense(6, rule="projected", e_rest=-0.4, dtype="float64")
    exact.build(p.shape)
    exact.set_weights(np.split(g, 2))
    # A result of bfloat16 has 8 bits: half a unit in the last place of a sum of 1,000 is 2, of float16 a quarter.
    rounding = {"float32": 1e-3, "mixed_bfloat16": 2.0, "mixed_float16": 0.25}[dtype]
    for found, wanted in zip(layer.drives(p), exact.drives(p), strict=True):
        assert np.abs(np.asarray(found) - np.asarray(wanted)).max() < 2 * rounding + 0.004 * np.max(wanted)
