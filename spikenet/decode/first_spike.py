"""Decoding by latency: early spikes count for more."""

import numpy as np

from spikenet.decode.readout import Readout, as_readout
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.units import to_seconds

TAU = 0.01  # s; of the order of a membrane's time constant


def decode_latency(first_spike: np.ndarray, readout: Readout | np.ndarray, tau=TAU) -> np.ndarray:
    """Return the class with the largest logit of the units' `latency_score`.

    Ties go to the lower class. A sample without a spike gets the class with the largest bias.

    Parameters
    ----------
    first_spike : array_like (sample, unit)
        Time of each unit's first spike in seconds, infinite where there is none.
    readout : Readout or ndarray (unit, class)
        Linear read-out, or its weights alone.
    tau : Quantity, str or float, optional
        Time after which a spike counts 1/e; plain numbers are in seconds.

    Returns
    -------
    ndarray of int (sample,)
        Classes.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        If times are negative or not numeric, do not fit the read-out, or ``tau`` is not a duration above zero.
    """
    return as_readout(readout).classify(latency_score(first_spike, tau), "the latency score")


def latency_score(first_spike: np.ndarray, tau=TAU) -> np.ndarray:
    """Return ``exp(-first_spike / tau)``: 1 for a spike at the start, 0 for none.

    The exponential kernel of time-to-first-spike coding: Park et al. (2020), T2FSNN, doi:10.1109/DAC18072.2020.9218689.

    Parameters
    ----------
    first_spike : array_like
        Times of first spikes in seconds, of any shape, infinite where there is none.
    tau : Quantity, str or float, optional
        Time after which a spike counts 1/e; plain numbers are in seconds.

    Returns
    -------
    ndarray
        Scores from 0 to 1 in the shape of ``first_spike``.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        If times are negative or not numeric, or ``tau`` is not a duration above zero.

    Examples
    --------
    >>> import numpy as np
    >>> import spikenet as sn
    >>> sn.decode.latency_score(np.array([0.0, np.inf]), tau="10 ms")
    array([1., 0.])
    """
    tau = to_seconds(tau, "tau")
    if tau == 0:
        raise InvalidValueError("tau is zero, wanted a time over which a spike loses its weight")
    try:
        first_spike = np.asarray(first_spike, dtype=float)
    except (TypeError, ValueError):
        raise InvalidTypeError(f"first_spike is {first_spike!r}, wanted seconds (sample, unit)") from None
    bad = ~(first_spike >= 0)  # NaN too
    if bad.any():
        position = tuple(np.argwhere(bad)[0].tolist())
        raise InvalidValueError(
            f"first_spike is {first_spike[position]} at {position}, wanted zero or more; infinite means no spike"
        )
    return np.exp(-first_spike / tau)
