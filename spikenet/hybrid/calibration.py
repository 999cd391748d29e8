"""Calibration: the gain of the drive, and an affine map before the read-out, with which neurons stand in for a Keras
activation."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from spikenet.encode import Drive
from spikenet.errors import InvalidValueError

_GAINS = np.geomspace(0.02, 50.0, 40)  # where the best gain is looked for
_FAR = 0.5  # of the spread of an activation: more of it is lost than kept
_MONOTONE = 0.9  # least rank correlation of drive and response


@dataclass(frozen=True, eq=False)
class Curve:
    """A measured response curve.

    Parameters
    ----------
    drives : array, (point,)
        Rising, in SI units.
    response : array, (point,)
        What a neuron answers to each of them.
    measure : str
        Name of what was measured, "mean" or "count".

    Raises
    ------
    InvalidValueError
        If the response neither rises nor falls with the drive.
    """

    drives: np.ndarray
    response: np.ndarray
    measure: str

    def __post_init__(self):
        object.__setattr__(self, "response", np.asarray(self.response, float))
        correlation = self._rank_correlation()
        if abs(correlation) < _MONOTONE:
            raise InvalidValueError(
                f"the response ({self.measure}) does not rise or fall with the drive from {self.drives[0]:g} to "
                f"{self.drives[-1]:g} (rank correlation {correlation:.2f}), so it cannot stand in for an activation; "
                "choose another range"
            )

    def __call__(self, drive: np.ndarray) -> np.ndarray:
        """Return the response to drives within the range, by linear interpolation."""
        return np.interp(drive, self.drives, self.response)

    def covers(self, drive: np.ndarray) -> bool:
        """Return whether these drives lie within the measured range, but for rounding."""
        room = 1e-9 * (self.drives[-1] - self.drives[0])
        return bool(self.drives[0] - room <= drive.min() and drive.max() <= self.drives[-1] + room)

    def _rank_correlation(self) -> float:
        """Compare ranks, as partial cycles may ripple a response that rises or falls as a whole."""
        if np.ptp(self.response) == 0 or np.ptp(self.drives) == 0:
            return 0.0
        ranks = [np.argsort(np.argsort(values, kind="stable")) for values in (self.drives, self.response)]
        return float(np.corrcoef(*ranks)[0, 1])


@dataclass(frozen=True)
class Calibration:
    """An affine map with which neurons stand in for an activation of the pre-activation z.

    ``activation(z) = scale * response(drive(z)) + shift``, where the drive has the ``gain``.

    Attributes
    ----------
    gain : float
        Factor on the pre-activation in the drive.
    scale : float
        Factor on the response; in units of the activation per unit of the response.
    shift : float
        What is added to it.
    error : float
        Root-mean-square distance from the activation that is left.
    """

    gain: float
    scale: float
    shift: float
    error: float


def fit_calibration(curve: Curve, drive: Drive, z: np.ndarray, wanted: np.ndarray) -> Calibration:
    """Return the gain, scale and shift that bring the response of neurons nearest to an activation.

    Parameters
    ----------
    curve : Curve
    drive : Drive
    z : array, (sample,)
        Pre-activations, as often as they occur.
    wanted : array, (sample,)
        The activation of each.

    Raises
    ------
    InvalidValueError
        If at no gain the drives stay within the curve; gains at which they do not are left out.
    """

    def fit_affine(gain: float) -> Calibration:
        answer = curve(drive.with_gain(gain)(z))
        scale, shift = np.polyfit(answer, wanted, 1) if np.ptp(answer) > 0 else (0.0, np.mean(wanted))
        error = np.sqrt(np.mean((scale * answer + shift - wanted) ** 2))
        return Calibration(float(gain), float(scale), float(shift), float(error))

    gains = [gain for gain in _GAINS if curve.covers(drive.with_gain(gain)(z))]
    if not gains:
        raise InvalidValueError(f"at no gain from {_GAINS[0]:g} to {_GAINS[-1]:g} the drives stay within the curve")
    best = int(np.argmin([fit_affine(gain).error for gain in gains]))
    around = np.log([gains[max(best - 1, 0)], gains[min(best + 1, len(gains) - 1)]])
    if around[0] == around[1]:
        return fit_affine(gains[best])
    least = minimize_scalar(lambda log: fit_affine(np.exp(log)).error, bounds=around, method="bounded")
    return fit_affine(np.exp(least.x))


def warn_if_far(calibration: Calibration, wanted: np.ndarray, layer: str) -> None:
    """Warn if the neurons follow the activation of a layer, (sample,), badly, with the likely reason."""
    spread = float(np.std(wanted))
    if calibration.error <= _FAR * spread:
        return
    if calibration.scale == 0:
        reason = "they answer the same to all drives of these images, such as no spikes"
    elif not 1.01 * _GAINS[0] < calibration.gain < 0.99 * _GAINS[-1]:
        reason = f"the best gain, {calibration.gain:.3g}, is at the end of what is tried: the drive has another scale"
    else:
        reason = "their response to these drives has another shape than the activation, or goes in steps"
    warnings.warn(
        f"the neurons of {layer} stand in badly for its activation: the distance is {calibration.error:.2g}, where the "
        f"activation itself varies by {spread:.2g} (both rms); {reason}. Look at sn.response_curve, and take another "
        "drive, a longer duration or another neuron",
        RuntimeWarning,
        stacklevel=4,
    )
