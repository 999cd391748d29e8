"""The paper's decoder: the class that wins for the longest time."""

from collections.abc import Callable

import numpy as np

from spikenet.decode.readout import Readout, as_readout
from spikenet.decode.time_axis import checked
from spikenet.errors import InvalidValueError

BLOCK_BYTES = 2**20  # that many logits at a time, so that they stay in the processor's cache


def decode_dwell(trace: np.ndarray, readout: Readout | np.ndarray) -> np.ndarray:
    """The class that wins for the longest time, (sample,) int.

    ``trace`` (sample, time, unit), ``readout`` (unit, class). Ties go to the lower class.
    Bogatenko et al. (2023), section 3.
    """
    readout = as_readout(readout)
    trace = readout.accept(checked(trace, "trace", "unit"))
    weights, bias = readout.parameters(trace.dtype)
    won = _instants_won(trace, readout.n_classes, lambda x: weights.T @ x.T + bias[:, np.newaxis])
    return won.argmax(axis=1)


def dwell(logits: np.ndarray) -> np.ndarray:
    """Like `decode_dwell`, of ``logits`` (sample, time, class)."""
    return _instants_won_by_logits(logits).argmax(axis=1)


def dwell_fractions(logits: np.ndarray) -> np.ndarray:
    """The share of the time that each class wins, (sample, class), of ``logits`` (sample, time, class)."""
    return _instants_won_by_logits(logits) / np.shape(logits)[1]


def _instants_won_by_logits(logits: np.ndarray) -> np.ndarray:
    logits = checked(logits, "logits", "class")
    return _instants_won(logits, logits.shape[2], lambda x: np.ascontiguousarray(x.T))


def _instants_won(values: np.ndarray, n_classes: int, by_class: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Instants that each class wins, (sample, class) int; ``by_class`` makes logits (class, instant) of values.

    Values (sample, time, anything) are taken in blocks of samples.
    """
    n_samples, n_times, n_values = values.shape
    won = np.empty((n_samples, n_classes), dtype=np.intp)
    block = max(1, BLOCK_BYTES // (n_times * n_classes * values.itemsize))
    for start in range(0, n_samples, block):
        part = slice(start, start + block)
        with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is refused below
            logits = by_class(values[part].reshape(-1, n_values))
        best = logits.max(axis=0)  # a NaN in any class comes out here
        if not np.isfinite(best).all():
            raise _not_finite(best, n_times, start)
        cell = _winners(logits, best).reshape(-1, n_times) + n_classes * np.arange(len(best) // n_times)[:, np.newaxis]
        won[part] = np.bincount(cell.ravel(), minlength=won[part].size).reshape(-1, n_classes)
    return won


def _winners(logits: np.ndarray, best: np.ndarray) -> np.ndarray:
    """The first class of ``logits`` (class, instant) that reaches ``best``, found as how many classes are before it.

    These are passes along contiguous rows, several times faster than an argmax over a short last axis.
    """
    winner = np.zeros(best.shape, dtype=np.min_scalar_type(len(logits)))
    below = np.ones(best.shape, dtype=bool)
    for row in logits[:-1]:
        below &= row != best
        winner += below
    return winner


def _not_finite(best: np.ndarray, n_times: int, first_sample: int) -> InvalidValueError:
    sample, time = divmod(int(np.isfinite(best).argmin()), n_times)
    return InvalidValueError(
        f"the largest logit of sample {first_sample + sample} at time index {time} is not finite "
        f"({best[sample * n_times + time]}); wanted finite numbers, look at the neurons that made it"
    )
