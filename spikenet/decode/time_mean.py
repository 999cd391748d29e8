"""The class of the largest logit on the average over time."""

import numpy as np

from spikenet.decode.readout import Readout, as_readout
from spikenet.decode.time_axis import checked
from spikenet.errors import InvalidValueError


def decode_mean(mean: np.ndarray, readout: Readout | np.ndarray) -> np.ndarray:
    """The class with the largest logit of the mean output, (sample,) int.

    ``mean`` (sample, unit), ``readout`` (unit, class). The read-out is linear: this is the largest mean logit.
    Ties go to the lower class.
    """
    return as_readout(readout).classify(mean, "the mean output")


def mean(logits: np.ndarray) -> np.ndarray:
    """Like `decode_mean`, of ``logits`` (sample, time, class)."""
    averages = checked(logits, "logits", "class").mean(axis=1, dtype=float)
    if not np.isfinite(averages).all():
        sample, label = np.argwhere(~np.isfinite(averages))[0]
        raise InvalidValueError(f"the mean logit of sample {sample}, class {label} is {averages[sample, label]}")
    return averages.argmax(axis=1)
