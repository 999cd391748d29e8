"""The class of the largest logit where early spikes count for more: latency coding."""

import numpy as np

from spikenet.decode.readout import Readout, as_readout
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.units import to_seconds

TAU = 0.01  # s; of the order of a membrane's time constant


def decode_latency(first_spike: np.ndarray, readout: Readout | np.ndarray, tau=TAU) -> np.ndarray:
    """The class with the largest logit of the units' `latency_score`, (sample,) int.

    ``first_spike`` (sample, unit) s, infinite where there is none; ``readout`` (unit, class). Ties go to the lower
    class; a sample without a spike gets the class of the largest bias.
    """
    return as_readout(readout).classify(latency_score(first_spike, tau), "the latency score")


def latency_score(first_spike: np.ndarray, tau=TAU) -> np.ndarray:
    """``exp(-first_spike / tau)``: 1 for a spike at once, 0 for none, in the shape of ``first_spike`` (s).

    The exponential kernel of time-to-first-spike coding: Park et al. (2020), T2FSNN, doi:10.1109/DAC18072.2020.9218689.
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
            f"first_spike is {first_spike[position]} at {position}, wanted zero or more; infinite says no spike"
        )
    return np.exp(-first_spike / tau)
