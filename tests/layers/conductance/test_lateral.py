"""Lateral inhibition against a loop written out."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from spikenet.errors import InvalidValueError
from spikenet.layers.conductance.absnorm import AbsNormDense
from spikenet.layers.conductance.conv2d import CWAConv2D
from spikenet.layers.conductance.dense import CWADense
from spikenet.layers.conductance.lateral import LateralInhibition
from spikenet.layers.conductance.rule import RULES

START = keras.initializers.RandomUniform(-1, 3, seed=1)


def make(steps=3, **more):
    layer = CWADense(8, e_rest=0.3, g_rest=0.8, initializer=START, **more)
    return LateralInhibition(layer, 5, steps, initializer=START, **more)


def test_lateral_inhibition_is_a_keras_layer(check_layer, rows):
    check_layer(
        lambda: LateralInhibition(CWADense(6, rule="exponential"), 4, 2, rule="exponential"),
        rows,
        rounding=1e-6,
        kinds=["functional"],
    )


@pytest.mark.parametrize("rule", RULES)
def test_each_step_is_an_average_with_what_the_interneurons_release(rows, textbook, rule):
    layer, p = make(dtype="float64", rule=rule), rows.astype(float)
    found, start = np.asarray(layer(p)), np.asarray(layer.layer(p))
    towards, onto = layer.lateral_conductances()
    z = start
    for _ in range(3):
        released = np.maximum(textbook.cwa(np.maximum(z, 0), towards, 0.8, 0.3), 0)
        everything = np.concatenate([p, np.zeros_like(released), released], axis=1)  # as inhibitory as can be
        weights = np.concatenate([layer.conductances(), np.zeros_like(onto), onto])
        z = _with_inhibitory(everything, weights, p.shape[1], 0.8, 0.3)
    np.testing.assert_allclose(found, z, rtol=0, atol=1e-13)
    assert np.abs(found - start).max() > 1e-3


def _with_inhibitory(p, conductances, inputs, g_rest, e_rest):
    valences = np.r_[np.ones(inputs // 2), -np.ones(p.shape[1] - inputs // 2)]
    return (g_rest * e_rest + p @ (valences[:, None] * conductances)) / (g_rest + p @ conductances)


@pytest.mark.parametrize("rule", RULES)
def test_all_interneurons_together_start_as_strong_as_the_neuron_itself(rows, rule):
    layer = LateralInhibition(CWADense(8), 5, rule=rule)
    layer(rows)
    np.testing.assert_allclose(layer.lateral_conductances()[1], np.full((5, 8), 1 / 5), rtol=1e-6)
    assert layer.get_config()["steps"] == 4


def test_channels_that_learn_to_close_are_closed_and_no_more(rows):
    layer = make()
    layer(rows)
    weights = [layer.g_from, layer.g_onto]
    optimizer = keras.optimizers.SGD(1.0)
    optimizer.apply([tf.fill(one.shape, 10.0) for one in weights], weights)
    assert [float(np.max(one)) for one in weights] == [-1.0, -1.0]


def test_it_only_ever_quietens(rows):
    layer = make(steps=1)
    assert (np.asarray(layer(rows)) <= np.asarray(layer.layer(rows)) + 1e-6).all()


def test_more_steps_settle(rows):
    """Inhibition that feeds back weakly converges: each step changes less than the one before."""
    potentials = [np.asarray(make(steps=steps)(rows)) for steps in (1, 2, 3, 8, 9)]
    changes = [np.abs(a - b).max() for a, b in ((potentials[0], potentials[1]), (potentials[1], potentials[2]))]
    assert changes[1] < changes[0]
    assert np.abs(potentials[4] - potentials[3]).max() < 1e-4


def test_gradients_reach_the_interneurons(rows):
    layer = make()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(rows) ** 2)
    assert len(layer.trainable_variables) == 4
    for gradient in tape.gradient(loss, layer.trainable_variables):
        assert np.abs(np.asarray(gradient)).max() > 0


@pytest.mark.parametrize(
    "layer, interneurons, steps, match",
    [
        (keras.layers.Dense(4), 2, 1, "CWADense"),
        (CWAConv2D(4, 3), 2, 1, "CWADense"),
        (CWADense(5), 2, 1, "even number"),
        (CWADense(4), 0, 1, "whole number from 1"),
        (CWADense(4), 2, 0, "whole number from 1"),
    ],
)
def test_what_cannot_be_inhibited_is_refused(layer, interneurons, steps, match):
    with pytest.raises(InvalidValueError, match=match):
        LateralInhibition(layer, interneurons, steps)


def test_the_ablation_can_be_inhibited_as_well(rows):
    assert LateralInhibition(AbsNormDense(6, initializer=START), 4)(rows).shape == (9, 6)
