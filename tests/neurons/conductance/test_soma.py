"""Somata against plain loops and expected spike counts; dendrites against the neurons they come from."""

import numpy as np
import pytest

from spikenet.engines.simulate import simulate
from spikenet.neurons import SpikingCWA, StochasticCWA
from spikenet.neurons.conductance.soma import SpikingSoma, StochasticSoma, dendrite_of, soma_of
from tests.neurons.conductances import staircase

BINS = 60


def gathered(u, release=0.0):
    """Release of `SpikingSoma` after each bin, and True where it spikes: (bin, unit) twice."""
    release, rows = np.full(u.shape[1], release), []
    for now in u:
        release = release + np.clip(now, -1 - release, 4 - release)
        spikes = release > 1 - 1e-6
        release = release - spikes
        rows.append((release, spikes))
    return (np.array(row) for row in zip(*rows, strict=True))


def driven(soma, u, **settings):
    settings = {"duration": f"{len(u)} ms", "dt": "1 ms", "sample_dt": "1 ms", "engine": "runtime"} | settings
    return simulate(soma, {"u": u[None]}, **settings)


@pytest.mark.parametrize("start", [0.0, 0.5])
def test_a_soma_gathers_what_it_is_given_and_sends_it_on(start):
    """A potential and a spike together may be more than a bin can send; what is left comes later."""
    rng = np.random.default_rng(3)
    u = rng.uniform(-1, 1, (BINS, 40)) + rng.integers(0, 2, (BINS, 40)) * rng.uniform(0, 2, 40)
    soma = SpikingSoma.with_initial(release=start)
    found = driven(soma, u, record=("trace", "spikes", "count"), variable="release")
    release, spikes = gathered(u, start)
    np.testing.assert_allclose(found.trace[0, 1:], release[:-1], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found.count[0], spikes.sum(axis=0))
    at = np.zeros_like(spikes)
    at[np.rint(found.spikes.time / 1e-3).astype(int), found.spikes.unit] = True
    np.testing.assert_array_equal(at, spikes)
    assert (release == -1).any() and (release > 1).any()


@pytest.mark.parametrize(("soma", "slack"), [(SpikingSoma, 1.0), (StochasticSoma, 2.0)], ids=lambda one: str(one)[:10])
def test_its_rate_is_the_mean_of_what_it_is_given_from_0_to_1(soma, slack):
    """Also where that comes as spikes beside a potential of either sign, which a soma without memory would cut off."""
    potentials = np.array([-0.9, -0.3, 0.1, 0.4, 0.3, -0.5, 0.9])
    often = np.array([0.2, 0.5, 0.0, 0.5, 0.6, 0.9, 0.5])
    bins = np.arange(400)[:, None]
    spikes = np.floor((bins + 1) * often) - np.floor(bins * often)
    found = driven(soma, potentials + spikes, record="count", **({"seed": 5} if soma.noisy else {}))
    np.testing.assert_allclose(found.count[0], 400 * np.clip(potentials + often, 0, 1), rtol=0, atol=slack)


def test_its_z_and_p_are_the_sum_and_the_sum_cut_off():
    u = np.array([[-0.5, 0.25, 1.5]])
    for output, wanted in (("z", u[0]), ("p", [0, 0.25, 1])):
        found = driven(SpikingSoma, np.repeat(u, 2, axis=0), record="trace", variable=output)
        np.testing.assert_allclose(found.trace[0], [wanted] * 2)


def test_a_soma_is_as_fast_as_its_dendrites_and_as_near_to_its_first_spike():
    neuron = SpikingCWA.with_parameters(f_max="250 Hz").with_initial(release=0.5)
    soma = soma_of(neuron)
    assert soma.name == "spiking_soma" and soma.parameters["f_max"].value == 250 and soma.initial["release"] == 0.5
    by_chance = soma_of(StochasticCWA)
    assert by_chance.noisy and by_chance.initial["release"] == 0


@pytest.mark.parametrize("neuron", [SpikingCWA, StochasticCWA], ids=lambda one: one.name)
def test_a_dendrite_is_the_neuron_without_its_spikes(neuron):
    drive = staircase(np.random.default_rng(4), 10)
    settings = {"duration": "50 ms", "dt": "1 ms", "sample_dt": "1 ms", "record": "trace", "variable": "z"}
    found, own = (simulate(one, drive, engine="runtime", **settings).trace for one in (dendrite_of(neuron), neuron))
    np.testing.assert_array_equal(found, own)
    assert not dendrite_of(neuron).spiking and np.ptp(found) > 0.1
