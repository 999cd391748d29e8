"""One step of a neuron model as plain assignments, which can be computed anywhere, in Keras for example.

The integration is Brian2's own: its state updater turns the equations into assignments. They are read as Python
expressions, with subexpressions substituted, and units and constants as numbers, so that all it takes is arithmetic and
the `FUNCTIONS`. Truth values are the numbers 0 and 1.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import brian2

from spikenet import brian2_internals as internals
from spikenet.errors import InvalidValueError
from spikenet.neurons.group import neuron_group
from spikenet.neurons.model import NeuronModel

# Brian2's names; ``timestep(t, dt)`` is int(t/dt + 0.001), ``where(condition, a, b)`` is NumPy's.
FUNCTIONS = frozenset(
    "abs arccos arcsin arctan ceil clip cos cosh exp expm1 exprel floor int log log10 log1p sign sin sinh sqrt tan "
    "tanh timestep where".split()
)
STEPS_SINCE_SPIKE, NOT_REFRACTORY = "steps_since_spike", "not_refractory"
_NODES = (
    *(ast.Constant, ast.Name, ast.Load, ast.Call, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow),
    *(ast.UnaryOp, ast.USub, ast.UAdd, ast.Not, ast.BoolOp, ast.And, ast.Or),
    *(ast.Compare, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq),
)


@dataclass(frozen=True)
class Assignment:
    """``name = expression``, the expression in Python syntax."""

    name: str
    expression: str

    def __str__(self) -> str:
        return f"{self.name} = {self.expression}"


@dataclass(frozen=True)
class StepCode:
    """One step of a neuron: ``update``, then ``threshold``, then ``reset`` of the neurons where that is true.

    The assignments use states, parameters, ports and ``dt``. For a refractory period there are two more variables:
    ``not_refractory`` is 1 at first, and 0 after a spike until the update sets it; ``steps_since_spike``, where the
    period is a duration, is large at first and 0 after a step with a spike. Names that start with an underscore are
    intermediate results.

    Attributes
    ----------
    update, reset : tuple of Assignment
    threshold : str or None
        An expression; None for a model without spikes.
    subexpressions : mapping of str to str
        Those of the equations.
    """

    update: tuple[Assignment, ...]
    threshold: str | None
    reset: tuple[Assignment, ...]
    subexpressions: Mapping[str, str]

    def __str__(self) -> str:
        ends = [f"spike = {self.threshold}", *(f"where spike: {line}" for line in self.reset)] if self.threshold else []
        return "\n".join([*map(str, self.update), *ends])


def update_statements(model: NeuronModel) -> tuple[Assignment, ...]:
    """Return the assignments that advance a model by ``dt``; as `step_code`, without threshold and reset."""
    return step_code(model).update


def step_code(model: NeuronModel) -> StepCode:
    """Return the code of one step of a neuron, integrated by the model's own method.

    Raises
    ------
    InvalidValueError
        For noise, for the time in the equations, for equations that the method cannot solve, and for functions other
        than `FUNCTIONS`.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from spikenet.neurons import LIF
    >>> from spikenet.neurons.equations.update import step_code
    >>> step_code(replace(LIF, method="euler")).threshold
    'v > v_threshold and not_refractory'
    """
    if model.noisy:
        raise InvalidValueError(f"{model.name} has noise in it; wanted a model without, whose steps can be repeated")
    if "constant over dt" in model.equations:
        raise InvalidValueError(f"{model.name} has a subexpression that is constant over dt; leave that flag out")
    group = neuron_group(model, 1, codeobj_class=brian2.NumpyCodeObject)
    try:
        update_code, threshold_code = internals.abstract_code(group)
    except internals.UnsupportedEquationsException as error:
        raise InvalidValueError(
            f"{model.name}: {model.method} cannot solve these equations: {error} Take another method"
        ) from None
    reader = _Reader.of(model, group)
    update = reader.statements(update_code)
    if any(STEPS_SINCE_SPIKE in line.expression for line in update):
        update = (Assignment(STEPS_SINCE_SPIKE, f"{STEPS_SINCE_SPIKE} + 1"), *update)
    threshold = reader.statements(threshold_code)[0].expression if model.spiking else None
    subexpressions = {name: ast.unparse(node) for name, node in reader.subexpressions.items()}
    return StepCode(update, threshold, reader.statements(model.reset or ""), MappingProxyType(subexpressions))


@dataclass(frozen=True)
class _Reader:
    """Reads Brian2's abstract code."""

    model: NeuronModel
    group: brian2.NeuronGroup
    subexpressions: Mapping[str, ast.expr]

    @classmethod
    def of(cls, model: NeuronModel, group: brian2.NeuronGroup) -> "_Reader":
        reader = cls(model, group, {})
        texts = group.equations.get_substituted_expressions(group.variables, include_subexpressions=True)
        found = {
            name: reader._plain(ast.parse(text.code.strip(), mode="eval").body, name)
            for name, text in texts
            if name in group.equations.subexpr_names
        }
        return cls(model, group, MappingProxyType(found))

    def statements(self, code: str) -> tuple[Assignment, ...]:
        """Return the assignments of the code, ``u += d`` as ``u = u + d``."""
        return tuple(self._assignment(node) for node in ast.parse("\n".join(map(str.strip, code.splitlines()))).body)

    def _assignment(self, node: ast.stmt) -> Assignment:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AugAssign(target=ast.Name(id=name), op=operation, value=value):
                value = ast.BinOp(ast.Name(name, ast.Load()), operation, value)
            case _:
                raise InvalidValueError(f"{self.model.name}: cannot read {ast.unparse(node)!r}; wanted 'name = ...'")
        if self.model.method == "exponential_euler" and self._held_while_refractory(internals.updated_state(name)):
            value = _Unrefractory().visit(value)
        if isinstance(node, ast.Assign) and ast.unparse(value) == f"_{name}" and self._held_while_refractory(name):
            return Assignment(name, f"where({NOT_REFRACTORY}, _{name}, {name})")
        return Assignment(name, ast.unparse(self._plain(value, name)))

    def _held_while_refractory(self, name: str) -> bool:
        """Tell whether Brian2 writes the variable only while the neuron is not refractory."""
        return internals.held_while_refractory(self.group, name)

    def _plain(self, node: ast.expr, name: str) -> ast.expr:
        """Return an expression of numbers, variables and known functions; raise InvalidValueError for others."""
        node = _Plain(self._values(node), self.subexpressions).visit(node)
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id in ("t", "lastspike"):
                raise InvalidValueError(
                    f"{self.model.name}: {name} depends on the time {part.id}; make that a port and drive it"
                )
            if not isinstance(part, _NODES) or (isinstance(part, ast.Call) and part.func.id not in FUNCTIONS):
                raise InvalidValueError(
                    f"{self.model.name}: {name} has {ast.unparse(part)!r} in it; it may use arithmetic, comparisons, "
                    f"and {', '.join(sorted(FUNCTIONS))}"
                )
        return node

    def _values(self, node: ast.expr) -> dict[str, float]:
        """Return the units and constants of an expression by name."""
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        outside = {name for name in names - set(self.group.variables) if not name.startswith("_")}
        found = internals.constants_of(self.group, outside)
        return {name: float(one.get_value()) for name, one in found.items() if not isinstance(one, brian2.Function)}


class _Unrefractory(ast.NodeTransformer):
    """Replaces ``int(not_refractory)``, by which Brian2 divides, by 1: the result is not used while that is 0."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        return ast.Constant(1) if ast.unparse(node) == internals.NOT_REFRACTORY_FACTOR else node


@dataclass(frozen=True)
class _Plain(ast.NodeTransformer):
    """Substitutes values and subexpressions, counts time since a spike in steps, and expresses ``%`` and ``//``."""

    values: Mapping[str, float]
    subexpressions: Mapping[str, ast.expr]

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.subexpressions:
            return self.subexpressions[node.id]
        return ast.Constant(self.values[node.id]) if node.id in self.values else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if ast.unparse(node) == internals.STEPS_SINCE_SPIKE:
            return ast.Name(STEPS_SINCE_SPIKE, ast.Load())
        node.args = [self.visit(argument) for argument in node.args]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Mod | ast.FloorDiv):
            return node
        whole = ast.Call(ast.Name("floor", ast.Load()), [ast.BinOp(node.left, ast.Div(), node.right)], [])
        return whole if isinstance(node.op, ast.FloorDiv) else ast.BinOp(
            node.left, ast.Sub(), ast.BinOp(node.right, ast.Mult(), whole)
        )  # fmt: skip
