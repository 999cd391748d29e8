"""Surrogate derivatives of a spike: the table SURROGATES.

A spike is a step function of the distance from threshold, whose derivative is 0 or undefined.

Each surrogate is its formula: the derivative to use at a distance from threshold, with a steepness in 1/unit of the
distance. ``fast_sigmoid`` and ``arctan`` are the slopes of a smooth step from 0 to 1, so that their area is 1 and a
change of units changes nothing; ``superspike`` and ``triangular`` are 1 at the threshold whatever the steepness.
Zenke and Vogels (2021), Neural Comput. 33:899, find that the shape matters little and the scale much.

In a neuron, distances are measured in units of the distance from reset to threshold, and the steepness is 1/width. A
width of 0.5 reaches half of the way from threshold to reset, whatever the neuron and its units.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from keras import ops

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.validate import check_positive

_WIDTH = 0.5  # where fast_sigmoid, arctan and superspike are all 1 at the threshold
_TRIANGULAR_WIDTH = 1.5  # further than to the state of rest: beyond its width it is 0, and nothing learns

type Surrogate = Callable[[object, float], object]  # (distance, steepness) -> derivative


def fast_sigmoid(distance, steepness: float):
    """Slope of (1 + k*x/(1 + k*abs(x)))/2. Neftci, Mostafa and Zenke (2019), IEEE Signal Process. Mag. 36:51."""
    return 0.5 * steepness / (1 + steepness * ops.abs(distance)) ** 2


def arctan(distance, steepness: float):
    """Slope of arctan(pi/2*k*x)/pi + 1/2. Fang et al. (2021), ICCV, eq. 12."""
    return 0.5 * steepness / (1 + (0.5 * np.pi * steepness * distance) ** 2)


def superspike(distance, steepness: float):
    """1/(1 + k*abs(x))**2, which snnTorch calls fast sigmoid. Zenke and Ganguli (2018), Neural Comput. 30:1514."""
    return 1 / (1 + steepness * ops.abs(distance)) ** 2


def triangular(distance, steepness: float):
    """max(0, 1 - k*abs(x)). Esser et al. (2016), PNAS 113:11441; Bellec et al. (2018), NeurIPS, times 0.3."""
    return ops.maximum(1 - steepness * ops.abs(distance), 0)


SURROGATES: Mapping[str, Surrogate] = MappingProxyType(
    {one.__name__: one for one in (fast_sigmoid, arctan, superspike, triangular)}
)


def surrogate_of(surrogate: str | Surrogate) -> Surrogate:
    """Return a surrogate by name, or the callable itself. Raise InvalidValueError or InvalidTypeError for neither."""
    if isinstance(surrogate, str):
        if surrogate not in SURROGATES:
            raise InvalidValueError(f"unknown surrogate {surrogate!r}; there are {', '.join(SURROGATES)}")
        return SURROGATES[surrogate]
    if not callable(surrogate):
        raise InvalidTypeError(
            f"the surrogate is {surrogate!r}; wanted one of {', '.join(SURROGATES)}, or a function of the distance "
            "from threshold and a steepness"
        )
    return surrogate


def check_width(width: float | None, surrogate: str | Surrogate) -> float:
    """Return the width of a surrogate, its own if ``width`` is None. Raise InvalidValueError unless it is above 0."""
    if width is None:
        return _TRIANGULAR_WIDTH if surrogate_of(surrogate) is triangular else _WIDTH
    return check_positive(width, "the surrogate's width")


def spike_function(surrogate: str | Surrogate = "fast_sigmoid", steepness: float = 10.0, *, at_threshold: bool = False):
    """Return a function of the distance from threshold: 1 above, 0 below, with a surrogate derivative.

    Parameters
    ----------
    surrogate : str or callable
        A name of SURROGATES, or a function of distance and steepness.
    steepness : float
        In 1/unit of the distance, above 0.
    at_threshold : bool
        If set, a distance of 0 is a spike.

    Returns
    -------
    callable
        From distances to 0 or 1, tensors of the same shape.

    Raises
    ------
    InvalidValueError
        If the name is unknown or the steepness is not above 0.
    InvalidTypeError
        If ``surrogate`` is neither a name nor a function.
    """
    slope = surrogate_of(surrogate)
    check_positive(steepness, "the steepness")

    def spike(distance):
        distance = ops.convert_to_tensor(distance)
        held = ops.stop_gradient(distance)
        fired = ops.cast(held >= 0 if at_threshold else held > 0, held.dtype)
        # Zero is added, which has the derivative: it counts forwards and backwards in automatic differentiation.
        return fired + ops.stop_gradient(slope(held, steepness)) * (distance - held)

    return spike
