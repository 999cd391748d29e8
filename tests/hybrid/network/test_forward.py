"""Layers that move together, and layers that spike, against a loop over all of them in NumPy."""

from itertools import pairwise

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.encode import regular_spikes
from spikenet.hybrid.network.forward import image_slices, in_siemens, neuron_of
from spikenet.hybrid.network.graph import Step, StepKind, graph_of
from spikenet.layers.conductance import CWADense
from spikenet.neurons import reversal_potential

TAU = 0.02  # s, capacitance over g_rest


def summed(model, name, p):
    """A layer's conductances by its own weights, scaled to g_rest, in float64."""
    layer = model.get_layer(name)
    weights = np.asarray(layer.conductances(), float)
    excites = np.arange(len(weights))[:, None] < len(weights) // 2
    if name == "second":
        excites = np.asarray(layer.kernel) > 0
    g_rest = layer.membrane.g_rest
    return p @ (weights * excites) / g_rest, p @ (weights * ~excites) / g_rest


def stepped(z, exc, inh, e_rest, dt, tau):
    """One exact step of C dz/dt = g_rest (e_rest - z) + exc (1 - z) + inh (-1 - z)."""
    aim = (e_rest + exc - inh) / (1 + exc + inh)
    return aim + (z - aim) * np.exp(-dt * (1 + exc + inh) / tau)


def test_each_layer_sees_the_other_as_a_step_begins(dense_network, rows):
    network = sn.to_brian(dense_network, sn.Transient(), engine="runtime")
    traces = {name: recording.trace for name, recording in network.record(rows, record="trace").items()}
    p = np.concatenate([rows, rows], axis=1)
    first, second = np.full((5, 8), -0.1), np.full((5, 6), 0.2)
    for step in range(20):
        np.testing.assert_allclose(traces["first"][:, step], first, atol=1e-6)
        np.testing.assert_allclose(traces["second"][:, step], second, atol=1e-6)
        driven = summed(dense_network, "second", np.maximum(first, 0))
        first = stepped(first, *summed(dense_network, "first", p), -0.1, TAU / 20, TAU)
        second = stepped(second, *driven, 0.2, TAU / 20, TAU)


def test_a_spike_is_answered_in_the_bin_in_which_it_arrives(dense_network, rows):
    """The neuron as its module has it: synapses of 1 ms, membrane, release, bin by bin and layer by layer."""
    network = sn.to_brian(dense_network, sn.Spiking(20), engine="runtime")
    recorded = network.record(rows, record=("spikes", "trace"), variable="z")
    pixels = np.concatenate([regular_spikes(rows, 20)] * 2, axis=2)
    z = {"first": np.full((5, 8), -0.1), "second": np.full((5, 6), 0.2)}
    rest = {name: potential.copy() for name, potential in z.items()}
    release = {name: np.zeros_like(potential) for name, potential in z.items()}
    synapses = {name: (0.0, 0.0) for name in z}
    for step in range(20):
        sent = {"": pixels[:, step]}
        for before, name in pairwise(["", "first", "second"]):
            np.testing.assert_allclose(recorded[name].trace[:, step], z[name], atol=2e-5)
            asked = summed(dense_network, name, sent[before])
            synapses[name] = tuple(g + (s - g) * np.exp(-1) for s, g in zip(synapses[name], asked, strict=True))
            z[name] = stepped(z[name], *synapses[name], rest[name], 1e-3, TAU)
            release[name] += np.maximum(z[name], -1 - release[name])
            fired = release[name] > 1 - 1e-6
            release[name] -= fired
            sent[name] = fired.astype(float)
            at = np.rint(recorded[name].spikes.time / 1e-3).astype(int) == step
            found = np.zeros(fired.shape, bool)
            found[recorded[name].spikes.sample[at], recorded[name].spikes.unit[at]] = True
            np.testing.assert_array_equal(found, fired)


def test_pieces_are_all_of_the_images_and_shorter_for_longer_runs(dense_network):
    graph = graph_of(dense_network)
    assert image_slices(graph, 1, 10) == [slice(0, 10)]
    long = image_slices(graph, 20_000, 100)
    assert [here.start for here in long[1:]] == [here.stop for here in long[:-1]]
    assert long[0].stop == 256 * 2**20 // (80 * 24 * 20_000) and long[-1].stop == 100


@pytest.mark.parametrize("mode", [sn.SteadyState(), sn.Spiking(20, "bernoulli")])
def test_pieces_change_nothing(mode, dense_network, rows, monkeypatch):
    network = sn.to_brian(dense_network, mode, engine="runtime")
    whole = network.logits(rows)
    steps = network.simulation.steps.samples
    monkeypatch.setattr("spikenet.hybrid.network.forward._PIECE_BYTES", 80 * 24 * 2 * steps)
    assert len(image_slices(network.graph, steps, 5)) == 3
    np.testing.assert_allclose(network.logits(rows), whole, atol=1e-6)


LAYER = CWADense(2, g_rest=0.5, e_rest=-0.25, name="neurons")
STEP = Step(LAYER, "neurons", StepKind.MEMBRANE, lambda values: ((), {}), (), (), (2,))


def test_conductances_are_in_units_of_that_at_rest():
    """10 nS are 0.5, so 3 are 60 nS; what rounding put below zero is closed."""
    np.testing.assert_allclose(in_siemens(sn.CWA, LAYER, np.array([3.0, -1e-7])), [60e-9, 0.0])


def test_neurons_rest_where_the_layer_does():
    assert neuron_of(sn.CWA, STEP).parameters["e_rest"].value == reversal_potential(sn.CWA, -0.25) == -0.05
    assert neuron_of(sn.CWA, STEP).initial["v"] == -0.05


def test_at_steady_state_neurons_are_at_eq_1():
    """Conductances 1 + g: excitatory 3 and 0, inhibitory 0.5 and 1.5, at rest 0.5 towards -0.25."""
    layer = CWADense(2, g_rest=0.5, e_rest=-0.25, name="neurons")
    model = keras.Sequential([keras.Input((2,)), layer, sn.layers.Release(), keras.layers.Dense(2)])
    layer.g_exc.assign([[2.0, -1.0]])
    layer.g_inh.assign([[-0.5, 0.5]])
    found = sn.to_brian(model, engine="runtime").record(np.ones((1, 2)), record="final")["neurons"].final
    np.testing.assert_allclose(found, [[(3 - 0.5 - 0.125) / 4, (-1.5 - 0.125) / 2]], atol=1e-7)


def test_chance_differs_from_layer_to_layer_and_not_from_run_to_run():
    """Two layers with the same weights, side by side."""
    inputs, start = keras.Input((20,)), keras.initializers.RandomUniform(0, 1, seed=1)
    layers = [CWADense(30, initializer=start, name=name) for name in "ab"]
    p = keras.layers.Concatenate()([sn.layers.Release()(layer(inputs)) for layer in layers])
    model = keras.Model(inputs, keras.layers.Dense(2)(p))
    mode, neuron = sn.Spiking(50, "analog"), sn.neurons.StochasticCWA
    network = sn.to_brian(model, mode, neuron=neuron, seed=3, engine="runtime")
    image = np.repeat([[1.0, 0.5]], 10, axis=1)
    once, again = (network.record(image, record="count") for _ in range(2))
    np.testing.assert_array_equal(layers[0].g_exc, layers[1].g_exc)
    np.testing.assert_array_equal(once["a"].count, again["a"].count)
    assert (once["a"].count != once["b"].count).any()
