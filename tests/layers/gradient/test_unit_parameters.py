"""Gradients of units with parameters of their own are those of each unit alone."""

import numpy as np
import pytest
import tensorflow as tf

from spikenet.encode import LinearDrive
from spikenet.errors import InvalidValueError
from spikenet.layers.gradient.step import DifferentiableStep
from spikenet.layers.gradient.unrolling import unroll
from spikenet.layers.population import Population
from spikenet.layers.saving import from_json, to_json
from spikenet.neurons import FHN, LIF

EPSILON = [0.05, 0.1, 0.2]
DRIVE = np.array([[0.1, -0.2, 0.3], [0.4, 0.1, -0.5]])


def test_each_unit_is_stepped_with_its_own_parameter():
    together = unroll(DifferentiableStep(FHN(epsilon=EPSILON)), DRIVE, settle_steps=0, record_steps=20)["final"].numpy()
    for unit, epsilon in enumerate(EPSILON):
        alone = unroll(DifferentiableStep(FHN(epsilon=epsilon)), DRIVE[:, [unit]], settle_steps=0, record_steps=20)
        np.testing.assert_allclose(together[:, [unit]], alone["final"], rtol=1e-12)


def test_a_threshold_of_its_own_sets_each_units_spikes():
    step = DifferentiableStep(LIF(v_threshold=[-60e-3, -50e-3]))
    count = unroll(step, np.array([[0.5e-9, 0.5e-9]]), settle_steps=0, record_steps=300)["count"].numpy()[0]
    assert count[0] > count[1] > 0


@pytest.mark.parametrize("surrogate", ["step", "sensitivity"])
def test_the_gradient_of_a_layer_is_that_of_each_unit(surrogate):
    def gradient(neuron, z):
        layer = Population(
            neuron, drive=LinearDrive(1.0, 0.0), duration="0.2 ms", surrogate=surrogate, engine="runtime"
        )
        z = tf.constant(z)
        with tf.GradientTape() as tape:
            tape.watch(z)
            total = tf.reduce_sum(layer(z, training=True) ** 2)
        return tape.gradient(total, z).numpy()

    z = DRIVE.astype(np.float32)
    together = gradient(FHN(epsilon=EPSILON), z)
    for unit, epsilon in enumerate(EPSILON):
        np.testing.assert_allclose(together[:, [unit]], gradient(FHN(epsilon=epsilon), z[:, [unit]]), rtol=1e-4)


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"engine": "response"}, "no common response table; take engine='cpp'"),
     ({"engine": "runtime", "surrogate": "response"}, "no common response curve; use surrogate='step'")],
)  # fmt: skip
def test_what_is_the_same_for_all_units_is_refused_when_the_layer_is_made(settings, words):
    with pytest.raises(InvalidValueError, match=f"epsilon of fhn differ from unit to unit, which have {words}"):
        Population(FHN(epsilon=EPSILON), drive=LinearDrive(1.0, 0.0, -1.0, 1.0), duration="1 ms", **settings)


def test_they_are_saved_and_loaded():
    model = FHN(epsilon=EPSILON)
    assert from_json(to_json(model)).parameters == model.parameters
