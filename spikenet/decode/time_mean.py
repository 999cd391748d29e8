"""Decoding by the mean over time."""

import numpy as np

from spikenet.decode.readout import Readout, as_readout
from spikenet.decode.time_axis import check_time_axis
from spikenet.errors import InvalidValueError


def decode_mean(mean: np.ndarray, readout: Readout | np.ndarray) -> np.ndarray:
    """Return the class with the largest logit of the mean output.

    The read-out is linear, so that this is also the class with the largest mean logit. Ties go to the lower class.

    Parameters
    ----------
    mean : array_like (sample, unit)
        Mean output of each unit.
    readout : Readout or ndarray (unit, class)
        Linear read-out, or its weights alone.

    Returns
    -------
    ndarray of int (sample,)
        Classes.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If the means are not finite numbers, or do not fit the read-out.
    """
    return as_readout(readout).classify(mean, "the mean output")


def decode_mean_logits(logits: np.ndarray) -> np.ndarray:
    """Return the class with the largest mean logit, from logits over time; see `decode_mean`.

    Parameters
    ----------
    logits : ndarray (sample, time, class)
        Logits at each instant.

    Returns
    -------
    ndarray of int (sample,)
        Classes.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If the logits are not numeric, have another shape, or a mean is not finite.
    """
    averages = check_time_axis(logits, "logits", "class").mean(axis=1, dtype=float)
    if not np.isfinite(averages).all():
        sample, label = np.argwhere(~np.isfinite(averages))[0]
        raise InvalidValueError(
            f"the mean logit of sample {sample}, class {label} is {averages[sample, label]}, wanted finite numbers"
        )
    return averages.argmax(axis=1)
