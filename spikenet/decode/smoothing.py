"""A low-pass filter along time, for logits before they are decoded by dwell time."""

import numpy as np

from spikenet.decode.time_axis import check_time_axis
from spikenet.errors import InvalidValueError
from spikenet.units import to_seconds

BLOCK_BYTES = 2**25  # input filtered at a time; the filter works in float64, as its coefficients do


def low_pass(logits: np.ndarray, sample_dt, tau) -> np.ndarray:
    """Smooth logits along time with a first-order low-pass filter, as a synapse does.

    Solves ``tau dy/dt = logits - y``, with y starting at the first logits. The solution is exact for an input that is
    linear between its samples. The read-out is linear: filtering logits gives the same as filtering the output of the
    neurons, with fewer numbers.

    Parameters
    ----------
    logits : ndarray (sample, time, class)
        Logits at each instant.
    sample_dt : Quantity, str or float
        Time between two instants; plain numbers are in seconds.
    tau : Quantity, str or float
        Time constant of the filter; zero changes nothing.

    Returns
    -------
    ndarray (sample, time, class)
        Smoothed logits, float32 if ``logits`` are float32.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        If the logits have another shape, or a time is negative or not a duration; ``sample_dt`` must be above zero.

    Examples
    --------
    >>> import numpy as np
    >>> import spikenet as sn
    >>> logits = np.zeros((1, 3, 2))
    >>> sn.decode.low_pass(logits, sample_dt="0.1 ms", tau="5 ms").shape
    (1, 3, 2)
    """
    from scipy.signal import lfilter  # noqa: PLC0415 - takes more than a second, and few need it

    logits = check_time_axis(logits, "logits", "class")
    sample_dt, tau = to_seconds(sample_dt, "sample_dt"), to_seconds(tau, "tau")
    if sample_dt == 0:
        raise InvalidValueError("sample_dt is zero, wanted the time between two samples")
    kept, now, before = _coefficients(sample_dt, tau)
    smooth = np.empty_like(logits)
    block = max(1, BLOCK_BYTES // logits[:1].nbytes) if len(logits) else 1
    for start in range(0, len(logits), block):
        x = logits[start : start + block]
        smooth[start : start + block], _ = lfilter([now, before], [1, -kept], x, axis=1, zi=(1 - now) * x[:, :1])
    return smooth


def _coefficients(sample_dt: float, tau: float) -> tuple[float, float, float]:
    """Return the factors of y[n-1], x[n] and x[n-1] in y[n]: one step with x linear in it (first-order hold)."""
    if tau == 0:
        return 0.0, 1.0, 0.0
    step = sample_dt / tau
    forgotten = -np.expm1(-step)
    return 1 - forgotten, 1 - forgotten / step, forgotten / step - 1 + forgotten
