"""Thresholds and biases that are calibrated on images."""

import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.hybrid.activations.threshold_balancing import activity_statistics, best_thresholds, with_neurons
from spikenet.hybrid.network.graph import graph_of

RNG = np.random.default_rng(1)


@pytest.mark.parametrize("steps", [4, 32])
def test_thresholds_are_those_of_the_least_squared_error(steps):
    activities = np.maximum(RNG.normal(size=(1, 3000, 2)) * [1, 5], 0)

    def error(threshold):
        counts = np.clip(np.floor(activities * steps / threshold + 0.5), 0, steps)
        return np.mean((counts * threshold / steps - activities) ** 2, axis=1)

    best = best_thresholds(activities, steps)
    assert best.shape == (1, 2)
    for other in (0.9, 1.1):
        assert (error(best[:, None]) <= error(other * best[:, None])).all()
    assert best[0, 1] == pytest.approx(5 * best[0, 0], rel=0.1)


def test_few_steps_take_a_lower_threshold():
    activities = RNG.exponential(size=(1, 5000, 1))
    assert best_thresholds(activities, 4) < best_thresholds(activities, 64)


def test_a_silent_channel_has_a_threshold(cnn):
    assert (best_thresholds(np.zeros((1, 10, 3)), 8) > 0).all()


def test_biases_take_the_error_from_the_mean_of_a_channel(cnn, images):
    network = sn.to_brian(cnn, sn.Spiking(steps=8), calibrate=images, engine="runtime", progress=lambda share: None)
    wanted = activity_statistics(network.graph, images)["added"].mean

    def error(graph):
        recordings = sn.hybrid.BrianNetwork(graph, network.simulation, network.mode).record(images, record="count")
        neurons = next(step.neurons for step in graph.steps if step.name == "added")
        rates = neurons.activities(recordings["added"].count / 8)
        return np.abs(rates.reshape(-1, 4).mean(axis=0) - wanted).max()

    plain = network.graph
    for step in network.graph.simulated_steps:
        plain = with_neurons(plain, step.name, bias=np.zeros_like(step.neurons.bias))
    assert error(network.graph) < 0.5 * error(plain)


@pytest.mark.parametrize("which", ["dense", "residual"])
def test_conductance_layers_start_so_that_few_steps_miss_fewer_spikes(which, request):
    model = request.getfixturevalue(f"{which}_network")
    shown = request.getfixturevalue("rows" if which == "dense" else "pictures")
    settings = {"engine": "runtime", "progress": lambda share: None}
    plain, calibrated = (
        sn.to_brian(model, sn.Spiking(steps=10), **settings, **given) for given in ({}, {"calibrate": shown})
    )
    errors = [one.verify(shown).logits.rms for one in (plain, calibrated)]
    assert errors[1] < 0.7 * errors[0]


def test_only_spikes_are_calibrated(dense_network, rows):
    with pytest.raises(InvalidValueError, match="mode is Transient, and only spikes are calibrated"):
        sn.to_brian(dense_network, sn.Transient(), calibrate=rows)


def test_graphs_without_neurons_have_no_statistics(cnn, images):
    assert activity_statistics(graph_of(cnn, flat=True), images) == {}
