"""Random thresholds: other numbers than Brian2's, of the same distribution."""

import numpy as np
import pytest
from brian2 import Hz, NeuronGroup, SpikeMonitor, defaultclock, ms, run
from scipy import stats

import spikenet as sn

pytestmark = pytest.mark.slow
_RATES = np.repeat([5.0, 40.0, 900.0], 200)
_STEPS = 4000


def _spikes(seed: int) -> np.ndarray:
    """Return whether each neuron spiked in each step (neuron, time)."""
    with sn.device("cpp", seed=1) as script:
        defaultclock.dt = 0.5 * ms
        cells = NeuronGroup(len(_RATES), "rate : Hz", threshold="rand() < rate*dt", name="cells")
        cells.rate = _RATES * Hz
        monitor = SpikeMonitor(cells)
        run(_STEPS * defaultclock.dt / 2)
        run(_STEPS * defaultclock.dt / 2)
        script.run(seed=seed)
    raster = np.zeros((len(_RATES), _STEPS), bool)
    raster[monitor.i, np.round(monitor.t_ / 0.5e-3).astype(int)] = True
    return raster


def test_spikes_are_those_of_independent_neurons():
    raster = _spikes(1)
    chances = _RATES * 0.5e-3
    for rate in np.unique(_RATES):
        counts = raster[_RATES == rate].sum(axis=1)
        law = stats.binom(_STEPS, rate * 0.5e-3)
        # Quantiles of 200 counts, spread over their steps, are uniform: p > 1e-3 for these seeds.
        quantiles = law.cdf(counts) - law.pmf(counts) * np.random.default_rng(0).random(len(counts))
        assert stats.kstest(quantiles, "uniform").pvalue > 1e-3
    deviations = (raster - chances[:, None]) / np.sqrt(chances * (1 - chances))[:, None]
    for shifted in (np.roll(deviations, 1, axis=0), np.roll(deviations, 1, axis=1), np.roll(deviations, 7, axis=1)):
        assert abs((deviations * shifted).mean()) * np.sqrt(deviations.size) < 4  # standard errors
    per_step = (deviations.sum(axis=0) ** 2 / len(_RATES)).mean()
    assert abs(per_step - 1) < 5 * np.sqrt(2 / _STEPS)  # one if neurons of a step are independent


def test_a_seed_gives_the_same_spikes_and_another_one_others():
    one, again, other = _spikes(1), _spikes(1), _spikes(2)
    assert (one == again).all() and (one != other).any()
