"""Spike trains that keep a probability."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikenet.encode import bernoulli_spikes, poisson_spikes, regular_spikes
from spikenet.errors import InvalidValueError


@given(st.floats(0, 1), st.integers(1, 60))
def test_regular_trains_never_stray_by_more_than_half_a_spike(p, bins):
    spikes = regular_spikes(np.array([[p]]), bins)
    assert spikes.shape == (1, bins, 1)
    assert set(np.unique(spikes)) <= {0, 1}
    due = p * np.arange(1, bins + 1)
    assert np.abs(spikes[0, :, 0].cumsum() - due).max() <= 0.5 + 1e-9


def test_chance_keeps_the_probability_and_knows_no_neighbours():
    """Of 4000 draws, 5 standard deviations are 0.04 at most; bins and units are not alike."""
    p = np.array([[0.0, 0.2, 0.2, 1.0], [0.5, 0.5, 0.9, 0.1]])
    spikes = bernoulli_spikes(p, 4000, [np.random.default_rng(k) for k in (1, 2)])
    np.testing.assert_allclose(spikes.mean(axis=1), p, atol=0.04)
    assert (spikes[0, :, 1] != spikes[0, :, 2]).mean() > 0.2
    alone = bernoulli_spikes(p[1:], 4000, [np.random.default_rng(2)])
    np.testing.assert_array_equal(spikes[1:], alone)


@pytest.mark.parametrize("p", [1.1, -0.1, float("nan")])
def test_what_is_no_probability_is_refused(p):
    for encode in (lambda p: regular_spikes(p, 4), lambda p: bernoulli_spikes(p, 4, [np.random.default_rng(0)])):
        with pytest.raises(InvalidValueError, match="wanted (0 to 1|finite numbers)"):
            encode([[0.5, p]])


def test_poisson_counts_have_their_mean_and_variance():
    """Both are p: 40,000 bins, five standard errors."""
    p = np.array([[0.2, 0.9, 1.0]])
    counts = poisson_spikes(p, 40_000, [np.random.default_rng(7)])[0]
    np.testing.assert_allclose(counts.mean(axis=0), p[0], atol=5 * 0.005)
    np.testing.assert_allclose(counts.var(axis=0), p[0], atol=5 * 0.009)
    assert counts.max() > 1


def test_poisson_counts_need_a_generator_for_each_sample():
    with pytest.raises(InvalidValueError, match="1 generators for 2 samples"):
        poisson_spikes(np.zeros((2, 3)), 4, [np.random.default_rng(0)])
