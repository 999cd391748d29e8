"""Drives: functions from the pre-activations of a layer to the input of neurons, as frozen data."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.units import DIMENSIONLESS, Dimensions, dimensions_of, show, to_scalar, to_si, unit_text

_LARGEST = float(np.finfo(np.float32).max)  # the bound, in a formula, of a drive that has none on one side


class Drive(Protocol):
    """Protocol of a drive: a function from pre-activations to the input of neurons, with its slope and its bounds.

    Attributes
    ----------
    dimensions : tuple of int or None
        Dimensions of the drive, as in `spikenet.units`; None if it was made of plain numbers, which are in SI units.
    """

    dimensions: Dimensions | None

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """Return the drive of each unit.

        Parameters
        ----------
        z : ndarray (sample, unit) or (sample, time, unit)
            Pre-activations, numbers without a unit.

        Returns
        -------
        ndarray, in the shape of ``z``
            Drive in SI units.
        """

    def expression(self, z: str) -> str:
        """Return the drive as a formula in Brian2's notation of the text ``z``, in SI units.

        Only neurons that drive each other need it, whose pre-activations change as they are simulated.
        """

    def slope(self, z: np.ndarray) -> np.ndarray:
        """Return the derivative of the drive by the pre-activation ``z``, in SI units and in the shape of ``z``."""

    def with_gain(self, gain: float) -> "Drive":
        """Return the same drive with another factor on the pre-activation."""

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value of the drive in SI units; they may be infinite."""


@dataclass(frozen=True)
class TanhDrive:
    """Bounded drive ``offset + gamma * tanh(gain * z)``; `tanh_drive` makes it from quantities. Frozen.

    Parameters
    ----------
    gamma, offset : float
        Amplitude and centre in SI units.
    gain : float
        Factor on the pre-activation ``z``.
    dimensions : tuple of int, optional
        Dimensions of the drive; None for plain numbers.
    """

    gamma: float
    gain: float
    offset: float
    dimensions: Dimensions | None = None

    def __call__(self, z: np.ndarray) -> np.ndarray:
        return self.offset + self.gamma * np.tanh(self.gain * _pre_activation(z))

    def slope(self, z: np.ndarray) -> np.ndarray:
        """Return the derivative of the drive by ``z``, in SI units and in the shape of ``z``."""
        return self.gamma * self.gain * (1 - np.tanh(self.gain * _pre_activation(z)) ** 2)

    def with_gain(self, gain: float) -> "TanhDrive":
        """Return the same drive with another factor on the pre-activation."""
        return replace(self, gain=to_scalar(gain, DIMENSIONLESS, "gain"))

    def expression(self, z: str) -> str:
        """Return the drive as a formula in Brian2's notation of the text ``z``, in SI units."""
        return f"({self.offset!r} + {self.gamma!r}*tanh({self.gain!r}*({z})))"

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value of the drive in SI units."""
        return self.offset - abs(self.gamma), self.offset + abs(self.gamma)

    def __repr__(self) -> str:
        gamma = show(self.gamma, self.dimensions or DIMENSIONLESS)
        return f"TanhDrive({_shown_offset(self)}{gamma} * tanh({_shown_input(self)}))"


@dataclass(frozen=True)
class LinearDrive:
    """Drive ``offset + scale * gain * z`` within bounds; `linear_drive` makes it from quantities. Frozen.

    Parameters
    ----------
    scale, offset : float
        Slope and value at zero in SI units.
    low, high : float, optional
        Bounds of the drive in SI units.
    gain : float, optional
        Factor on the pre-activation ``z``.
    dimensions : tuple of int, optional
        Dimensions of the drive; None for plain numbers.
    """

    scale: float
    offset: float
    low: float = -np.inf
    high: float = np.inf
    gain: float = 1.0
    dimensions: Dimensions | None = None

    def __call__(self, z: np.ndarray) -> np.ndarray:
        return np.clip(self.offset + self.scale * self.gain * _pre_activation(z), self.low, self.high)

    def slope(self, z: np.ndarray) -> np.ndarray:
        """Return the derivative of the drive by ``z``, which is zero where the drive is at a bound."""
        factor = self.scale * self.gain
        fed = self.offset + factor * _pre_activation(z)
        return np.where((self.low <= fed) & (fed <= self.high), factor, 0.0)

    def with_gain(self, gain: float) -> "LinearDrive":
        """Return the same drive with another factor on the pre-activation."""
        return replace(self, gain=to_scalar(gain, DIMENSIONLESS, "gain"))

    def expression(self, z: str) -> str:
        """Return the drive as a formula in Brian2's notation of the text ``z``, in SI units."""
        line = f"{self.offset!r} + {self.scale * self.gain!r}*({z})"
        low, high = (float(np.clip(bound, -_LARGEST, _LARGEST)) for bound in self.range)
        return f"clip({line}, {low!r}, {high!r})" if np.isfinite(self.range).any() else f"({line})"

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value of the drive in SI units; they may be infinite."""
        return self.low, self.high

    def __repr__(self) -> str:
        scale, low, high = (show(value, self.dimensions or DIMENSIONLESS) for value in (self.scale, *self.range))
        bounds = f", from {low} to {high}" if np.isfinite(self.range).any() else ""
        return f"LinearDrive({_shown_offset(self)}{scale} * {_shown_input(self)}{bounds})"


def tanh_drive(gamma, gain: float = 1.0, offset=0.0) -> TanhDrive:
    """Return a bounded drive, ``offset + gamma * tanh(gain * z)``.

    However large the pre-activation z is, the drive stays between ``offset - |gamma|`` and ``offset + |gamma|``.
    Bogatenko et al. (2023), eq. 2.

    Parameters
    ----------
    gamma : Quantity, str or float
        Amplitude, in the unit of the neuron's port; plain numbers are in SI units.
    gain : float, optional
        Factor on the pre-activation.
    offset : Quantity, str or float, optional
        Drive at z = 0, in the same unit.

    Returns
    -------
    TanhDrive
        A frozen function of the pre-activations (sample, unit).

    Raises
    ------
    UnitError, InvalidTypeError, InvalidValueError
        If the units differ, or a value is not one finite number.

    Examples
    --------
    >>> import numpy as np
    >>> import spikenet as sn
    >>> drive = sn.tanh_drive("2 nA", offset="0.5 nA")
    >>> drive
    TanhDrive(500 pA + 2 nA * tanh(z))
    >>> drive(np.zeros((1, 2)))
    array([[5.e-10, 5.e-10]])
    """
    (gamma, offset), dimensions = _of_one_unit(gamma=gamma, offset=offset)
    return TanhDrive(gamma, to_scalar(gain, DIMENSIONLESS, "gain"), offset, dimensions)


def linear_drive(scale, offset=0.0, low=None, high=None) -> LinearDrive:
    """Return a linear drive, ``offset + scale * z``, within bounds if they are given.

    Parameters
    ----------
    scale : Quantity, str or float
        Drive for each unit of the pre-activation z, in the unit of the neuron's port; plain numbers are in SI units.
    offset : Quantity, str or float, optional
        Drive at z = 0, in the same unit.
    low, high : Quantity, str or float, optional
        Smallest and largest drive, in the same unit.

    Returns
    -------
    LinearDrive
        A frozen function of the pre-activations (sample, unit).

    Raises
    ------
    UnitError, InvalidTypeError, InvalidValueError
        If the units differ, a value is not one finite number, or ``low`` is above ``high``.

    Examples
    --------
    >>> import numpy as np
    >>> import spikenet as sn
    >>> sn.linear_drive(2.0, low=0)(np.array([[-1.0, 0.5]]))
    array([[0., 1.]])
    """
    given = {"low": low, "high": high}
    bounds = {name: value for name, value in given.items() if value is not None}
    (scale, offset, *limits), dimensions = _of_one_unit(scale=scale, offset=offset, **bounds)
    limits = {"low": -np.inf, "high": np.inf} | dict(zip(bounds, limits, strict=True))
    if limits["low"] > limits["high"]:
        raise InvalidValueError(f"low is {low} and high is {high}; wanted low <= high")
    return LinearDrive(scale, offset, **limits, dimensions=dimensions)


def check_drive_unit(drive: Drive, model: str, port: str, wanted: Dimensions) -> None:
    """Raise an error unless a drive is in the unit of the port that it drives.

    Parameters
    ----------
    drive : Drive
    model, port : str
        Names of the neuron model and of its port, for the message.
    wanted : tuple of int
        Dimensions of the port, as in `spikenet.units`.

    Raises
    ------
    InvalidTypeError
        If it is no drive.
    UnitError
        If its unit is another one.
    """
    for name in ("slope", "range", "with_gain"):
        if not hasattr(drive, name):
            raise InvalidTypeError(f"the drive is {drive!r}; wanted one such as sn.tanh_drive(gamma=-0.5)")
    if drive.dimensions is not None and tuple(drive.dimensions) != tuple(wanted):
        given, taken = (
            unit_text(tuple(unit)) if any(unit) else "numbers without a unit" for unit in (drive.dimensions, wanted)
        )
        raise UnitError(
            f"the drive is in {given}, and {model} takes {port} in {taken}; give it in such units, or as plain numbers "
            "in SI"
        )


def _of_one_unit(**quantities) -> tuple[list[float], Dimensions | None]:
    """Return SI values and the dimensions that they share; plain numbers go with any unit."""
    found = {name: dimensions_of(value) for name, value in quantities.items()}
    with_units = {name: dimensions for name, dimensions in found.items() if dimensions is not None}
    if len(set(with_units.values())) > 1:
        raise UnitError(
            f"{' and '.join(with_units)} have different units: {list(quantities.values())}; wanted one unit"
        )
    dimensions = next(iter(with_units.values()), None)
    return [to_scalar(value, dimensions or DIMENSIONLESS, name) for name, value in quantities.items()], dimensions


def _pre_activation(z) -> np.ndarray:
    return to_si(z, DIMENSIONLESS, "the pre-activation")


def _shown_offset(drive: TanhDrive | LinearDrive) -> str:
    return f"{show(drive.offset, drive.dimensions or DIMENSIONLESS)} + " if drive.offset else ""


def _shown_input(drive: TanhDrive | LinearDrive) -> str:
    return "z" if drive.gain == 1 else f"{drive.gain:g} * z"
