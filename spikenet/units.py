"""The one door for units: quantities come in, SI floats go on inside. Needs no Brian2.

A quantity is Brian2's (``20*ms``), a text (``"20 ms"``), or a plain number, which is taken to be in SI units.
"""

import math
import re
import reprlib
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError

type Dimensions = tuple[int, ...]  # exponents of metre, kilogram, second, ampere, kelvin, mole, candela, as in Brian2

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
_MOST_STEPS = 2**53  # beyond it a double skips steps
_TERM = re.compile(r"\s*([*/]?)\s*([A-Za-z]+|1)\s*(?:\*\*\s*(-?\d+)|\^\s*(-?\d+))?\s*")
_TEXT = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*\*?\s*(.*?)\s*$")


def _one_unit(name: str) -> tuple[Dimensions, float]:
    """Dimensions and SI factor of one name with at most one prefix: ``ms``, ``second``, ``uF``."""
    name = _LONG_NAMES.get(name, name)
    if name in _UNITS:
        return _UNITS[name]
    prefix, rest = name[:1], _LONG_NAMES.get(name[1:], name[1:])
    if prefix in _PREFIXES and rest in _UNITS and rest != "1":
        dimensions, factor = _UNITS[rest]
        return dimensions, factor * _PREFIXES[prefix]
    raise UnitError(f"unknown unit {name!r}; known are {', '.join(_UNITS)} with the prefixes {', '.join(_PREFIXES)}")


def parse_unit(text: str) -> tuple[Dimensions, float]:
    """Dimensions and SI factor of a product of units such as ``"ms"``, ``"mS/cm**2"`` or ``"volt/second"``."""
    dimensions, factor, position = np.zeros(7, dtype=int), 1.0, 0
    while position < len(text):
        term = _TERM.match(text, position)
        if term is None or (position > 0) != bool(term[1]):
            raise UnitError(f"cannot read the unit {text!r}; write products such as 'ms', 'nS' or 'mS/cm**2'")
        sign = -1 if term[1] == "/" else 1
        power = sign * int(term[3] or term[4] or 1)
        one, scale = _one_unit(term[2])
        dimensions += power * np.array(one)
        factor *= scale**power
        position = term.end()
    return tuple(dimensions.tolist()), factor


def dimensions_of(value) -> Dimensions | None:
    """Dimensions of a quantity or a text with a unit; None for a plain number, which has none to check.

    Errors: UnitError for broken powers, such as those of ``volt/second**0.5``.
    """
    if isinstance(value, str):
        return _split(value)[1]
    dim = getattr(value, "dim", None)
    if dim is None:
        return None
    powers = [dim.get_dimension(axis) for axis in _AXES]
    if any(power != round(power) for power in powers):
        raise UnitError(f"{value!r} has a broken power of a unit; wanted whole ones, as in sigma*sqrt(2/tau)*xi")
    return tuple(round(power) for power in powers)


def _each_dimensions(value) -> Iterator[Dimensions | None]:
    """Dimensions of a value, or of each that a list holds: NumPy makes plain numbers of a list of quantities."""
    if isinstance(value, list | tuple):
        for item in value:
            if isinstance(item, list | tuple) or hasattr(item, "dim"):
                yield from _each_dimensions(item)
    else:
        yield dimensions_of(value)


def _split(text: str) -> tuple[float, Dimensions]:
    """SI value and dimensions of a text such as ``"20 ms"``."""
    match = _TEXT.match(text)
    if match is None:
        raise UnitError(f"cannot read {text!r} as a quantity; write a number and a unit, such as '20 ms'")
    dimensions, factor = parse_unit(match[2] or "1")
    return float(match[1]) * factor, dimensions


def to_si(value, dimensions: Dimensions, name: str) -> np.ndarray:
    """``value`` as a float64 array in SI units.

    Errors: UnitError if it has other dimensions, InvalidTypeError if it is no real number (a truth value is none),
    InvalidValueError if it is not finite.
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
    """``value`` as one SI float; like `to_si`, and an array is an error."""
    array = to_si(value, dimensions, name)
    if array.ndim:
        raise InvalidValueError(f"{name} has the shape {array.shape}, wanted one number")
    return float(array)


SECOND = _UNITS["s"][0]


def to_seconds(value, name: str) -> float:
    """A duration as a float in seconds; negative ones are an error."""
    seconds = to_scalar(value, SECOND, name)
    if seconds < 0:
        raise InvalidValueError(f"{name} is {show(seconds, SECOND)}, wanted zero or more")
    return seconds


def n_steps(duration: float, dt: float, name: str) -> int:
    """Whole steps of ``dt`` in ``duration`` (both in s); a rest is an error, not a rounding."""
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
    """What came, in a few words."""
    if isinstance(value, np.ndarray):
        kind = "a masked array" if np.ma.is_masked(value) else "an array"
        return f"{kind} of {value.dtype} in the shape {value.shape}"
    return reprlib.repr(value)


def _first_bad(array: np.ndarray) -> str:
    """Where the first number that is not finite stands."""
    if not array.ndim:
        return str(array)
    index = tuple(int(axis[0]) for axis in np.nonzero(~np.isfinite(array)))
    return f"{array[index]} at {index} ({np.count_nonzero(~np.isfinite(array))} of {array.size})"


@cache
def unit_text(dimensions: Dimensions) -> str:
    """A unit that Brian2 reads in equations, in SI and without prefix: ``volt``, ``amp/meter**2``."""
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
    """A number for people: ``20 ms`` rather than ``0.02 second``."""
    unit = unit_text(dimensions)
    if unit == "1":
        return f"{value:g}"
    short = _LONG_NAMES.get(unit, unit)
    if short not in _UNITS or value == 0:
        return f"{value:g} {short}"
    prefix, factor = next(((p, f) for p, f in _SHOWN_PREFIXES if 1 <= round(abs(value) / f, 9) < 1000), ("", 1.0))
    return f"{value / factor:g} {prefix}{short}"
