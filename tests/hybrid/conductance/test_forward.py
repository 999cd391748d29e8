"""Layers that move together, and layers that spike, against a loop over all of them in NumPy."""

from itertools import pairwise

import numpy as np
import pytest

import spikenet as sn
from spikenet.encode import regular_spikes
from spikenet.hybrid.conductance.forward import pieces_of
from spikenet.hybrid.conductance.graph import graph_of

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
    traces = {name: recording.trace for name, recording in network.record(rows).items()}
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
    assert list(pieces_of(graph, 1, 10)) == [slice(0, 10)]
    long = list(pieces_of(graph, 20_000, 100))
    assert [here.start for here in long[1:]] == [here.stop for here in long[:-1]]
    assert long[0].stop == 256 * 2**20 // (80 * 24 * 20_000) and long[-1].stop == 100


@pytest.mark.parametrize("mode", [sn.SteadyState(), sn.Spiking(20, "bernoulli")])
def test_pieces_change_nothing(mode, dense_network, rows, monkeypatch):
    network = sn.to_brian(dense_network, mode, engine="runtime")
    whole = network.logits(rows)
    monkeypatch.setattr("spikenet.hybrid.conductance.forward._PIECE_BYTES", 80 * 24 * 2 * network.membranes.steps)
    assert len(list(pieces_of(network.graph, network.membranes.steps, 5))) == 3
    np.testing.assert_allclose(network.logits(rows), whole, atol=1e-6)
