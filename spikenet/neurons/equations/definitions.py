"""Reading Brian2 equations without Brian2: which variables they define, of which kind and unit."""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spikenet.errors import InvalidValueError
from spikenet.neurons.equations.reserved_names import FUNCTIONS_OF_C, meaning_of
from spikenet.units import DIMENSIONLESS, Dimensions, parse_unit

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LINE = re.compile(
    r"\s*(?:d(?P<state>\w+)\s*/\s*dt\s*=|(?P<name>\w+)\s*(?P<equals>=)?)(?P<code>[^:]*):\s*(?P<unit>[^(]+)"
    r"(?:\((?P<flags>[^)]*)\)\s*)?"
)
_DERIVATIVE = re.compile(r"(?m)^(\s*d)(\w+)(?=\s*/\s*dt\s*=)")
_IDENTIFIER = re.compile(r"\b(?<![\d.])[A-Za-z_]\w*")
FLAGS = ("constant", "constant over dt", "shared", "unless refractory")


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
    type : {"float", "integer", "boolean"}
        Type of its values.
    flags : frozenset of str
        Flags in parentheses behind the unit, out of `FLAGS`.
    """

    kind: str
    dimensions: Dimensions
    code: str
    type: str = "float"
    flags: frozenset[str] = frozenset()


def check_name(name: str, what: str) -> None:
    """Check a name in equations: letters, digits and underscores, and no meaning already.

    Raises InvalidValueError, whose message begins with ``what``.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidValueError(f"{what} is {name!r}; wanted a letter, then letters, digits and _")
    meaning = meaning_of(name)
    if meaning:
        raise InvalidValueError(f"{what} is {name!r}, which is {meaning}; choose another name, such as '{name}_1'")


def equation_lines(equations: str) -> list[str]:
    """Return equations one a line, stripped; one that goes on over several lines is joined up to its unit."""
    lines, begun = [], ""
    for line in map(str.strip, equations.strip().splitlines()):
        code = line.split("#")[0].strip()
        if begun or (code and ":" not in code):
            begun = f"{begun} {code}".strip()
            if ":" not in begun:
                continue
            line, begun = begun, ""
        lines.append(line)
    return [*lines, begun] if begun else lines


def definitions(equations: str, model: str) -> dict[str, Definition]:
    """Return the variables that equations define, by name; ``model`` is named in error messages.

    Raises
    ------
    InvalidValueError, UnitError
        If a line, a unit or a flag cannot be read, or a variable is defined twice.
    """
    found = {}
    for line in equation_lines(equations):
        code = line.split("#")[0].strip()
        if not code:
            continue
        match = _LINE.fullmatch(code)
        if match is None:
            raise InvalidValueError(f"{model}: cannot read the equation {code!r}; wanted 'name = ... : unit'")
        name = match["state"] or match["name"]
        check_name(name, f"{model}: a variable")
        if name in found:
            raise InvalidValueError(f"{model}: {name} is defined twice; keep one line")
        kind = "state" if match["state"] else "subexpression" if match["equals"] else "free"
        unit = match["unit"].strip()
        type_ = unit if unit in ("boolean", "integer") else "float"
        dimensions = parse_unit(unit)[0] if type_ == "float" else DIMENSIONLESS
        flags = frozenset(flag.strip() for flag in (match["flags"] or "").split(",")) - {""}
        if flags - set(FLAGS):
            raise InvalidValueError(
                f"{model}: {name} has the flag {', '.join(sorted(flags - set(FLAGS)))}; wanted {', '.join(FLAGS)}"
            )
        found[name] = Definition(kind, dimensions, match["code"].strip(), type_, flags)
    return found


def identifiers(*code: str | None) -> list[str]:
    """Return the names in pieces of code, each once, in their order."""
    return list(dict.fromkeys(name for piece in code for name in _IDENTIFIER.findall(piece or "")))


def names_in_programs(names: Iterable[str]) -> dict[str, str]:
    """Return other names, all in lower case and different from each other, for those that programs cannot have.

    Brian2CUDA wants lower case, and code that calls a function of C cannot have a variable of that name.
    """
    taken = {name for name in names if name.islower() and name not in FUNCTIONS_OF_C}
    found = {}
    for name in (name for name in names if name not in taken):
        other = name.lower()
        while other in taken or other in FUNCTIONS_OF_C or meaning_of(other):
            other = f"{other}_" if not other.startswith("xi") else f"a_{other}"  # all of xi_... is noise
        taken.add(other)
        found[name] = other
    return found


def rename(code: str, names: Mapping[str, str]) -> str:
    """Return code with other names for some of its variables, derivatives such as ``dV/dt`` included."""
    code = _DERIVATIVE.sub(lambda match: f"{match[1]}{names.get(match[2], match[2])}", code)
    return _IDENTIFIER.sub(lambda match: names.get(match[0], match[0]), code)


def without_floor_division(code: str) -> str:
    """Return code with ``a // b`` as ``(a - a % b)/b``, rounded to the whole number that it is but for the last bits.

    In derivatives, Brian2 takes ``floor(a/b)``, where the rounded quotient may be a whole number above the true one.
    """
    return ast.unparse(_FloorDivision().visit(ast.parse(code))) if "//" in code else code


class _FloorDivision(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.FloorDiv):
            return node
        a, b = ast.unparse(node.left), ast.unparse(node.right)
        above = f"((({a}) - ({a}) % ({b}))/({b}) + 0.5)"
        return ast.parse(f"{above} - {above} % 1", mode="eval").body
