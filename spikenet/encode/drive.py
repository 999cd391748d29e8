"""From pre-activations to what the neurons are fed. A drive is data: frozen, callable, changed by making another."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from spikenet.errors import InvalidValueError, UnitError
from spikenet.units import DIMENSIONLESS, Dimensions, dimensions_of, show, to_scalar, to_si


class Drive(Protocol):
    """What every drive can do. ``dimensions`` are None if it was made of plain numbers (SI)."""

    dimensions: Dimensions | None

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """Drive of each unit in SI units, in the shape of the pre-activation ``z`` (sample, unit)."""

    def slope(self, z: np.ndarray) -> np.ndarray:
        """Derivative of the drive by ``z``, in the shape of ``z``."""

    def with_gain(self, gain: float) -> "Drive":
        """The same drive with another factor on the pre-activation."""

    @property
    def range(self) -> tuple[float, float]:
        """Bounds that no drive can leave, in SI units; they may be infinite."""


@dataclass(frozen=True)
class TanhDrive:
    """``offset + gamma * tanh(gain * z)``; numbers in SI. Made by `tanh_drive`."""

    gamma: float
    gain: float
    offset: float
    dimensions: Dimensions | None = None

    def __call__(self, z: np.ndarray) -> np.ndarray:
        return self.offset + self.gamma * np.tanh(self.gain * _pre_activation(z))

    def slope(self, z: np.ndarray) -> np.ndarray:
        return self.gamma * self.gain * (1 - np.tanh(self.gain * _pre_activation(z)) ** 2)

    def with_gain(self, gain: float) -> "TanhDrive":
        return replace(self, gain=to_scalar(gain, DIMENSIONLESS, "gain"))

    @property
    def range(self) -> tuple[float, float]:
        return self.offset - abs(self.gamma), self.offset + abs(self.gamma)

    def __repr__(self) -> str:
        gamma = show(self.gamma, self.dimensions or DIMENSIONLESS)
        return f"TanhDrive({_shown_offset(self)}{gamma} * tanh({_shown_input(self)}))"


@dataclass(frozen=True)
class LinearDrive:
    """``offset + scale * gain * z``, held between ``low`` and ``high``; numbers in SI. Made by `linear_drive`."""

    scale: float
    offset: float
    low: float = -np.inf
    high: float = np.inf
    gain: float = 1.0
    dimensions: Dimensions | None = None

    def __call__(self, z: np.ndarray) -> np.ndarray:
        return np.clip(self.offset + self.scale * self.gain * _pre_activation(z), self.low, self.high)

    def slope(self, z: np.ndarray) -> np.ndarray:
        """Zero where the drive is held at a bound."""
        factor = self.scale * self.gain
        fed = self.offset + factor * _pre_activation(z)
        return np.where((self.low <= fed) & (fed <= self.high), factor, 0.0)

    def with_gain(self, gain: float) -> "LinearDrive":
        return replace(self, gain=to_scalar(gain, DIMENSIONLESS, "gain"))

    @property
    def range(self) -> tuple[float, float]:
        return self.low, self.high

    def __repr__(self) -> str:
        scale, low, high = (show(value, self.dimensions or DIMENSIONLESS) for value in (self.scale, *self.range))
        bounds = f", from {low} to {high}" if np.isfinite(self.range).any() else ""
        return f"LinearDrive({_shown_offset(self)}{scale} * {_shown_input(self)}{bounds})"


def tanh_drive(gamma, gain: float = 1.0, offset=0.0) -> TanhDrive:
    """The paper's drive, ``I = offset + gamma * tanh(gain * z)``: however large z is, the drive stays in reach.

    ``gamma`` and ``offset`` are quantities of one kind, or plain numbers in SI units. Bogatenko et al. (2023), eq. 2.
    """
    (gamma, offset), dimensions = _alike(gamma=gamma, offset=offset)
    return TanhDrive(gamma, to_scalar(gain, DIMENSIONLESS, "gain"), offset, dimensions)


def linear_drive(scale, offset=0.0, low=None, high=None) -> LinearDrive:
    """A drive in proportion, ``I = offset + scale * z``, held between ``low`` and ``high`` where they are given.

    All four are quantities of one kind, or plain numbers in SI units.
    """
    given = {"low": low, "high": high}
    bounds = {name: value for name, value in given.items() if value is not None}
    (scale, offset, *limits), dimensions = _alike(scale=scale, offset=offset, **bounds)
    limits = {"low": -np.inf, "high": np.inf} | dict(zip(bounds, limits, strict=True))
    if limits["low"] > limits["high"]:
        raise InvalidValueError(f"low is {low}, above high, which is {high}; wanted low <= high")
    return LinearDrive(scale, offset, **limits, dimensions=dimensions)


def _alike(**quantities) -> tuple[list[float], Dimensions | None]:
    """SI values, and the dimensions that those with units share; a plain number goes with any of them."""
    found = {name: dimensions_of(value) for name, value in quantities.items()}
    with_units = {name: dimensions for name, dimensions in found.items() if dimensions is not None}
    if len(set(with_units.values())) > 1:
        raise UnitError(
            f"{' and '.join(with_units)} have different units: {list(quantities.values())}; wanted one kind"
        )
    dimensions = next(iter(with_units.values()), None)
    return [to_scalar(value, dimensions or DIMENSIONLESS, name) for name, value in quantities.items()], dimensions


def _pre_activation(z) -> np.ndarray:
    return to_si(z, DIMENSIONLESS, "the pre-activation")


def _shown_offset(drive: TanhDrive | LinearDrive) -> str:
    return f"{show(drive.offset, drive.dimensions or DIMENSIONLESS)} + " if drive.offset else ""


def _shown_input(drive: TanhDrive | LinearDrive) -> str:
    return "z" if drive.gain == 1 else f"{drive.gain:g} * z"
