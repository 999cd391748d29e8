"""Each gradient against its formula, or against differences of the simulation where it claims to be exact."""

import numpy as np
import pytest
import tensorflow as tf

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.layers import GRADIENTS
from spikenet.layers.gradient import gradient_of

SETTINGS = {"neuron": sn.FHN(epsilon=0.3), "settle": "5 ms", "record": "200 ms", "engine": "cpp"}
Z = np.linspace(-1.5, 1.5, 8, dtype=np.float32).reshape(2, 4)


def gradient(layer, z, upstream):
    z = tf.constant(z)
    with tf.GradientTape() as tape:
        tape.watch(z)
        found = layer(z, training=True)
    return np.asarray(tape.gradient(found, z, output_gradients=tf.constant(upstream, found.dtype)))


def test_sigmoid_is_the_derivative_of_a_sigmoid_whatever_the_neurons_do():
    sigmoid = 1 / (1 + np.exp(-Z.astype(float)))
    upstream = np.arange(8.0).reshape(2, 4) - 3
    layer = sn.Population(**SETTINGS, drive=sn.tanh_drive(-0.5), surrogate="sigmoid")
    assert gradient(layer, Z, upstream) == pytest.approx(upstream * sigmoid * (1 - sigmoid), rel=1e-5)


def test_sigmoid_does_not_leave_the_floats_far_out():
    layer = sn.Population(**SETTINGS, drive=sn.tanh_drive(-0.5), surrogate="sigmoid")
    assert np.array_equal(gradient(layer, np.array([[-1e4, 1e4]], np.float32), [[1, 1]]), [[0, 0]])


def test_response_is_the_slope_of_the_measured_curve():
    # <x> = -(a + I) over whole cycles, so d<x>/dz = -gamma (1 - tanh(z)^2); partial cycles ripple it a little.
    layer = sn.Population(**SETTINGS, drive=sn.tanh_drive(-0.5), surrogate="response")
    wanted = 0.5 * (1 - np.tanh(Z.astype(float)) ** 2)
    assert gradient(layer, Z, np.ones_like(Z)) == pytest.approx(wanted, rel=0.15, abs=0.02)


def test_response_of_lif_is_the_slope_of_its_f_i_curve():
    # Spikes in T: T / (tau_ref + tau ln((RI - 15 mV + ...) / (RI - 20 mV))), v_rest -70, v_reset -65, threshold -50.
    drive = sn.linear_drive(0.1e-9, 0.5e-9, 0.25e-9, 1e-9)
    layer = sn.Population(sn.LIF, drive=drive, record="2 s", output="count", surrogate="response", engine="cpp")

    def spikes(z):
        push = 1e8 * drive(z)
        return 2 / (2e-3 + 20e-3 * np.log((push - 5e-3) / (push - 20e-3)))

    z = np.array([[-1.0, 0.0, 1.0, 2.0]])
    wanted = (spikes(z + 1e-3) - spikes(z - 1e-3)) / 2e-3
    assert gradient(layer, z.astype(np.float32), np.ones_like(z)) == pytest.approx(wanted, rel=0.05)


@pytest.mark.parametrize("surrogate", ["sigmoid", "response"])
def test_instants_add_up(surrogate):
    settings = SETTINGS | {"drive": sn.tanh_drive(-0.5), "surrogate": surrogate}
    of_mean = gradient(sn.Population(**settings), Z, np.ones_like(Z))
    of_instants = gradient(sn.Population(**settings, output="instants", instants=6), Z, np.ones((2, 6, 4)))
    assert of_instants == pytest.approx(6 * of_mean, rel=1e-5)


def test_a_drive_that_is_held_at_its_bound_passes_no_gradient():
    layer = sn.Population(**SETTINGS, drive=sn.linear_drive(1.0, 0.0, -0.5, 0.5), surrogate="response")
    found = gradient(layer, np.array([[-0.8, -0.2, 0.2, 0.8]], np.float32), np.ones((1, 4)))
    assert found[0, 0] == found[0, 3] == 0
    assert np.all(np.abs(found[0, 1:3] + 1) < 0.2)


def test_a_name_that_is_not_in_the_table_is_refused():
    for name in GRADIENTS:
        assert gradient_of(name) is gradient_of(gradient_of(name)) is GRADIENTS[name]
    with pytest.raises(InvalidValueError, match="there are sigmoid, response"):
        gradient_of("exact")
