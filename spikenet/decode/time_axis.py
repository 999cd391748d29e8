"""The check of arrays with a time axis."""

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError


def check_time_axis(values: np.ndarray, name: str, last: str) -> np.ndarray:
    """Return ``values`` as floats (sample, time, ``last``): float32 where they are float32, else float64.

    Raises
    ------
    InvalidTypeError
        If they are not numeric.
    InvalidValueError
        If they have another number of axes, or no instants or units.
    """
    values = np.asarray(values)
    if values.dtype.kind not in "biuf":
        raise InvalidTypeError(f"{name} is {values.dtype}, wanted numbers (sample, time, {last})")
    if values.ndim != 3 or 0 in values.shape[1:]:
        raise InvalidValueError(f"{name} has the shape {values.shape}, wanted (sample, time, {last})")
    return values.astype(np.result_type(values.dtype, np.float32), copy=False)
