"""Decoding by dwell time: the class that wins for the longest time, as in Bogatenko et al. (2023)."""

from collections.abc import Callable

import numpy as np

from spikenet.decode.readout import Readout, as_readout
from spikenet.decode.time_axis import check_time_axis
from spikenet.errors import InvalidValueError

BLOCK_BYTES = 2**20  # logits held at a time, so that they stay in the processor's cache


def decode_dwell(trace: np.ndarray, readout: Readout | np.ndarray) -> np.ndarray:
    """Return the class that wins for the longest time.

    At each instant the class with the largest logit wins. The class that wins most instants is the answer; ties go to
    the lower class. Bogatenko et al. (2023), section 3.

    Parameters
    ----------
    trace : ndarray (sample, time, unit)
        Output of the neurons over time.
    readout : Readout or ndarray (unit, class)
        Linear read-out, or its weights alone.

    Returns
    -------
    ndarray of int (sample,)
        Classes.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If the trace is not numeric, does not fit the read-out, or leads to a logit that is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import spikenet as sn
    >>> trace = np.array([[[1.0, 0.0], [0.0, 5.0], [1.0, 0.0]]])  # (sample, time, unit)
    >>> sn.decode.decode_dwell(trace, np.eye(2))
    array([0])
    """
    readout = as_readout(readout)
    trace = readout.checked_input(check_time_axis(trace, "trace", "unit"))
    weights, bias = readout.weights_and_bias(trace.dtype)
    won = _instants_won(trace, readout.n_classes, lambda x: weights.T @ x.T + bias[:, np.newaxis])
    return won.argmax(axis=1)


def decode_dwell_logits(logits: np.ndarray) -> np.ndarray:
    """Return the class that wins for the longest time, from logits over time; see `decode_dwell`.

    Parameters
    ----------
    logits : ndarray (sample, time, class)
        Logits at each instant.

    Returns
    -------
    ndarray of int (sample,)
        Classes.
    """
    return _instants_won_by_logits(logits).argmax(axis=1)


def dwell_fractions(logits: np.ndarray) -> np.ndarray:
    """Return the share of the time that each class wins.

    Parameters
    ----------
    logits : ndarray (sample, time, class)
        Logits at each instant.

    Returns
    -------
    ndarray (sample, class)
        Shares from 0 to 1; those of a sample add up to 1.
    """
    return _instants_won_by_logits(logits) / np.shape(logits)[1]


def _instants_won_by_logits(logits: np.ndarray) -> np.ndarray:
    logits = check_time_axis(logits, "logits", "class")
    return _instants_won(logits, logits.shape[2], lambda x: np.ascontiguousarray(x.T))


def _instants_won(values: np.ndarray, n_classes: int, by_class: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Count the instants that each class wins, (sample, class) int.

    ``values`` (sample, time, anything) are taken in blocks of samples; ``by_class`` makes logits (class, instant) of a
    block.
    """
    n_samples, n_times, n_values = values.shape
    won = np.empty((n_samples, n_classes), dtype=np.intp)
    block = max(1, BLOCK_BYTES // (n_times * n_classes * values.itemsize))
    for start in range(0, n_samples, block):
        part = slice(start, start + block)
        with np.errstate(invalid="ignore", over="ignore"):  # the check below refuses what is not finite
            logits = by_class(values[part].reshape(-1, n_values))
        best = logits.max(axis=0)  # a NaN in any class is a NaN here
        if not np.isfinite(best).all():
            raise _not_finite(best, n_times, start)
        cell = _winners(logits, best).reshape(-1, n_times) + n_classes * np.arange(len(best) // n_times)[:, np.newaxis]
        won[part] = np.bincount(cell.ravel(), minlength=won[part].size).reshape(-1, n_classes)
    return won


def _winners(logits: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Return the first class of ``logits`` (class, instant) that reaches ``best``, by counting the classes before it.

    These passes along contiguous rows are several times faster than an argmax over a short last axis.
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
