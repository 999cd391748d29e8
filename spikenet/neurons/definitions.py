"""What the lines of Brian2 equations define, read without Brian2."""

import re
from dataclasses import dataclass

from spikenet.errors import InvalidValueError
from spikenet.units import DIMENSIONLESS, Dimensions, parse_unit

_TAKEN = (
    *("N", "dt", "i", "j", "lastspike", "not_refractory", "t", "xi"),  # by Brian2
    *("first_spike", "n_spikes", "output_final", "output_sum"),  # by the engines
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LINE = re.compile(
    r"\s*(?:d(?P<state>\w+)\s*/\s*dt\s*=|(?P<name>\w+)\s*(?P<equals>=)?)(?P<code>[^:]*):\s*(?P<unit>[^(#]+)"
)


@dataclass(frozen=True)
class Definition:
    """One variable: ``kind`` is state (has a derivative), subexpression, or free; ``code`` its right side."""

    kind: str
    dimensions: Dimensions
    code: str


def check_name(name: str, what: str) -> None:
    """Lower case, and not taken: a capital silently breaks CUDA's run arguments."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _TAKEN:
        raise InvalidValueError(
            f"{what} is {name!r}; wanted lower-case letters, digits and _, and none of {', '.join(_TAKEN)}"
        )


def definitions(equations: str, model: str) -> dict[str, Definition]:
    """Each variable that the equations define. Errors: InvalidValueError for a line that cannot be read."""
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
    """Whether one of the names stands in the code by itself."""
    return bool(re.search(rf"\b(?:{'|'.join(names)})\b", code or ""))
