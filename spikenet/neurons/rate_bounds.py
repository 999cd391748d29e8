"""The rates that bound a neuron's dt: a line of arithmetic in a text, worked out without ``eval``."""

import ast
import math
from collections.abc import Mapping
from types import MappingProxyType

from spikenet.errors import InvalidTypeError, InvalidValueError

_CALLS = MappingProxyType({"max": max, "min": min, "abs": abs, "exp": math.exp, "sqrt": math.sqrt})
_OPERATIONS = MappingProxyType(
    {
        ast.Add: lambda a, b: a + b,
        ast.Sub: lambda a, b: a - b,
        ast.Mult: lambda a, b: a * b,
        ast.Div: lambda a, b: a / b,
        ast.Pow: lambda a, b: a**b,
    }
)


def parse_rate(text: str, model: str, what: str = "fastest_rate") -> ast.expr:
    """The expression. Errors: InvalidValueError if it is none, InvalidTypeError if it is no text."""
    if not isinstance(text, str):
        raise InvalidTypeError(f"{model}: {what} is {text!r}, wanted a text such as '1 / tau'")
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise InvalidValueError(f"{model}: cannot read {what} {text!r}: {error.msg}") from None


def evaluate_rate(text: str, names: Mapping[str, float], model: str, what: str = "fastest_rate") -> float:
    """Its value in 1/s, infinite where it is too large for a number.

    Errors: InvalidValueError where it is negative or no number at all, which says that a parameter is out of range.
    """
    expression = parse_rate(text, model, what)
    try:
        rate = _value(expression, names, f"{model}: {what}")
    except OverflowError:
        return math.inf
    except (ZeroDivisionError, ValueError) as error:
        if isinstance(error, InvalidValueError):
            raise
        rate = math.nan
    if isinstance(rate, complex) or not rate >= 0:
        given = ", ".join(f"{name}={value:g}" for name, value in names.items())
        raise InvalidValueError(
            f"{model} has no valid time scale: {text} is {rate:g}, wanted 0 or more; check signs and zeros of {given}"
        )
    return float(rate)


def _value(node: ast.expr, names: Mapping[str, float], where: str) -> float:
    """Numbers, names, + - * / **, max min abs exp sqrt; nothing else."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, names, where)
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
            return _OPERATIONS[type(operation)](_value(left, names, where), _value(right, names, where))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _CALLS:
            return _CALLS[name](*(_value(argument, names, where) for argument in arguments))
    raise InvalidValueError(f"{where} has {ast.unparse(node)!r}; it may use {', '.join(names)} and arithmetic")
