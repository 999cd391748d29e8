"""Networks of neurons against the Keras networks that they stand for."""

import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidTypeError, InvalidValueError

ROUNDING = 2e-6  # Keras computes in float32; logits here are of the order of 1


@pytest.mark.parametrize("engine", ["runtime", "cpp"])
def test_settled_neurons_are_the_keras_network(engine, dense_network, rows):
    network = sn.to_brian(dense_network, engine=engine)
    found = network.verify(rows)
    assert found.same_class == 1
    assert found.logits.largest < 5 * ROUNDING  # the last layer is times 5
    assert [layer.distance.largest < ROUNDING for layer in found.layers.values()] == [True, True]
    np.testing.assert_allclose(network.logits(rows), np.asarray(dense_network(rows)), atol=5 * ROUNDING)


def test_convolutions_batch_norm_and_short_cuts_are_the_keras_network(residual_network, pictures):
    network = sn.to_brian(residual_network, engine="runtime")
    found = network.verify(pictures)
    assert network.layers == ("patches", "before", "beside")
    assert found.same_class == 1
    assert found.logits.largest < 5 * ROUNDING
    assert max(layer.distance.largest for layer in found.layers.values()) < ROUNDING


def test_layers_that_move_together_come_to_rest_at_the_keras_network(dense_network, rows):
    """In 20 resting time constants, also where nothing but g_rest is open."""
    network = sn.to_brian(dense_network, sn.Transient("400 ms"), engine="runtime")
    found = network.verify(rows)
    assert found.logits.largest < 5 * ROUNDING
    assert found.settling.shape == (5,)
    assert 0 <= found.settling.min() and found.settling.max() < 0.1
    assert np.abs(network.logits_over_time(rows)[:, 0] - np.asarray(dense_network(rows))).max() > 0.01  # at rest


def test_neurons_of_other_sizes_come_to_the_same_potentials(dense_network, rows):
    neuron = sn.CWA.with_parameters(capacitance="100 pF", g_rest="3 nS", e_exc="10 mV", e_inh="-90 mV")
    assert sn.to_brian(dense_network, neuron=neuron, engine="runtime").verify(rows).logits.largest < 5 * ROUNDING


@pytest.mark.slow
@pytest.mark.parametrize("mode", [sn.Transient(), sn.Spiking(20)], ids=["graded", "spiking"])
def test_the_answer_does_not_depend_on_the_engine(mode, dense_network, rows):
    first, second = (
        sn.to_brian(dense_network, mode, engine=engine).logits_over_time(rows) for engine in ("cpp", "runtime")
    )
    np.testing.assert_allclose(first, second, atol=5 * ROUNDING)


def test_neurons_that_release_by_chance_come_near(dense_network, rows):
    """300 draws of p: a standard deviation of 0.03 at most; and the same ones for the same seed."""
    network = sn.to_brian(
        dense_network, sn.Spiking(300, "analog"), neuron=sn.neurons.StochasticCWA, seed=4, engine="runtime"
    )
    found = network.verify(rows)
    assert found.layers["first"].distance.rms < 0.05
    np.testing.assert_array_equal(network.logits(rows), network.logits(rows))
    other = sn.to_brian(
        dense_network, sn.Spiking(300, "analog"), neuron=sn.neurons.StochasticCWA, seed=5, engine="runtime"
    )
    assert (network.logits(rows) != other.logits(rows)).any()


WRONG = {
    "mode": (
        {"mode": "loud"},
        InvalidTypeError,
        "the mode is 'loud', wanted sn.SteadyState.., sn.Transient.. or sn.Sp",
    ),
    "class": ({"mode": sn.Spiking}, InvalidTypeError, "the mode is <class .*Spiking'>, wanted sn.SteadyState"),
    "unhashable": ({"mode": ["graded"]}, InvalidTypeError, "the mode is .'graded'., wanted sn.SteadyState"),
    "engine": ({"engine": "fast"}, InvalidValueError, "unknown engine 'fast'"),
    "seed": ({"seed": -1}, InvalidValueError, "seed is -1"),
    "large dt": ({"mode": sn.Transient(dt="21 ms")}, InvalidValueError, "dt is 0.021 s, too large for layers"),
    "capacitance": (
        {"neuron": sn.CWA(capacitance="-1 pF")},
        InvalidValueError,
        "the neuron cwa has capacitance=-1 pF, wanted more",
    ),
    "tau_syn": (
        {"mode": sn.Spiking(), "neuron": sn.neurons.SpikingCWA(tau_syn="0 ms")},
        InvalidValueError,
        "has tau_syn=0 s, wanted more",
    ),
    "f_max": (
        {"mode": sn.Spiking(), "neuron": sn.neurons.SpikingCWA(f_max="0 Hz")},
        InvalidValueError,
        "has f_max=0 Hz, wanted more",
    ),
}


@pytest.mark.parametrize(("settings", "error", "message"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_refused(settings, error, message, dense_network):
    with pytest.raises(error, match=message):
        sn.to_brian(dense_network, **settings)
