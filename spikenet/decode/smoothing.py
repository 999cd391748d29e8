"""A synaptic low-pass filter along time, to be put before the dwell decoder."""

import numpy as np

from spikenet.decode.time_axis import checked
from spikenet.errors import InvalidValueError
from spikenet.units import to_seconds

BLOCK_BYTES = 2**25  # of input at a time; the filter works in float64, as its coefficients are


def low_pass(logits: np.ndarray, sample_dt, tau) -> np.ndarray:
    """``tau dy/dt = logits - y`` along time, in the shape of ``logits`` (sample, time, class); ``y`` starts on them.

    Exact for an input that is linear between its samples, which are ``sample_dt`` apart; ``tau`` zero changes nothing.
    The read-out is linear, so this is the same as filtering what the units did, with fewer numbers.
    """
    from scipy.signal import lfilter  # noqa: PLC0415 - takes more than a second, and few need it

    logits = checked(logits, "logits", "class")
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
    """Factors of y[n-1], x[n] and x[n-1] in y[n]: the solution over one step with x linear in it (first-order hold)."""
    if tau == 0:
        return 0.0, 1.0, 0.0
    step = sample_dt / tau
    forgotten = -np.expm1(-step)
    return 1 - forgotten, 1 - forgotten / step, forgotten / step - 1 + forgotten
