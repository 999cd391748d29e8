"""Reading Brian2 equations without Brian2: which variables they define, of which kind and unit."""

import re
from dataclasses import dataclass

from spikenet.errors import InvalidValueError
from spikenet.units import DIMENSIONLESS, Dimensions, parse_unit

_RESERVED = (
    *("N", "dt", "i", "j", "lastspike", "not_refractory", "t", "xi"),  # by Brian2
    *("first_spike", "n_spikes", "output_final", "output_sum"),  # by the engines
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LINE = re.compile(
    r"\s*(?:d(?P<state>\w+)\s*/\s*dt\s*=|(?P<name>\w+)\s*(?P<equals>=)?)(?P<code>[^:]*):\s*(?P<unit>[^(#]+)"
)


@dataclass(frozen=True)
class Definition:
    """A variable that an equation defines.

    Parameters
    ----------
    kind : {"state", "subexpression", "free"}
        State if it has a derivative, subexpression if it is a formula, free if it is only declared.
    dimensions : tuple of int
        Its dimensions, as in `spikenet.units`.
    code : str
        Right side of the equation.
    """

    kind: str
    dimensions: Dimensions
    code: str


def check_name(name: str, what: str) -> None:
    """Check a name in equations: lower case, because a capital silently breaks CUDA's run arguments, and not reserved.

    Raises InvalidValueError, whose message begins with ``what``.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _RESERVED:
        raise InvalidValueError(
            f"{what} is {name!r}; wanted lower-case letters, digits and _, and none of {', '.join(_RESERVED)}"
        )


def definitions(equations: str, model: str) -> dict[str, Definition]:
    """Return the variables that equations define, by name; ``model`` is named in error messages.

    Raises
    ------
    InvalidValueError, UnitError
        If a line or a unit cannot be read, or a variable is defined twice.
    """
    found = {}
    for line in equations.strip().splitlines():
        if not line.split("#")[0].strip():
            continue
        match = _LINE.match(line)
        if match is None:
            raise InvalidValueError(
                f"{model}: cannot read the equation {line.strip()!r}; wanted one 'name = ... : unit' a line"
            )
        name = match["state"] or match["name"]
        check_name(name, f"{model}: a variable")
        if name in found:
            raise InvalidValueError(f"{model}: {name} is defined twice; keep one line")
        kind = "state" if match["state"] else "subexpression" if match["equals"] else "free"
        unit = match["unit"].strip()
        dimensions = DIMENSIONLESS if unit in ("boolean", "integer") else parse_unit(unit)[0]
        found[name] = Definition(kind, dimensions, match["code"])
    return found


def mentions(code: str | None, *names: str) -> bool:
    """Return True if one of the names occurs in the code, and not only as a part of another name."""
    return bool(re.search(rf"\b(?:{'|'.join(names)})\b", code or ""))
