"""What the read-out must know so that neurons stand in for a Keras activation: an affine map, and the drive's gain."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from spikenet.encode import Drive
from spikenet.engine.response import ResponseTable
from spikenet.errors import InvalidValueError

_GAINS = (0.02, 50.0)  # the range in which the gain is looked for
_MONOTONE = 0.9  # least rank correlation of drive and response


@dataclass(frozen=True)
class Calibration:
    """``activation(z) = scale * response(drive(z)) + shift``, with the drive's ``gain``; ``error`` is what is left (rms)."""

    gain: float
    scale: float
    shift: float
    error: float


def calibrate(curve: ResponseTable, measure: str, drive: Drive, z: np.ndarray, wanted: np.ndarray) -> Calibration:
    """The gain, scale and shift that bring the population's response nearest to an activation.

    ``curve`` is the measured response curve, ``z`` (any shape) pre-activations as they occur, ``wanted`` what the
    activation makes of them. Errors: InvalidValueError if the response does not rise or fall with the drive.
    """
    response = curve.values[measure].astype(float)
    _check_monotone(curve.drives, response, measure)

    def fitted(log_gain: float) -> Calibration:
        gain = float(np.exp(log_gain))
        fed = np.clip(drive.with_gain(gain)(z), *curve.drives[[0, -1]])
        answer = np.interp(fed, curve.drives, response)
        scale, shift = np.polyfit(answer, wanted, 1) if np.ptp(answer) > 0 else (0.0, float(np.mean(wanted)))
        return Calibration(
            gain, float(scale), float(shift), float(np.sqrt(np.mean((scale * answer + shift - wanted) ** 2)))
        )

    coarse = np.linspace(*np.log(_GAINS), 40)
    best = int(np.argmin([fitted(point).error for point in coarse]))
    around = coarse[max(best - 1, 0)], coarse[min(best + 1, len(coarse) - 1)]
    return fitted(minimize_scalar(lambda point: fitted(point).error, bounds=around, method="bounded").x)


def _check_monotone(drives: np.ndarray, response: np.ndarray, measure: str) -> None:
    """Rank correlation: partial cycles may ripple a response that rises or falls as a whole."""
    ranks = [np.argsort(np.argsort(values)).astype(float) for values in (drives, response)]
    rank_correlation = np.corrcoef(*ranks)[0, 1] if np.ptp(response) > 0 else 0.0
    if abs(rank_correlation) < _MONOTONE:
        raise InvalidValueError(
            f"the response ({measure}) does not rise or fall with the drive from {drives[0]:g} to {drives[-1]:g} "
            f"(rank correlation {rank_correlation:.2f}), so it cannot stand in for an activation; choose another range"
        )
