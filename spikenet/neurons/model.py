"""A neuron is data: its equations and all that Brian2 needs to run them, frozen. Needs no Brian2."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.units import DIMENSIONLESS, Dimensions, dimensions_of, parse_unit, show, to_scalar, to_seconds, to_si

if TYPE_CHECKING:
    from brian2 import NeuronGroup

METHODS = ("euler", "rk2", "rk4", "exponential_euler", "exact")
_RESERVED = {"i", "j", "t", "dt", "xi", "N", "lastspike", "not_refractory"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DEFINITION = re.compile(
    r"^\s*(?:d(?P<state>\w+)\s*/\s*dt\s*=|(?P<name>\w+)\s*(?P<equals>=)?)[^:]*:\s*(?P<unit>[^(#]+)"
)


@dataclass(frozen=True)
class Parameter:
    """One number with its dimensions; ``value`` in SI units."""

    value: float
    dimensions: Dimensions = DIMENSIONLESS

    @classmethod
    def of(cls, value, name: str) -> "Parameter":
        """From a quantity, a text such as ``"20 ms"``, or a plain number without dimensions."""
        if isinstance(value, Parameter):
            return value
        dimensions = dimensions_of(value) or DIMENSIONLESS
        return cls(to_scalar(value, dimensions, name), dimensions)

    def __str__(self) -> str:
        return show(self.value, self.dimensions)


@dataclass(frozen=True, eq=False)
class NeuronModel:
    """Equations of a neuron, with all that it takes to simulate them.

    ``equations`` are Brian2's, one line a variable; a port (what is driven from outside) is a line such as
    ``i_in : amp``, an output is any variable that may be recorded. Parameters are quantities, texts
    (``"20 ms"``) or plain numbers. ``initial`` gives numbers in SI units, quantities, or arrays (unit,).
    ``fastest_rate`` is the largest rate of the linearised equations in 1/s, an expression in the parameters and in
    the largest absolute value at each port: with it, a ``dt`` that must blow up is refused before simulating.

    Two models are the same project for a compiler if only parameters or initial values differ.
    """

    name: str
    equations: str
    outputs: tuple[str, ...]
    ports: tuple[str, ...] = ("i_in",)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    initial: Mapping[str, object] = field(default_factory=dict)
    threshold: str | None = None
    reset: str | None = None
    refractory: str | None = None
    method: str = "rk4"
    dt: float = 1e-5
    sample_dt: float = 1e-4
    fastest_rate: str | None = None
    reference: str = ""

    def __post_init__(self):
        _check_name(self.name, "the model's name")
        variables = self.variables
        self._check(variables)
        frozen = {
            "equations": "\n".join(line.strip() for line in self.equations.strip().splitlines()),
            "parameters": MappingProxyType(
                {name: Parameter.of(value, name) for name, value in self.parameters.items()}
            ),
            "initial": MappingProxyType(
                {name: _initial(value, variables[name], name) for name, value in self.initial.items()}
            ),
            "ports": tuple(self.ports),
            "outputs": tuple(self.outputs),
            "dt": to_seconds(self.dt, "dt"),
            "sample_dt": to_seconds(self.sample_dt, "sample_dt"),
        }
        for name, value in frozen.items():
            object.__setattr__(self, name, value)

    def _check(self, variables: Mapping[str, Dimensions]) -> None:
        """Names that fit together, and a method that exists."""
        for name in self.parameters:
            _check_name(name, "a parameter")
            if name in variables:
                raise InvalidValueError(
                    f"{self.name}: {name} is both a parameter and a line of the equations; rename one"
                )
        for kind, names in (("port", self.ports), ("output", self.outputs), ("initial value of", self.initial)):
            for name in names:
                if name not in variables:
                    raise InvalidValueError(
                        f"{self.name}: unknown {kind} {name!r}; the equations have {', '.join(variables)}"
                    )
        if self.method not in METHODS:
            raise InvalidValueError(f"{self.name}: unknown method {self.method!r}; there are {', '.join(METHODS)}")
        if (self.reset or self.refractory) and not self.threshold:
            raise InvalidValueError(
                f"{self.name}: a reset or a refractory period needs a threshold; give threshold=..."
            )

    @property
    def variables(self) -> dict[str, Dimensions]:
        """Every variable that the equations define, with its dimensions."""
        return {name: dimensions for name, (_, dimensions) in _definitions(self.equations, self.name).items()}

    @property
    def states(self) -> tuple[str, ...]:
        """The variables that have a differential equation."""
        return tuple(name for name, (kind, _) in _definitions(self.equations, self.name).items() if kind == "state")

    @property
    def spiking(self) -> bool:
        return self.threshold is not None

    @property
    def noisy(self) -> bool:
        """Whether chance is in the equations, so that a seed matters."""
        code = f"{self.equations} {self.reset or ''} {self.threshold or ''}"
        return bool(re.search(r"\bxi(_\w+)?\b|\brandn?\s*\(|\bpoisson\s*\(", code))

    def with_parameters(self, **parameters) -> "NeuronModel":
        """Another model with these parameters; this one is untouched.

        Errors: InvalidValueError for a name that the model does not have, UnitError for other dimensions.
        """
        changed = dict(self.parameters)
        for name, value in parameters.items():
            if name not in changed:
                raise InvalidValueError(f"{self.name} has no parameter {name!r}; it has {', '.join(changed) or 'none'}")
            wanted = changed[name].dimensions
            changed[name] = Parameter(to_scalar(value, wanted, name), wanted)
        return replace(self, parameters=changed)

    __call__ = with_parameters

    def with_initial(self, **initial) -> "NeuronModel":
        """Another model that starts elsewhere: a number or an array (unit,) for each named state."""
        return replace(self, initial={**self.initial, **initial})

    def rate_bound(self, largest_drive: Mapping[str, float]) -> float | None:
        """The fastest rate in 1/s under drives up to these absolute values; None if the model does not say."""
        if self.fastest_rate is None:
            return None
        names = {name: parameter.value for name, parameter in self.parameters.items()} | dict(largest_drive)
        return float(_arithmetic(ast.parse(self.fastest_rate, mode="eval").body, names, self.name))

    def neuron_group(self, n: int, **settings) -> "NeuronGroup":
        """``n`` of these neurons as a plain Brian2 ``NeuronGroup``, for your own scripts and monitors.

        ``settings`` go to NeuronGroup (``dt``, ``name``, ``method``, ``order`` ...). Parameters are shared variables
        of the group, and the states are at their initial values.
        """
        from spikenet.neurons.group import neuron_group  # noqa: PLC0415 (Brian2 takes 1.6 s to import)

        return neuron_group(self, n, **settings)

    def __repr__(self) -> str:
        parameters = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        lines = [f"{self.name}({parameters})", *(f"    {line}" for line in self.equations.splitlines())]
        for label in ("threshold", "reset", "refractory"):
            if getattr(self, label):
                lines.append(f"    {label}: {getattr(self, label)}")
        lines.append(f"    {self.method}, dt {show(self.dt, parse_unit('s')[0])}; {self.reference}")
        return "\n".join(lines)


def _check_name(name: str, what: str) -> None:
    """Lower case, and none of Brian2's own names: a capital silently breaks CUDA's run arguments."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _RESERVED:
        raise InvalidValueError(
            f"{what} is {name!r}; wanted lower-case letters, digits and _, and none of {', '.join(sorted(_RESERVED))}"
        )


def _definitions(equations: str, model: str) -> dict[str, tuple[str, Dimensions]]:
    """Kind (state, subexpression or free) and dimensions of each variable that the equations define."""
    found = {}
    for line in equations.strip().splitlines():
        if not line.split("#")[0].strip():
            continue
        match = _DEFINITION.match(line)
        if match is None:
            raise InvalidValueError(
                f"{model}: cannot read the equation {line.strip()!r}; wanted one 'name = ... : unit' a line"
            )
        name = match["state"] or match["name"]
        _check_name(name, f"{model}: a variable")
        kind = "state" if match["state"] else "subexpression" if match["equals"] else "free"
        unit = match["unit"].strip()
        found[name] = (kind, DIMENSIONLESS if unit in ("boolean", "integer") else parse_unit(unit)[0])
    return found


def _initial(value, dimensions: Dimensions, name: str) -> np.ndarray:
    """An initial value as SI floats, () or (unit,), not to be written to."""
    array = to_si(value, dimensions, f"the initial {name}")
    if array.ndim > 1:
        raise InvalidValueError(f"the initial {name} has the shape {array.shape}; wanted one number, or (unit,)")
    array.setflags(write=False)
    return array


_CALLS = {"max": max, "min": min, "abs": abs, "exp": np.exp, "sqrt": np.sqrt}
_OPERATIONS = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}


def _arithmetic(node: ast.expr, names: Mapping[str, float], model: str) -> float:
    """Value of an arithmetic expression: numbers, names, + - * / **, max min abs exp sqrt; nothing else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.Name) and node.id in names:
        return names[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_arithmetic(node.operand, names, model)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        return _OPERATIONS[type(node.op)](_arithmetic(node.left, names, model), _arithmetic(node.right, names, model))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        return _CALLS[node.func.id](*(_arithmetic(argument, names, model) for argument in node.args))
    raise InvalidValueError(
        f"{model}: fastest_rate has {ast.unparse(node)!r}; it may use {', '.join(names)} and arithmetic"
    )
