"""What the read-out must know so that neurons stand in for a Keras activation: an affine map, and the drive's gain."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from spikenet.encode import Drive
from spikenet.errors import InvalidValueError

_GAINS = np.geomspace(0.02, 50.0, 40)  # where the best gain is looked for
_MONOTONE = 0.9  # least rank correlation of drive and response


@dataclass(frozen=True, eq=False)
class Curve:
    """A measured curve: ``response`` (point,) of a neuron to rising ``drives`` (point,); ``measure`` is what it is."""

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
        """The response to drives within the range."""
        return np.interp(drive, self.drives, self.response)

    def covers(self, drive: np.ndarray) -> bool:
        """Whether these drives were measured, but for rounding."""
        room = 1e-9 * (self.drives[-1] - self.drives[0])
        return bool(self.drives[0] - room <= drive.min() and drive.max() <= self.drives[-1] + room)

    def _rank_correlation(self) -> float:
        """Partial cycles may ripple a response that rises or falls as a whole, so ranks are compared."""
        if np.ptp(self.response) == 0 or np.ptp(self.drives) == 0:
            return 0.0
        ranks = [np.argsort(np.argsort(values, kind="stable")) for values in (self.drives, self.response)]
        return float(np.corrcoef(*ranks)[0, 1])


@dataclass(frozen=True)
class Calibration:
    """``activation(z) = scale * response(drive(z)) + shift`` with the drive's ``gain``; ``error`` is left (rms)."""

    gain: float
    scale: float
    shift: float
    error: float


def calibrate(curve: Curve, drive: Drive, z: np.ndarray, wanted: np.ndarray) -> Calibration:
    """The gain, scale and shift that bring the population's response nearest to an activation.

    ``z`` (sample,) are pre-activations as they occur, ``wanted`` is what the activation makes of them. Gains whose
    drives the curve does not cover are left out.
    """

    def fitted(gain: float) -> Calibration:
        answer = curve(drive.with_gain(gain)(z))
        scale, shift = np.polyfit(answer, wanted, 1) if np.ptp(answer) > 0 else (0.0, np.mean(wanted))
        error = np.sqrt(np.mean((scale * answer + shift - wanted) ** 2))
        return Calibration(float(gain), float(scale), float(shift), float(error))

    gains = [gain for gain in _GAINS if curve.covers(drive.with_gain(gain)(z))]
    if not gains:
        raise InvalidValueError(f"at no gain from {_GAINS[0]:g} to {_GAINS[-1]:g} the drives stay within the curve")
    best = int(np.argmin([fitted(gain).error for gain in gains]))
    around = np.log([gains[max(best - 1, 0)], gains[min(best + 1, len(gains) - 1)]])
    if around[0] == around[1]:
        return fitted(gains[best])
    return fitted(np.exp(minimize_scalar(lambda log: fitted(np.exp(log)).error, bounds=around, method="bounded").x))
