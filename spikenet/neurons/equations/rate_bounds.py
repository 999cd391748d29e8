"""The rates that bound a neuron's ``dt``: a line of arithmetic with the names of parameters and ports, as a text."""

import ast
import math
from collections.abc import Collection, Mapping
from functools import reduce
from types import CodeType, MappingProxyType

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError

FUNCTIONS = MappingProxyType({"max": max, "min": min, "abs": abs, "exp": math.exp, "sqrt": math.sqrt})
_FUNCTIONS_OF_ARRAYS = MappingProxyType(
    {
        "max": lambda *values: reduce(np.maximum, values),
        "min": lambda *values: reduce(np.minimum, values),
        "abs": np.abs,
        "exp": np.exp,
        "sqrt": np.sqrt,
    }
)
_LONGEST, _LARGEST = 2000, 1e308  # a rate, in letters, and a number in it
_ARITHMETIC = (ast.BinOp, ast.UnaryOp, ast.USub, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.Load)


def compile_rate(text: str, names: Collection[str], model: str, what: str) -> CodeType:
    """Return the code of a rate, to evaluate with numbers for ``names`` and the `FUNCTIONS`.

    Raises InvalidTypeError if it is no text, and InvalidValueError for anything but arithmetic: numbers, names,
    + - * / ** and calls of `FUNCTIONS`.
    """
    if not isinstance(text, str):
        raise InvalidTypeError(f"{model}: {what} is {text!r}, wanted a text such as '1 / tau'")
    if len(text) > _LONGEST:
        raise InvalidValueError(
            f"{model}: cannot read {what}, which has {len(text)} letters; wanted {_LONGEST} at most"
        )
    try:
        expression = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError) as error:
        raise InvalidValueError(f"{model}: cannot read {what} {text[:80]!r}: {error}") from None
    functions = {node.func for node in ast.walk(expression) if _is_call(node)}
    for node in ast.walk(expression.body):
        if not (
            isinstance(node, _ARITHMETIC)
            or (isinstance(node, ast.Constant) and type(node.value) in (int, float))
            or (isinstance(node, ast.Name) and (node in functions or node.id in set(names) - set(FUNCTIONS)))
            or _is_call(node)
        ):
            allowed = f"it may use {', '.join(names)} and arithmetic"
            raise InvalidValueError(f"{model}: {what} has {ast.unparse(node)!r}; {allowed}")
    for node in ast.walk(expression):
        if isinstance(node, ast.Constant):
            # Powers of whole numbers may take any time and memory, such as 9**9**9**9.
            node.value = float(node.value) if abs(node.value) < _LARGEST else math.inf
    return compile(expression, f"<{what} of {model}>", "eval")


def largest_rate(code: CodeType, values: Mapping[str, object], message: str) -> float:
    """Evaluate a rate; the largest one where some of the values are arrays, which broadcast.

    Raises InvalidValueError, whose message begins with ``message``, if it is negative or not a number.
    """
    arrays = {name: np.asarray(value, float) for name, value in values.items() if np.ndim(value)}
    functions = _FUNCTIONS_OF_ARRAYS if arrays else FUNCTIONS
    try:
        with np.errstate(all="ignore"):  # checked below
            rate = eval(code, {"__builtins__": {}}, dict(values) | arrays | dict(functions))  # arithmetic only
    except OverflowError:
        return math.inf
    except (ZeroDivisionError, ValueError):
        rate = math.nan
    if isinstance(rate, complex) or not np.all(rate >= 0):
        bad = rate if not np.ndim(rate) else rate[~(rate >= 0)][0]
        given = ", ".join(f"{name}={value:g}" for name, value in values.items() if name not in arrays)
        given = ", ".join([given, *(f"{name} from {one.min():g} to {one.max():g}" for name, one in arrays.items())])
        raise InvalidValueError(f"{message} is {bad:g}, wanted 0 or more; check signs and zeros of {given}")
    return float(np.max(rate))


def _is_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in FUNCTIONS
        and not node.keywords
    )
