"""The class of the largest logit of the spike counts."""

import numpy as np

from spikenet.decode.readout import Readout, as_readout
from spikenet.errors import InvalidValueError
from spikenet.units import DIMENSIONLESS, to_si


def decode_count(count: np.ndarray, readout: Readout | np.ndarray) -> np.ndarray:
    """The class with the largest logit of the spike counts, (sample,) int: rate coding.

    ``count`` (sample, unit), ``readout`` (unit, class). Ties go to the lower class; a sample without a spike gets the
    class of the largest bias.
    """
    count = to_si(count, DIMENSIONLESS, "the spike count")
    if (count < 0).any():
        raise InvalidValueError(f"a spike count is {count.min():g}, wanted zero or more")
    return as_readout(readout).classify(count, "the spike count")
