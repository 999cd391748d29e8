"""Neuron models with sensitivity equations: how every state changes with a small change of a port.

With states x, a port I and dx/dt = f(x, I), the sensitivity s = dx/dI obeys

    ds/dt = (df/dx) s + df/dI,    s(0) = 0

which is linear in s and has the time scales of the neuron itself. The derivatives are SymPy's, of the expressions
that Brian2's own parser reads. A Runge-Kutta step of both systems together is the derivative of the model's step, so
that a sensitivity is exact to rounding; for exponential Euler it is so to the first order of that method.
Hairer, Norsett and Wanner (1993), Solving Ordinary Differential Equations I, section I.14.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import sympy
from brian2 import Equations

from spikenet.brian2_internals import SYMPY_FUNCTIONS, UNEVALUATED_SQRT, exprel, str_to_sympy, sympy_to_str
from spikenet.errors import InvalidValueError
from spikenet.neurons.equations.definitions import definitions
from spikenet.neurons.model import NeuronModel
from spikenet.units import unit_text

PREFIX = "d_"


def sensitivity_model(model: NeuronModel, port: str | None = None) -> NeuronModel:
    """Return the same neuron with more outputs: ``d_<output>``, the derivative of each output by a port.

    The unit of a derivative is that of the output over that of the port; it starts at zero. For a drive that changes in
    time, it is the derivative by a constant that is added to the drive at all times.

    Parameters
    ----------
    model : NeuronModel
    port : str, optional
        May be left out if there is only one.

    Raises
    ------
    InvalidValueError
        For an unknown port, a spiking neuron (its state jumps), noise, a function without a derivative, and a variable
        that already has the name of a derivative.

    Examples
    --------
    >>> from spikenet.neurons import FHN
    >>> from spikenet.neurons.equations.sensitivity import sensitivity_model
    >>> sensitivity_model(FHN).outputs
    ('x', 'y', 'd_x', 'd_y')
    """
    port = _checked_port(model, port)
    _check_differentiable(model)
    system = _System.of(model, port)
    names = (*model.states, *(name for name in model.outputs if name not in model.states))
    started = {PREFIX + name: float(name == port) for name in names if name in (*model.states, port)}
    return replace(
        model,
        name=f"{model.name}_sensitivity",
        equations="\n".join([model.equations, *(system.line(name) for name in names)]),
        outputs=(*model.outputs, *(PREFIX + name for name in model.outputs)),
        initial={**model.initial, **started},
    )


def _checked_port(model: NeuronModel, port: str | None) -> str:
    if port is None and len(model.ports) > 1:
        raise InvalidValueError(
            f"{model.name} has the ports {', '.join(model.ports)}; name the one to differentiate by"
        )
    port = model.ports[0] if port is None else port
    if port not in model.ports:
        raise InvalidValueError(f"{model.name} has no port {port!r}; it has {', '.join(model.ports)}")
    return port


def _check_differentiable(model: NeuronModel) -> None:
    if model.spiking:
        raise InvalidValueError(
            f"{model.name} has a threshold, where its state jumps and has no derivative; "
            "use a surrogate, or the model without threshold, reset and refractory"
        )
    if model.noisy:
        raise InvalidValueError(f"{model.name} has noise in it; wanted a model without, which has one derivative")
    if "constant over dt" in model.equations:
        raise InvalidValueError(
            f"{model.name} has a subexpression that is constant over dt, which no derivative is; leave that flag out"
        )
    defined = {*model.variables, *model.parameters}
    taken = [PREFIX + name for name in (*model.states, *model.outputs) if PREFIX + name in defined]
    if taken:
        raise InvalidValueError(f"{model.name} has a {taken[0]} already, which is a sensitivity's name; rename it")


@dataclass(frozen=True)
class _System:
    """The right sides of all states and subexpressions, with subexpressions substituted, and the port."""

    model: NeuronModel
    port: str
    right: Mapping[str, sympy.Expr]

    @classmethod
    def of(cls, model: NeuronModel, port: str) -> "_System":
        substituted = Equations(model.equations).get_substituted_expressions(include_subexpressions=True)
        right = {name: str_to_sympy(expression.code) for name, expression in substituted}
        return cls(model, port, MappingProxyType(right))

    def line(self, name: str) -> str:
        """Return the equation of a derivative: ``dd_x/dt = ... : unit`` for a state, ``d_o = ... : unit`` for others.

        A variable that does not depend on the port keeps its initial value; so does the derivative of the port itself.
        """
        defined = definitions(self.model.equations, self.model.name)
        unit = unit_text(tuple(np.subtract(defined[name].dimensions, defined[self.port].dimensions).tolist()))
        code = self._derivative(name) if name in self.right else ""
        if not code:
            return f"{PREFIX}{name} : {unit}"
        left = f"d{PREFIX}{name}/dt" if defined[name].kind == "state" else f"{PREFIX}{name}"
        return f"{left} = {code} : {unit}"

    def _derivative(self, name: str) -> str:
        """Return Brian2's code of the total derivative of a right side by the port; empty where it is zero."""
        total = self._partial(name, self.port)
        for state in self.model.states:
            total += self._partial(name, state) * sympy.Symbol(PREFIX + state, real=True)
        return sympy_to_str(total) if total != 0 else ""

    def _partial(self, name: str, by: str) -> sympy.Expr:
        """Return a partial derivative. Raises InvalidValueError if it is no expression that Brian2 knows."""
        right, variable = self.right[name], sympy.Symbol(by, real=True)
        if variable not in right.free_symbols:
            return sympy.Integer(0)
        try:
            prepared = right.replace(UNEVALUATED_SQRT, sympy.sqrt).replace(exprel, _SmoothExprel)
            result = prepared.diff(variable).replace(_SmoothExprel, exprel)
            new = result.atoms(sympy.Function, sympy.Derivative, sympy.Subs) - right.atoms(sympy.Function)
            strange = [part for part in new if not isinstance(part, SYMPY_FUNCTIONS)]
        except (AttributeError, TypeError, ValueError):  # SymPy's, for a comparison
            strange = [right]
        if strange:
            raise InvalidValueError(
                f"{self.model.name}: {name} = {sympy_to_str(right)} has no derivative by {by}; "
                "wanted smooth functions only, such as exp, tanh and exprel"
            )
        return result


class _SmoothExprel(sympy.Function):
    """exprel with a derivative that can be evaluated everywhere, 0 included, and in terms of exprel itself.

    The textbook's (exp(x)*(x - 1) + 1)/x**2 is 0/0 at x = 0 and cancels around it. This is the central difference of
    fourth order: its relative error is h**4/30 = 1e-10 at all x. h is a power of two, exact in any precision.
    """

    nargs = 1

    def fdiff(self, argindex=1):
        h = sympy.Rational(1, 128)
        near, far = (_SmoothExprel(self.args[0] + n * h) - _SmoothExprel(self.args[0] - n * h) for n in (1, 2))
        return (8 * near - far) / (12 * h)
