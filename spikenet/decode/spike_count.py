"""Decoding by spike counts, that is by rates."""

import numpy as np

from spikenet.decode.readout import Readout, as_readout
from spikenet.errors import InvalidValueError
from spikenet.units import DIMENSIONLESS, to_si


def decode_count(count: np.ndarray, readout: Readout | np.ndarray) -> np.ndarray:
    """Return the class with the largest logit of the spike counts: rate coding.

    Ties go to the lower class. A sample without a spike gets the class with the largest bias.

    Parameters
    ----------
    count : array_like (sample, unit)
        Number of spikes of each unit.
    readout : Readout or ndarray (unit, class)
        Linear read-out, or its weights alone.

    Returns
    -------
    ndarray of int (sample,)
        Classes.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If counts are negative or not numeric, or do not fit the read-out.
    """
    count = to_si(count, DIMENSIONLESS, "the spike count")
    if (count < 0).any():
        raise InvalidValueError(f"a spike count is {count.min():g}, wanted zero or more")
    return as_readout(readout).classify(count, "the spike count")
