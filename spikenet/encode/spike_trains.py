"""Probabilities as spike trains: what a pixel of a constant grey sends to a spiking network."""

import numpy as np

from spikenet.errors import InvalidValueError


def regular_spikes(p: np.ndarray, bins: int) -> np.ndarray:
    """Spikes as even as they can be, (sample, time, unit) of 0 and 1, from probabilities ``p`` (sample, unit).

    An integrate-and-fire neuron's without leak that starts halfway to its threshold: after k bins there were
    ``k * p`` spikes, rounded to the nearest number. Errors: InvalidValueError for p beyond 0 and 1.
    """
    p = _probabilities(p, np.float64)[:, None]
    gathered = np.floor(np.arange(bins + 1)[:, None] * p + 0.5)
    return np.diff(gathered, axis=1).astype(np.float32)


def bernoulli_spikes(p: np.ndarray, bins: int, rngs) -> np.ndarray:
    """Spikes by chance, (sample, time, unit) of 0 and 1, each bin with the probability ``p`` (sample, unit).

    ``rngs`` are generators, one a sample, so that an image's spikes do not depend on what is shown beside it.
    Errors: InvalidValueError for p beyond 0 and 1.
    """
    p = _probabilities(p, np.float32)
    drawn = [rng.random((bins, p.shape[1]), np.float32) < one for one, rng in zip(p, rngs, strict=True)]
    return np.stack(drawn).astype(np.float32)


def _probabilities(p, dtype) -> np.ndarray:
    p = np.asarray(p, dtype)
    if p.size and not (p.min() >= 0 and p.max() <= 1):
        raise InvalidValueError(f"probabilities go from {p.min():g} to {p.max():g}, wanted 0 to 1: scale and clip them")
    return p
