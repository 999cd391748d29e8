"""Each gradient against its formula, or against differences of the simulation where it claims to be exact."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import spikenet as sn
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers import GRADIENTS
from spikenet.layers.gradient.gradients import ThroughTime, gradient_of

SETTINGS = {"neuron": sn.FHN(epsilon=0.3), "settle": "5 ms", "duration": "200 ms", "engine": "cpp"}
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
    layer = sn.Population(sn.LIF, drive=drive, duration="2 s", output="count", surrogate="response", engine="cpp")

    def spikes(z):
        push = 1e8 * drive(z)
        return 2 / (2e-3 + 20e-3 * np.log((push - 5e-3) / (push - 20e-3)))

    z = np.array([[-1.0, 0.0, 1.0, 2.0]])
    wanted = (spikes(z + 1e-3) - spikes(z - 1e-3)) / 2e-3
    assert gradient(layer, z.astype(np.float32), np.ones_like(z)) == pytest.approx(wanted, rel=0.05)


@pytest.mark.parametrize("surrogate", ["sigmoid", "response"])
def test_instants_add_up(surrogate):
    settings = SETTINGS | {"duration": "10 ms", "drive": sn.tanh_drive(-0.5), "surrogate": surrogate}
    of_mean = gradient(sn.Population(**settings), Z, np.ones_like(Z))
    of_instants = gradient(sn.Population(**settings, output="instants", instants=6), Z, np.ones((2, 6, 4)))
    assert of_instants == pytest.approx(6 * of_mean, rel=1e-5)


def test_a_drive_that_is_held_at_its_bound_passes_no_gradient():
    layer = sn.Population(**SETTINGS, drive=sn.linear_drive(1.0, 0.0, -0.5, 0.5), surrogate="response")
    found = gradient(layer, np.array([[-0.8, -0.2, 0.2, 0.8]], np.float32), np.ones((1, 4)))
    assert found[0, 0] == found[0, 3] == 0
    assert np.all(np.abs(found[0, 1:3] + 1) < 0.2)


def test_a_class_in_the_place_of_a_gradient_is_refused():
    with pytest.raises(InvalidTypeError, match="the surrogate is .*ThroughTime.*; wanted one of"):
        gradient_of(ThroughTime)


def test_a_name_that_is_not_in_the_table_is_refused():
    for name in GRADIENTS:
        assert gradient_of(name) is gradient_of(gradient_of(name)) is GRADIENTS[name]
    with pytest.raises(InvalidValueError, match="there are sigmoid, response"):
        gradient_of("exact")


# A hundred steps in the process: quicker than to compile them. tests/neurons/test_sensitivity.py has the other engine.
SHORT = {
    "neuron": sn.FHN(epsilon=0.3), "settle": "0.6 ms", "duration": "1.8 ms", "dt": "0.02 ms", "sample_dt": "0.2 ms",
    "engine": "runtime",
}  # fmt: skip


def differences(layer, z, draw, upstream, training=True, step=1e-6):
    """Central differences of the simulation itself, in float64."""
    simulation = layer.driven
    z = z.astype(float)
    above, below = (simulation(z + sign * step, draw, training) for sign in (1, -1))
    change = upstream * (above - below) / (2 * step)
    return change.sum(axis=1) if change.ndim > z.ndim else change


@pytest.mark.parametrize("surrogate", ["sensitivity", "step"])
@pytest.mark.parametrize("output", ["mean", pytest.param("trace", marks=pytest.mark.slow)])
def test_exact_gradients_are_central_differences_of_the_simulation(surrogate, output):
    # Over times before phase drift dominates.
    layer = sn.Population(**SHORT, drive=sn.tanh_drive(-0.5), output=output, surrogate=surrogate)
    upstream = np.random.default_rng(2).normal(size=np.shape(layer(Z)))
    assert gradient(layer, Z, upstream) == pytest.approx(differences(layer, Z, 0, upstream), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("surrogate", ["sensitivity", pytest.param("step", marks=pytest.mark.slow)])
def test_exact_gradients_are_of_the_instants_that_were_seen(surrogate):
    layer = sn.Population(
        **SHORT, drive=sn.tanh_drive(-0.5), output="instants", instants=3, surrogate=surrogate, seed=5
    )
    upstream = np.random.default_rng(2).normal(size=(2, 3, 4))
    found = gradient(layer, Z, upstream)
    draw = int(keras.random.randint((), 0, 2**31 - 1, seed=keras.random.SeedGenerator(5)))
    assert found == pytest.approx(differences(layer, Z, draw, upstream), rel=1e-4, abs=1e-4)


def test_sensitivity_of_a_conductance_neuron_is_the_formula_where_it_rests():
    # dv/dt = 0: v = (g_rest e_rest + g e_exc) / (g_rest + g), so dv/dg = g_rest (e_exc - e_rest) / (g_rest + g)^2.
    neuron = sn.NeuronModel(
        "membrane",
        """
        dv/dt = (g_rest*(e_rest - v) + g_exc*(e_exc - v)) / capacitance : volt
        g_exc : siemens
        """,
        ("v",),
        ports=("g_exc",),
        parameters={"g_rest": "10 nS", "e_rest": "-70 mV", "e_exc": "10 mV", "capacitance": "100 pF"},
        initial={"v": "-70 mV"},
    )
    drive = sn.linear_drive("5 nS", "10 nS", "0 nS", "40 nS")
    layer = sn.Population(
        neuron, drive=drive, settle="400 ms", duration="1 ms", dt="0.5 ms", output="final", surrogate="sensitivity",
        engine="runtime",
    )  # fmt: skip
    conductance = drive(Z.astype(float))
    wanted = 10e-9 * 80e-3 / (10e-9 + conductance) ** 2 * 5e-9
    assert gradient(layer, Z, np.ones_like(Z)) == pytest.approx(wanted, rel=1e-4)


def test_a_spike_surrogate_is_the_gradient_through_time():
    settings = {
        "neuron": sn.LIF,
        "drive": sn.linear_drive(0.2e-9, 0.6e-9, 0.0, 1e-9),
        "duration": "20 ms",
        "dt": "0.5 ms",
    }
    by_name, of_step, of_table = (
        gradient(sn.Population(**settings, output="count", surrogate=name, engine="runtime"), Z, np.ones_like(Z))
        for name in ("fast_sigmoid", "step", "triangular")
    )
    assert np.array_equal(by_name, of_step)
    assert not np.array_equal(by_name, of_table)
    assert (by_name >= 0).all() and by_name.max() > 0


@pytest.mark.parametrize(
    ("neuron", "output", "surrogate", "words"),
    [
        (sn.LIF, "count", "sensitivity", "lif has a threshold"),
        (sn.LIF, "count", "magic", "unknown surrogate 'magic'; there are sigmoid, response, sensitivity, step, fast"),
    ],
)
def test_a_gradient_that_cannot_be_is_refused_when_the_layer_is_made(neuron, output, surrogate, words):
    drive = sn.linear_drive(0.2e-9, 0.4e-9, 0.0, 1e-9)
    with pytest.raises(InvalidValueError, match=words):
        sn.Population(neuron, drive=drive, duration="30 ms", output=output, surrogate=surrogate)
