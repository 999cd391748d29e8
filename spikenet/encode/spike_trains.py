"""Probabilities as spike trains: the input that constant pixels send to a spiking network."""

from collections.abc import Sequence

import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.validate import check_images, check_whole


def regular_spikes(p: np.ndarray, bins: int) -> np.ndarray:
    """Return spikes that are spaced as evenly as bins allow.

    After k bins there are ``k * p`` spikes, rounded to the nearest whole number: those of an integrate-and-fire neuron
    without leak that starts halfway to its threshold.

    Parameters
    ----------
    p : array_like (sample, unit)
        Probability of a spike in a bin, from 0 to 1.
    bins : int
        Number of bins.

    Returns
    -------
    ndarray of float32 (sample, time, unit)
        1 for a spike and 0 for none.

    Raises
    ------
    InvalidValueError
        If a probability is beyond 0 and 1.

    Examples
    --------
    >>> from spikenet.encode import regular_spikes
    >>> regular_spikes([[0.5]], bins=4)[0, :, 0]
    array([1., 0., 1., 0.], dtype=float32)
    """
    p, bins = _probabilities(p, np.float64)[:, None], check_whole(bins, "bins")
    gathered = np.floor(np.arange(bins + 1)[:, None] * p + 0.5)
    return np.diff(gathered, axis=1).astype(np.float32)


def bernoulli_spikes(p: np.ndarray, bins: int, rngs: Sequence[np.random.Generator]) -> np.ndarray:
    """Return random spikes, drawn for each bin on its own.

    Parameters
    ----------
    p : array_like (sample, unit)
        Probability of a spike in a bin, from 0 to 1.
    bins : int
        Number of bins.
    rngs : sequence of numpy.random.Generator (sample,)
        One generator for each sample, so that its spikes do not depend on the samples beside it.

    Returns
    -------
    ndarray of float32 (sample, time, unit)
        1 for a spike and 0 for none.

    Raises
    ------
    InvalidValueError
        If a probability is beyond 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from spikenet.encode import bernoulli_spikes
    >>> bernoulli_spikes([[0.2, 0.9]], bins=100, rngs=[np.random.default_rng(1)]).shape
    (1, 100, 2)
    """
    p, bins = _probabilities(p, np.float32), check_whole(bins, "bins")
    _check_generators(rngs, p)
    drawn = [rng.random((bins, p.shape[1]), np.float32) < one for one, rng in zip(p, rngs, strict=True)]
    return np.stack(drawn).astype(np.float32)


def poisson_spikes(p: np.ndarray, bins: int, rngs: Sequence[np.random.Generator]) -> np.ndarray:
    """Return numbers of random spikes, drawn for each bin on its own: there may be several in one.

    Parameters
    ----------
    p : array_like (sample, unit)
        Mean number of spikes in a bin, from 0 to 1.
    bins : int
        Number of bins.
    rngs : sequence of numpy.random.Generator (sample,)
        One generator for each sample, so that its spikes do not depend on the samples beside it.

    Returns
    -------
    ndarray of float32 (sample, time, unit)
        Numbers of spikes.

    Raises
    ------
    InvalidValueError
        If a mean is beyond 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from spikenet.encode import poisson_spikes
    >>> poisson_spikes([[0.2, 0.9]], bins=100, rngs=[np.random.default_rng(1)]).shape
    (1, 100, 2)
    """
    p, bins = _probabilities(p, np.float64), check_whole(bins, "bins")
    _check_generators(rngs, p)
    drawn = [rng.poisson(one, (bins, p.shape[1])) for one, rng in zip(p, rngs, strict=True)]
    return np.stack(drawn).astype(np.float32)


def _check_generators(rngs, p: np.ndarray) -> None:
    if len(rngs) != len(p) or not all(isinstance(rng, np.random.Generator) for rng in rngs):
        raise InvalidValueError(f"rngs are {len(rngs)} generators for {len(p)} samples; give a Generator for each")


def _probabilities(p, dtype) -> np.ndarray:
    p = check_images(p, "probabilities").astype(dtype)
    if p.ndim != 2:
        raise InvalidValueError(f"the probabilities have the shape {p.shape}, wanted (sample, unit)")
    if p.size and not (p.min() >= 0 and p.max() <= 1):
        raise InvalidValueError(f"probabilities go from {p.min():g} to {p.max():g}, wanted 0 to 1: scale and clip them")
    return p
