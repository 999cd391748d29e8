"""Several substeps of a textbook scheme in registers per Brian2 step, as an ordinary ``StateUpdateMethod``.

    group = NeuronGroup(n, equations, method=Substeps("rk4", 10), dt=0.1*ms)      # ten steps of 0.01 ms

Brian2's own updaters write every derivative with its powers and divisions. Here each derivative is the product of a
gain, which is the same for all neurons and computed once per step, and a shape. The shape is a polynomial in Horner's
form, without powers; its terms that do not change during the step are summed once. Runge-Kutta stages are added up
before they are multiplied. The mathematics is the same, with about a third fewer operations.
"""

import re
from dataclasses import dataclass

import sympy
from brian2 import Equations, StateUpdateMethod

from spikenet.brian2_internals import UnsupportedEquationsException, str_to_sympy, sympy_to_str

# A stage is the distance from the start in units of the substep at which the derivative is taken; the weights are
# those of the derivatives in the final sum. Stage k starts from the derivative of stage k - 1.
SCHEMES: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "euler": (("0",), (1,)),
    "rk2": (("0", "0.5"), (0, 1)),
    "rk4": (("0", "0.5", "0.5", "1"), (1, 2, 2, 1)),
}
_POWER = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\*\*(\d+)(?![\w.])")  # a name to a whole power


@dataclass(frozen=True)
class Substeps(StateUpdateMethod):
    """``count`` substeps of ``scheme`` per step of the clock; the code holds ``repeats`` of them.

    A device whose own loop repeats the code sets ``repeats`` to 1; without it, the code has all of them. Equations with
    noise or with the time ``t`` are refused: their substeps differ.
    """

    scheme: str
    count: int = 1
    repeats: int | None = None

    def __call__(self, equations: Equations, variables=None, method_options=None) -> str:
        """Return abstract code of one step of the clock. Raises UnsupportedEquationsException, as Brian2 expects."""
        if method_options:
            raise UnsupportedEquationsException(f"{type(self).__name__} takes no method options, got {method_options}")
        if equations.is_stochastic:
            raise UnsupportedEquationsException("noise cannot be substepped; use dt itself as the clock's step")
        derivatives = {
            name: str_to_sympy(expression.code, variables)
            for name, expression in equations.get_substituted_expressions(variables)
            if name in equations.diff_eq_names
        }
        if any(symbol.name == "t" for right in derivatives.values() for symbol in right.free_symbols):
            raise UnsupportedEquationsException("t cannot be substepped; use dt itself as the clock's step")
        shapes, gains = _split_gains(derivatives, variables or {})
        head = [f"_h = dt / {self.count}", *(f"_gain_{name} = _h * ({_code(gain)})" for name, gain in gains.items())]
        steady, shapes = _split_steady(shapes)
        return "\n".join(head + steady + _one_step(self.scheme, shapes) * (self.repeats or self.count))


def _split_gains(derivatives, variables) -> tuple[dict, dict]:
    """Split each derivative into a shape and a gain, which does not vary from neuron to neuron; return both by name."""
    shapes, gains = {}, {}
    for name, right in derivatives.items():
        varying = [symbol for symbol in right.free_symbols if not _is_shared(symbol.name, variables, derivatives)]
        gains[name], shape = sympy.factor_terms(right).as_independent(*varying, as_Add=False)
        shapes[name] = _horner(shape, next((symbol for symbol in shape.free_symbols if symbol.name == name), None))
    return shapes, gains


def _split_steady(shapes) -> tuple[list[str], dict]:
    """Return lines that compute the terms without states, and the shapes with a name in place of these terms."""
    lines, named = [], {}
    for name, shape in shapes.items():
        states = [symbol for symbol in shape.free_symbols if symbol.name in shapes]
        steady, rest = shape.as_independent(*states, as_Add=True)
        named[name] = shape
        if steady.is_Add or steady.is_Mul:  # a lone symbol or number is as good as a name for it
            lines.append(f"_steady_{name} = {_code(steady)}")
            named[name] = rest + sympy.Symbol(f"_steady_{name}", real=True)
    return lines, named


def _is_shared(name: str, variables, derivatives) -> bool:
    """Tell whether a symbol has one value for all neurons during a step."""
    return name not in derivatives and (name not in variables or variables[name].scalar)


def _horner(shape, state):
    """Return the shape in Horner's form, with fewer multiplications, if it is a polynomial of its own variable."""
    if state is None or not shape.is_polynomial(state):
        return shape
    try:
        return sympy.horner(sympy.expand(shape), wrt=state)
    except sympy.PolynomialError:  # other terms of it are too much for SymPy, such as a remainder of a remainder
        return shape


def _one_step(scheme: str, shapes) -> list[str]:
    """Return the lines of one substep: the derivatives of each stage, then all states at once."""
    distances, weights = SCHEMES[scheme]
    lines = []
    for stage, distance in enumerate(distances, start=1):
        here = {name: name if stage == 1 else f"_{name}_{stage}" for name in shapes}
        if stage > 1:
            lines += [f"{here[name]} = {name} + {distance}*_gain_{name}*_f_{name}_{stage - 1}" for name in shapes]
        lines += [f"_f_{name}_{stage} = {_code(shape, here)}" for name, shape in shapes.items()]
    for name in shapes:
        total = " + ".join(_weighted(f"_f_{name}", weights))
        lines.append(f"{name} = {name} + _gain_{name}/{sum(weights)}*({total})")
    return lines


def _weighted(name: str, weights) -> list[str]:
    """Return the terms of the final sum, equal weights together: ``(f_1 + f_4)``, ``2*(f_2 + f_3)``."""
    terms = []
    for weight in sorted(set(weights) - {0}):
        alike = " + ".join(f"{name}_{stage}" for stage, other in enumerate(weights, start=1) if other == weight)
        terms.append(f"({alike})" if weight == 1 else f"{weight}*({alike})")
    return terms


def _code(expression, renamed=None) -> str:
    """Return the abstract code of an expression, with products in place of powers."""
    if renamed:
        expression = expression.subs(
            {
                symbol: sympy.Symbol(renamed[symbol.name], real=True)
                for symbol in expression.free_symbols
                if symbol.name in renamed
            },
            simultaneous=True,
        )
    return _POWER.sub(lambda power: "(" + "*".join([power[1]] * int(power[2])) + ")", sympy_to_str(expression))
