"""Units: quantities of users become SI floats here, and nowhere else. Needs no Brian2.

A quantity is a Brian2 quantity (``20*ms``), a text (``"20 ms"``), or a plain number, which is in SI units already.
Dimensions are the exponents of metre, kilogram, second, ampere, kelvin, mole and candela, as in Brian2.
"""

import math
import re
import reprlib
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError

type Dimensions = tuple[int, ...]  # seven exponents, see above

DIMENSIONLESS: Dimensions = (0, 0, 0, 0, 0, 0, 0)
_AXES = ("length", "mass", "time", "current", "temperature", "substance", "luminosity")
_BASE_NAMES = ("meter", "kilogram", "second", "amp", "kelvin", "mole", "candle")  # as Brian2 writes them in equations

_UNITS: Mapping[str, tuple[Dimensions, float]] = MappingProxyType(
    {
        "1": (DIMENSIONLESS, 1.0),
        "m": ((1, 0, 0, 0, 0, 0, 0), 1.0),
        "g": ((0, 1, 0, 0, 0, 0, 0), 1e-3),
        "s": ((0, 0, 1, 0, 0, 0, 0), 1.0),
        "A": ((0, 0, 0, 1, 0, 0, 0), 1.0),
        "Hz": ((0, 0, -1, 0, 0, 0, 0), 1.0),
        "V": ((2, 1, -3, -1, 0, 0, 0), 1.0),
        "ohm": ((2, 1, -3, -2, 0, 0, 0), 1.0),
        "S": ((-2, -1, 3, 2, 0, 0, 0), 1.0),
        "F": ((-2, -1, 4, 2, 0, 0, 0), 1.0),
        "C": ((0, 0, 1, 1, 0, 0, 0), 1.0),
        "K": ((0, 0, 0, 0, 1, 0, 0), 1.0),
        "mol": ((0, 0, 0, 0, 0, 1, 0), 1.0),
        "cd": ((0, 0, 0, 0, 0, 0, 1), 1.0),
    }
)
_LONG_NAMES = {
    "meter": "m", "metre": "m", "gram": "g", "kilogram": "kg", "second": "s", "amp": "A", "ampere": "A", "hertz": "Hz",
    "volt": "V", "siemens": "S", "farad": "F", "coulomb": "C", "kelvin": "K", "mole": "mol", "candle": "cd",
}  # fmt: skip
_PREFIXES = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "c": 1e-2, "k": 1e3, "M": 1e6, "G": 1e9}
_SHOWN_PREFIXES = (("", 1.0), ("m", 1e-3), ("u", 1e-6), ("n", 1e-9), ("p", 1e-12), ("k", 1e3), ("M", 1e6))
_MOST_POWER = 20  # of a unit, so that its factor is a number
_MOST_STEPS = 2**53  # beyond it a double skips steps
_TERM = re.compile(r"\s*([*/]?)\s*([A-Za-z]+|1)\s*(?:\*\*\s*(-?\d{1,9})|\^\s*(-?\d{1,9}))?\s*")
_TEXT = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*\*?\s*(.*?)\s*$")


def _one_unit(name: str) -> tuple[Dimensions, float]:
    """Return dimensions and SI factor of one unit with at most one prefix: ``ms``, ``second``, ``uF``."""
    name = _LONG_NAMES.get(name, name)
    if name in _UNITS:
        return _UNITS[name]
    prefix, rest = name[:1], _LONG_NAMES.get(name[1:], name[1:])
    if prefix in _PREFIXES and rest in _UNITS and rest != "1":
        dimensions, factor = _UNITS[rest]
        return dimensions, factor * _PREFIXES[prefix]
    raise UnitError(f"unknown unit {name!r}; known are {', '.join(_UNITS)} with the prefixes {', '.join(_PREFIXES)}")


def parse_unit(text: str) -> tuple[Dimensions, float]:
    """Read a unit.

    Parameters
    ----------
    text : str
        A unit or a product of units, such as ``"ms"``, ``"mS/cm**2"`` or ``"volt/second"``.

    Returns
    -------
    dimensions : tuple of int
        Exponents of the seven base units.
    factor : float
        The unit in SI units.

    Raises
    ------
    UnitError
        If a name is unknown, or the text is not a product of units.

    Examples
    --------
    >>> from spikenet.units import parse_unit
    >>> parse_unit("ms")
    ((0, 0, 1, 0, 0, 0, 0), 0.001)
    """
    if not isinstance(text, str):
        raise UnitError(f"the unit is {text!r}, wanted text such as 'ms' or 'mS/cm**2'")
    dimensions, factor, position = np.zeros(7, dtype=int), 1.0, 0
    while position < len(text):
        term = _TERM.match(text, position)
        if term is None or (position > 0) != bool(term[1]):
            raise UnitError(f"cannot read the unit {text!r}; write products such as 'ms', 'nS' or 'mS/cm**2'")
        sign = -1 if term[1] == "/" else 1
        power = sign * int(term[3] or term[4] or 1)
        if abs(power) > _MOST_POWER:
            raise UnitError(
                f"the unit {text!r} has the power {power}; give powers from -{_MOST_POWER} to {_MOST_POWER}"
            )
        one, scale = _one_unit(term[2])
        dimensions += power * np.array(one)
        factor *= scale**power
        position = term.end()
    return tuple(dimensions.tolist()), factor


def dimensions_of(value) -> Dimensions | None:
    """Return the dimensions of a quantity.

    Parameters
    ----------
    value : Quantity, str or float
        A Brian2 quantity, a text with a unit, or a plain number.

    Returns
    -------
    tuple of int or None
        Exponents of the seven base units; None for a plain number, whose unit is not known.

    Raises
    ------
    UnitError
        If a power is not a whole number, as in ``volt/second**0.5``, or a text cannot be read.
    """
    if isinstance(value, str):
        return _split(value)[1]
    dim = getattr(value, "dim", None)
    if not hasattr(dim, "get_dimension"):  # a tensor of torch has a method of this name
        return None
    powers = [dim.get_dimension(axis) for axis in _AXES]
    if any(power != round(power) for power in powers):
        raise UnitError(f"{value!r} has a fractional power of a unit; wanted whole powers, as in sigma*sqrt(2/tau)*xi")
    return tuple(round(power) for power in powers)


def _each_dimensions(value) -> Iterator[Dimensions | None]:
    """Yield the dimensions of a value, or of each item of a list: NumPy drops the units of a list of quantities."""
    if isinstance(value, list | tuple):
        for item in value:
            if isinstance(item, list | tuple) or hasattr(item, "dim"):
                yield from _each_dimensions(item)
    else:
        yield dimensions_of(value)


def _split(text: str) -> tuple[float, Dimensions]:
    """Return SI value and dimensions of a text such as ``"20 ms"``."""
    match = _TEXT.match(text)
    if match is None:
        raise UnitError(f"cannot read {text!r} as a quantity; write a number and a unit, such as '20 ms'")
    dimensions, factor = parse_unit(match[2] or "1")
    return float(match[1]) * factor, dimensions


def to_si(value, dimensions: Dimensions, name: str) -> np.ndarray:
    """Return a quantity as numbers in SI units.

    Parameters
    ----------
    value : Quantity, str, float or array_like
        The quantity. Plain numbers are taken to be in SI units.
    dimensions : tuple of int
        Dimensions that it must have.
    name : str
        Name of the quantity in error messages.

    Returns
    -------
    ndarray of float64
        A new array in the shape of ``value``.

    Raises
    ------
    UnitError
        If the quantity has other dimensions.
    InvalidTypeError
        If it is not made of real numbers; True and False are not.
    InvalidValueError
        If a number is not finite.

    Examples
    --------
    >>> from spikenet.units import parse_unit, to_si
    >>> volt, _ = parse_unit("volt")
    >>> to_si("-65 mV", volt, "v_rest")
    array(-0.065)
    >>> to_si([0.1, 0.2], volt, "v_rest")
    array([0.1, 0.2])
    """
    for found in _each_dimensions(value):
        if found not in (None, dimensions):
            raise UnitError(f"{name} has {_unit_for_people(found)}, wanted {_unit_for_people(dimensions)}")
    try:
        raw = np.asarray(_split(value)[0] if isinstance(value, str) else value)
    except (TypeError, ValueError):  # lists of different lengths
        raw = np.asarray(None)
    if raw.dtype.kind not in "iuf" or np.ma.is_masked(value):
        raise InvalidTypeError(
            f"{name} is {_described(value)}, wanted real numbers with {_unit_for_people(dimensions)}"
        )
    array = np.array(raw, dtype=float)
    if not np.isfinite(array).all():
        raise InvalidValueError(f"{name} is not finite: {_first_bad(array)}; wanted finite numbers")
    return array


def to_scalar(value, dimensions: Dimensions, name: str) -> float:
    """Return a quantity as one float in SI units.

    Parameters
    ----------
    value : Quantity, str or float
        The quantity. A plain number is taken to be in SI units.
    dimensions : tuple of int
        Dimensions that it must have.
    name : str
        Name of the quantity in error messages.

    Returns
    -------
    float
        The number in SI units.

    Raises
    ------
    UnitError, InvalidTypeError, InvalidValueError
        As for `to_si`; an array is an InvalidValueError.
    """
    array = to_si(value, dimensions, name)
    if array.ndim:
        raise InvalidValueError(f"{name} has the shape {array.shape}, wanted one number")
    return float(array)


SECOND = _UNITS["s"][0]


def to_seconds(value, name: str) -> float:
    """Return a duration in seconds.

    Parameters
    ----------
    value : Quantity, str or float
        The duration. A plain number is taken to be in seconds.
    name : str
        Name of the duration in error messages.

    Returns
    -------
    float
        Seconds, zero or more.

    Raises
    ------
    UnitError, InvalidTypeError, InvalidValueError
        If the value is not a duration, not one finite number, or negative.

    Examples
    --------
    >>> from spikenet.units import to_seconds
    >>> to_seconds("20 ms", "settle")
    0.02
    """
    seconds = to_scalar(value, SECOND, name)
    if seconds < 0:
        raise InvalidValueError(f"{name} is {show(seconds, SECOND)}, wanted zero or more")
    return seconds


def n_steps(duration: float, dt: float, name: str) -> int:
    """Return the number of time steps in a duration.

    Parameters
    ----------
    duration, dt : float
        Duration and time step in seconds.
    name : str
        Name of the duration in error messages.

    Returns
    -------
    int
        Whole steps.

    Raises
    ------
    InvalidValueError
        If the duration is not a whole number of steps (to nine digits), or the steps are too many to count.

    Examples
    --------
    >>> from spikenet.units import n_steps
    >>> n_steps(0.3, 0.025, "duration")
    12
    """
    if not dt > 0:
        raise InvalidValueError(f"the time step is {show(dt, SECOND)}; give one above 0")
    if duration / dt > _MOST_STEPS:
        raise InvalidValueError(f"{name} is {show(duration, SECOND)}, too many steps of {show(dt, SECOND)} to count")
    steps = round(duration / dt)
    if not math.isclose(steps * dt, duration, rel_tol=1e-9, abs_tol=1e-15):
        raise InvalidValueError(
            f"{name} is {show(duration, SECOND)}, which is {duration / dt:g} steps of {show(dt, SECOND)}; "
            f"wanted a whole number, such as {show(max(steps, 1) * dt, SECOND)}"
        )
    return steps


def _described(value) -> str:
    """Describe a value in a few words, for an error message."""
    if isinstance(value, np.ndarray):
        kind = "a masked array" if np.ma.is_masked(value) else "an array"
        return f"{kind} of {value.dtype} in the shape {value.shape}"
    return reprlib.repr(value)


def _first_bad(array: np.ndarray) -> str:
    """Return the first number that is not finite, and its place."""
    if not array.ndim:
        return str(array)
    index = tuple(int(axis[0]) for axis in np.nonzero(~np.isfinite(array)))
    return f"{array[index]} at {index} ({np.count_nonzero(~np.isfinite(array))} of {array.size})"


@cache
def unit_text(dimensions: Dimensions) -> str:
    """Return the SI unit of these dimensions as Brian2 writes it in equations: ``volt``, ``amp/meter**2``.

    Parameters
    ----------
    dimensions : tuple of int
        Exponents of the seven base units.

    Returns
    -------
    str
        A product of units without prefixes; ``"1"`` for none.
    """
    for long, short in _LONG_NAMES.items():
        if _UNITS.get(short) == (dimensions, 1.0):
            return long
    if dimensions == _UNITS["ohm"][0]:
        return "ohm"
    for name in ("siemens", "farad", "amp", "volt"):
        for below, divisor in (("/meter**2", (2, 0, 0, 0, 0, 0, 0)), ("/second", SECOND)):
            if tuple((np.array(_UNITS[_LONG_NAMES[name]][0]) - divisor).tolist()) == dimensions:
                return name + below
            if tuple((-np.array(_UNITS[_LONG_NAMES[name]][0]) - divisor).tolist()) == dimensions:
                return f"1/{name}{below}"
    powers = [(name, power) for name, power in zip(_BASE_NAMES, dimensions, strict=True) if power]
    above = "*".join(name if power == 1 else f"{name}**{power}" for name, power in powers if power > 0)
    below = "".join(f"/{name}" if power == -1 else f"/{name}**{-power}" for name, power in powers if power < 0)
    return (above or "1") + below


def _unit_for_people(dimensions: Dimensions) -> str:
    return "no unit" if dimensions == DIMENSIONLESS else f"the unit {unit_text(dimensions)}"


def show(value: float, dimensions: Dimensions) -> str:
    """Return a quantity as a text that people read easily: ``20 ms`` rather than ``0.02 second``.

    Parameters
    ----------
    value : float
        Number in SI units.
    dimensions : tuple of int
        Exponents of the seven base units.

    Returns
    -------
    str
        Number and unit, with a prefix if the unit has a short name.

    Examples
    --------
    >>> from spikenet.units import SECOND, show
    >>> show(0.02, SECOND)
    '20 ms'
    """
    unit = unit_text(dimensions)
    if unit == "1":
        return f"{value:g}"
    short = _LONG_NAMES.get(unit, unit)
    if short not in _UNITS or value == 0:
        return f"{value:g} {short}"
    prefix, factor = next(((p, f) for p, f in _SHOWN_PREFIXES if 1 <= round(abs(value) / f, 9) < 1000), ("", 1.0))
    return f"{value / factor:g} {prefix}{short}"
