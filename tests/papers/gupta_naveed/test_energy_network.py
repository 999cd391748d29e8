"""The network rests where its energy is least, and the gradient of its objective is the limit of its changes."""

import numpy as np
import pytest

from spikenet.papers.gupta_naveed.energy_network import EnergyNetwork, rate


@pytest.fixture(scope="module")
def network():
    return EnergyNetwork.random((3, 4, 2), 2, np.random.default_rng(5))


def energy(network: EnergyNetwork, s: np.ndarray) -> float:
    r = rate(s)
    return float(np.sum(s**2) / 2 - np.einsum("pi,ij,pj", r, network.weights, r) / 2 - np.sum(r @ network.biases))


def test_only_neighbouring_layers_are_connected_and_alike_both_ways(network):
    assert len(network.connected[0]) == 3 * 4 + 4 * 2
    assert (network.weights == network.weights.T).all()
    assert not network.weights[:3, 7:].any()


def test_the_force_is_the_slope_of_the_energy(network):
    s = np.random.default_rng(6).uniform(size=(2, 9))
    h, change = 1e-6, np.zeros((2, 9))
    change[1, 5] = h
    slope = (energy(network, s + change) - energy(network, s - change)) / (2 * h)
    assert network.force(s)[1, 5] == pytest.approx(-slope, rel=1e-7)
    assert not network.force(s)[:, :3].any()


def test_a_nudge_draws_outputs_to_their_targets(network):
    s = network.fixed_point()
    np.testing.assert_allclose(network.force(s), 0, atol=1e-12)
    np.testing.assert_allclose(network.force(s, 0.5)[:, -2:], 0.5 * (network.targets - s[:, -2:]), atol=1e-12)


def test_a_relaxation_ends_at_rest_nearer_to_the_targets(network):
    s = network.nudged(0.5)
    np.testing.assert_allclose(network.force(s[-1], 0.5), 0, atol=1e-5)
    assert network.objective(s[-1]) > network.objective(s[0])


def test_the_change_of_rates_by_a_small_nudge_is_the_gradient(network):
    """Scellier and Bengio (2017): in the limit of a small nudge. The error is of its first order."""
    s = network.nudged(1e-4)
    r = rate(s)
    change = network.changes((r[:-1] + r[1:]) / 2, r).sum(axis=0) / 1e-4
    gradient = network.gradient()
    np.testing.assert_allclose(change, gradient, atol=2e-3 * np.abs(gradient).max())


def test_changes_are_of_each_direction():
    """Presynaptic activity of 2 while the other voltage rises by 3 in all."""
    network = EnergyNetwork((1, 1, 1), np.diag([1.0, 1.0], 1) + np.diag([1.0, 1.0], -1), *np.zeros((3, 1, 1)))
    pre = np.zeros((2, 1, 3))
    pre[:, 0, 0] = 2
    post = np.zeros((3, 1, 3))
    post[:, 0, 1] = (0, 1, 3)
    np.testing.assert_array_equal(network.changes(pre, post), [[6, 0], [0, 0]])
