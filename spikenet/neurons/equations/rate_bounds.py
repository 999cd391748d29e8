"""The rates that bound a neuron's ``dt``: a line of arithmetic with the names of parameters and ports, as a text."""

import ast
import math
from collections.abc import Collection
from types import CodeType, MappingProxyType

from spikenet.errors import InvalidTypeError, InvalidValueError

FUNCTIONS = MappingProxyType({"max": max, "min": min, "abs": abs, "exp": math.exp, "sqrt": math.sqrt})
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


def _is_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in FUNCTIONS
        and not node.keywords
    )
