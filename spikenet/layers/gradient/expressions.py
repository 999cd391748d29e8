"""Expressions of a step as closures of Keras operations; nothing is evaluated from source.

Truth values are the numbers 0 and 1. Parts that hold only constants are computed beforehand in double precision.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType

import numpy as np
from keras import ops

from spikenet.errors import InvalidValueError

type Values = Mapping[str, object]  # tensors by name
type Closure = Callable[[Values], object]
type Spike = Callable[[object, bool], object]  # (distance from threshold, whether 0 is a spike) -> 0 or 1

_ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_COMPARISONS = {
    **{ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le},
    **{ast.Eq: operator.eq, ast.NotEq: operator.ne},
}
_MOST_PRODUCTS = 16  # the highest power that is written out as products


def _exprel(x):
    """Return (exp(x) - 1)/x, near 0 by its series: three terms are exact to 1e-17 below 1e-5."""
    small = ops.abs(x) < 1e-5
    safe = ops.where(small, 1.0, x)  # a division by zero in the branch that is not taken would still make NaN gradients
    return ops.where(small, 1 + x / 2 + x * x / 6, ops.expm1(safe) / safe)


def _timestep(t, dt):
    return ops.floor(t / dt + 1e-3)


FUNCTIONS: Mapping[str, Callable] = MappingProxyType(
    {
        "arccos": ops.arccos,
        "arcsin": ops.arcsin,
        "arctan": ops.arctan,
        "abs": ops.abs,
        "ceil": ops.ceil,
        "clip": ops.clip,
        "cos": ops.cos,
        "cosh": ops.cosh,
        "exp": ops.exp,
        "expm1": ops.expm1,
        "exprel": _exprel,
        "floor": ops.floor,
        "int": ops.trunc,
        "log": ops.log,
        "log10": ops.log10,
        "log1p": ops.log1p,
        "sign": ops.sign,
        "sin": ops.sin,
        "sinh": ops.sinh,
        "sqrt": ops.sqrt,
        "tan": ops.tan,
        "tanh": ops.tanh,
        "timestep": _timestep,
        "where": lambda condition, a, b: ops.where(condition > 0.5, a, b),
    }
)


def closure(expression: str, constants: Mapping[str, float], spike: Spike | None = None) -> Closure:
    """Return the expression as a function of tensors by name.

    With ``spike``, a comparison is this function of the distance between its sides, and has its derivative; without,
    it has none. Raises InvalidValueError for syntax that `neurons.equations.update` does not write, and for ``==`` in a
    threshold.
    """
    work = _Builder(constants, spike).build(ast.parse(expression, mode="eval").body)
    return work if callable(work) else lambda values: work


class _Builder:
    """Convert the nodes of an expression to closures, constant ones to numbers."""

    def __init__(self, constants: Mapping[str, float], spike: Spike | None):
        self._constants, self._spike = constants, spike

    def build(self, node: ast.expr):
        match node:
            case ast.Constant(value=value):
                return float(value)
            case ast.Name(id=name):
                return self._constants[name] if name in self._constants else operator.itemgetter(name)
            case ast.UnaryOp(op=operation, operand=operand):
                return self._applied(_unary(operation), operand)
            case ast.BinOp(left=base, op=ast.Pow(), right=exponent):
                return self._power(base, exponent)
            case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _ARITHMETIC:
                return self._applied(_ARITHMETIC[type(operation)], left, right)
            case ast.BoolOp(op=operation, values=values):
                both = operator.mul if isinstance(operation, ast.And) else (lambda a, b: a + b - a * b)
                return self._applied(lambda *sides: reduce(both, sides), *values)
            case ast.Compare(left=left, ops=[operation], comparators=[right]):
                return self._applied(self._comparison(operation), left, right)
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in FUNCTIONS:
                return self._applied(FUNCTIONS[name], *arguments)
        raise InvalidValueError(f"cannot convert {ast.unparse(node)!r}; wanted arithmetic and {', '.join(FUNCTIONS)}")

    def _applied(self, function: Callable, *nodes: ast.expr):
        """Apply a function to the nodes' values, at once if they are constants."""
        parts = [self.build(node) for node in nodes]
        if not any(map(callable, parts)):
            return float(function(*map(np.float64, parts)))
        return lambda values: function(*(part(values) if callable(part) else part for part in parts))

    def _power(self, base: ast.expr, exponent: ast.expr):
        """Write small whole powers as products, which are faster and have a gradient at 0."""
        power = self.build(exponent)
        if not callable(power) and power == round(power) and 1 <= power <= _MOST_PRODUCTS:
            return self._applied(lambda x: reduce(operator.mul, [x] * round(power)), base)
        return self._applied(operator.pow, base, exponent)

    def _comparison(self, operation: ast.cmpop) -> Callable:
        if self._spike is None:
            compare = _COMPARISONS[type(operation)]
            return lambda a, b: ops.cast(compare(a, b), getattr(a, "dtype", None) or getattr(b, "dtype", "float64"))
        if not isinstance(operation, ast.Gt | ast.GtE | ast.Lt | ast.LtE):
            raise InvalidValueError("a threshold has == or != in it; wanted >, >=, < or <=, which have a distance")
        sign = 1 if isinstance(operation, ast.Gt | ast.GtE) else -1
        at_threshold = isinstance(operation, ast.GtE | ast.LtE)
        return lambda a, b: self._spike(sign * (a - b), at_threshold)


def _unary(operation: ast.unaryop) -> Callable:
    if isinstance(operation, ast.Not):
        return lambda x: 1 - x
    return operator.neg if isinstance(operation, ast.USub) else lambda x: x  # tensors have no unary plus
