"""Balanced starts: as much excitation as inhibition, over the inputs given, and nothing else changed."""

import keras
import numpy as np
import pytest

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.conductance import (
    AbsNormDense,
    CWAConv2D,
    CWADense,
    Doubled,
    LateralInhibition,
    LogNormalConductance,
    Release,
    balance_conductances,
)
from spikenet.layers.conductance.rule import RULES

SPREAD = LogNormalConductance(1.5, seed=3)


def deep(rule, dtype="float64", **more):
    """Convolutions with a shortcut and a dense layer, on images (6, 6, 2)."""
    settings = {"rule": rule, "initializer": SPREAD, "dtype": dtype, **more}
    shown = keras.Input((6, 6, 2))
    z = CWAConv2D(4, 3, **settings, name="first")(Doubled()(shown))
    p = Release()(z)
    p = Release()(keras.layers.Add(dtype=dtype)([p, CWAConv2D(4, 3, **settings, name="second")(p)]))
    return keras.Model(shown, CWADense(6, **settings, name="third")(keras.layers.Flatten(dtype=dtype)(p)))


def shown(count=40):
    return np.random.default_rng(1).uniform(0, 1, (count, 6, 6, 2))


def means(model, name, inputs):
    """Mean excitation and mean inhibition of each unit."""
    layer = model.get_layer(name)
    given = keras.Model(model.input, layer.input)(inputs)
    return [np.asarray(one).reshape(-1, one.shape[-1]).mean(axis=0) for one in layer.drives(given)]


@pytest.mark.parametrize("rule", RULES)
def test_every_neuron_is_excited_as_much_as_inhibited(rule):
    model, inputs = deep(rule), shown()
    first, before = means(model, "first", inputs), model.get_layer("first").conductances()
    assert np.ptp(first[0] / first[1]) > 0.5
    balance_conductances(model, inputs)
    for name in ("first", "second", "third"):
        exc, inh = means(model, name, inputs)
        np.testing.assert_allclose(exc, inh, rtol=1e-9)
    np.testing.assert_allclose(sum(means(model, "first", inputs)), sum(first), rtol=1e-9)
    # Each input keeps its share of the unit's excitation, or inhibition.
    factor = model.get_layer("first").conductances() / before
    for half in np.split(factor, 2, axis=-2):
        np.testing.assert_allclose(half, np.broadcast_to(half[:1, :1, :1], half.shape), rtol=1e-9)


@pytest.mark.parametrize("e_rest", [-0.4, 0.3])
def test_the_resting_conductance_is_counted_in(e_rest):
    model, inputs = deep("scaled", e_rest=e_rest, g_rest=0.5), shown()
    balance_conductances(model, inputs)
    for name in ("first", "second", "third"):
        exc, inh = means(model, name, inputs)
        np.testing.assert_allclose(0.5 * e_rest + exc, inh, rtol=1e-9)


def test_a_rest_that_outweighs_all_inputs_is_made_up_for_as_far_as_they_go():
    first = keras.Input((4,))
    layer = CWADense(3, g_rest=100.0, e_rest=-1.0, initializer=SPREAD)
    balance_conductances(keras.Model(first, layer(first)), np.float32([[0.3, 0.8, 0.1, 0.2]]))
    exc, inh = layer.drives(np.float32([[0.3, 0.8, 0.1, 0.2]]))
    np.testing.assert_allclose(np.divide(inh, exc), 1 / 19, rtol=1e-4)


def test_neurons_deep_in_a_network_tell_images_apart():
    """Without balance, many are on or off whatever they are shown."""
    inputs = np.random.default_rng(2).uniform(0, 1, (200, 40)).astype("float32")
    before, after = [], []
    for seed in (1, 2, 3):
        keras.utils.set_random_seed(seed)
        p = first = keras.Input((40,))
        for _ in range(6):
            p = Release()(CWADense(40, rule="scaled", initializer=LogNormalConductance(0.7))(p))
        model = keras.Model(first, p)
        before.append(_telling(model, inputs))
        balance_conductances(model, inputs)
        after.append(_telling(model, inputs))
    assert np.mean(before) < 0.6  # 0.55, 0 and 0.78
    assert min(after) > 0.95


def _telling(model, inputs):
    """The share of the neurons that release for some of the inputs and not for all."""
    active = (np.asarray(model(inputs)) > 0).mean(axis=0)
    return np.mean((active > 0.05) & (active < 0.95))


def test_the_layer_under_lateral_inhibition_is_balanced_and_its_interneurons_stay():
    first = keras.Input((8,))
    layer = LateralInhibition(CWADense(6, initializer=SPREAD), 4, rule="scaled", initializer=SPREAD)
    model = keras.Model(first, layer(first))
    inputs = np.random.default_rng(3).uniform(0, 1, (50, 8)).astype("float32")
    interneurons = layer.lateral_conductances()
    balance_conductances(model, inputs)
    exc, inh = (np.asarray(one).mean(axis=0) for one in layer.layer.drives(inputs))
    np.testing.assert_allclose(exc, inh, rtol=1e-5)
    for before, after in zip(interneurons, layer.lateral_conductances(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_neuron_that_one_side_alone_reaches_stays_as_it_is():
    first = keras.Input((4,))
    layer = CWADense(3, initializer=SPREAD)
    model = keras.Model(first, layer(first))
    before = layer.conductances()
    balance_conductances(model, np.float32([[0.3, 0.8, 0.0, 0.0]]))
    np.testing.assert_array_equal(layer.conductances(), before)


def test_the_same_images_balance_alike():
    one, other = deep("scaled", "float32"), deep("scaled", "float32")
    for model in (one, other):
        balance_conductances(model, shown().astype("float32"))
    for mine, yours in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, yours)


def test_raw_images_go_through_the_layers_before():
    first = keras.Input((6, 6), dtype="uint8")
    p = Doubled()(keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(first)))
    layer = CWADense(4, initializer=SPREAD)
    model = keras.Model(first, layer(p))
    images = np.random.default_rng(4).integers(0, 255, (30, 6, 6), np.uint8)
    balance_conductances(model, images)
    pixels = np.concatenate([images.reshape(30, 36) / 255] * 2, axis=1)
    exc, inh = (half.mean() for half in np.split(pixels.mean(axis=0)[:, None] * layer.conductances(), 2))
    assert exc == pytest.approx(inh, rel=1e-5)


@pytest.mark.parametrize("extreme", [1e-30, 1e30])
def test_a_scaled_unit_keeps_its_shares_however_far_it_is_moved(extreme):
    g = np.float64([[-3.0, 1.0], [0.0, 2.0], [2.0, 4.0]])
    moved = np.asarray(RULES["scaled"].times(g, np.float64([extreme, 2.0])))
    assert np.abs(moved).max() <= RULES["scaled"].constraint.most
    np.testing.assert_allclose(np.diff(moved, axis=0), np.diff(g, axis=0), rtol=1e-9)
    np.testing.assert_allclose(moved[:, 1] - g[:, 1], np.log(2) / RULES["scaled"].common, rtol=1e-9)


def shared():
    first, layer = keras.Input((4,)), CWADense(4)
    return keras.Model(first, layer(Release()(layer(first))), name="twice")


def nested():
    inner = keras.Sequential([keras.Input((4,)), CWADense(4)], name="inner")
    return keras.Sequential([keras.Input((4,)), inner], name="outer")


def several():
    inputs = [keras.Input((4,)), keras.Input((4,))]
    return keras.Model(inputs, CWADense(2)(keras.layers.Add()(inputs)))


@pytest.mark.parametrize(
    "model, inputs, error, words",
    [
        (lambda: "a model", np.ones((2, 4)), InvalidTypeError, "wanted a built Keras model of one input"),
        (lambda: keras.Sequential([CWADense(2)]), np.ones((2, 4)), InvalidTypeError, "a built Keras model"),
        (several, np.ones((2, 4)), InvalidTypeError, "of one input"),
        (lambda: keras.Sequential([keras.Input((4,)), AbsNormDense(2)]), np.ones((2, 4)), InvalidValueError, "nothing"),
        (shared, np.ones((2, 4)), InvalidValueError, "in several places of it"),
        (nested, np.ones((2, 4)), InvalidValueError, "inner is a model within outer"),
        (lambda: deep("scaled"), np.ones((0, 6, 6, 2)), InvalidValueError, r"the shape \(0, 6, 6, 2\)"),
        (lambda: deep("scaled"), np.ones((3, 6, 6)), InvalidValueError, r"the shape \(3, 6, 6\)"),
        (lambda: deep("scaled"), np.ones((3, 6, 5, 2)), InvalidValueError, r"wants some of \(None, 6, 6, 2\)"),
        (
            lambda: deep("scaled"),
            np.full((3, 6, 6, 2), np.nan),
            InvalidValueError,
            "number 0 of the inputs holds a NaN",
        ),
        (lambda: deep("scaled"), np.full((3, 6, 6, 2), "a"), InvalidTypeError, "wanted numbers"),
    ],
)
def test_what_cannot_be_balanced_is_refused(model, inputs, error, words):
    made = model()
    before = made.get_weights() if isinstance(made, keras.Model) and made.built else []
    with pytest.raises(error, match=words):
        balance_conductances(made, inputs)
    for mine, yours in zip(before, made.get_weights() if before else [], strict=True):
        np.testing.assert_array_equal(mine, yours)
