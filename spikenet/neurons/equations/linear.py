"""Linear equations with constant coefficients, which the method "exact" solves, and those whose solution it lacks.

Brian2's solution divides by the differences of the eigenvalues. Where two are equal and belong to one eigenvector, as
in ``dv/dt = (g - v)/tau; dg/dt = -g/tau``, the solution has a term t exp(-t/tau), and Brian2 gives 0/0.
"""

from collections.abc import Mapping

import numpy as np

from spikenet.errors import InvalidValueError, UnitError
from spikenet.neurons.equations.definitions import identifiers
from spikenet.neurons.equations.rate_bounds import FUNCTIONS, compile_rate
from spikenet.units import parse_unit

_CLOSE = 1e-7  # relative distance of eigenvalues that rounding makes of equal ones
_EQUAL = 1e-12  # where they are numbers on the diagonal


def check_exact_solution(model) -> None:
    """Raise InvalidValueError for a model with the method "exact" whose solution Brian2 does not have."""
    matrix = _coefficients(model)
    if matrix is None or not np.isfinite(matrix).all():
        return
    rates = np.linalg.eigvals(matrix)
    triangular = set(rates.tolist()) == set(np.diag(matrix).tolist())
    for k, rate in enumerate(rates):
        near = np.abs(rates - rate) <= (_EQUAL if triangular else _CLOSE) * np.abs(rates).max()
        shifted = matrix - rate * np.eye(len(matrix))
        vectors = len(matrix) - np.linalg.matrix_rank(shifted, tol=_CLOSE * np.abs(shifted).max())
        if near[:k].any() and vectors < near.sum():
            raise InvalidValueError(
                f"{model.name}: the equations of {' and '.join(model.states)} have equal rates, {abs(rate):g}/s, and "
                "the method 'exact' divides by their difference; take method='exponential_euler' or 'rk4', or change "
                "a time constant a little"
            )


def _coefficients(model) -> np.ndarray | None:
    """Return the derivatives of the rates of change by the states; None if the equations are more than arithmetic."""
    code = {name: one.code for name, one in model.definitions.items() if one.code}
    names = identifiers(*code.values())
    numbers = {name: parameter.value for name, parameter in model.parameters.items()} | dict(FUNCTIONS)
    for name in names:
        if name not in code and name not in numbers:
            try:
                numbers[name] = parse_unit(name)[1]
            except UnitError:
                numbers[name] = 0.0  # a port or another variable, which has no part in the coefficients
    try:
        compiled = {name: compile_rate(text, names, model.name, name) for name, text in code.items()}
        at_rest = _changes(model.states, compiled, numbers, None)
        return np.stack([_changes(model.states, compiled, numbers, state) - at_rest for state in model.states], axis=1)
    except (InvalidValueError, ArithmeticError, ValueError, TypeError):
        return None


def _changes(states: tuple[str, ...], compiled: Mapping, numbers: Mapping[str, float], one: str | None) -> np.ndarray:
    """Return the rate of change of each state where the state ``one`` is 1 and the others are 0."""
    values = numbers | {state: float(state == one) for state in states}
    waiting = [name for name in compiled if name not in states]
    while waiting:  # subexpressions that use others come after them
        ready = [name for name in waiting if not set(compiled[name].co_names) & set(waiting)]
        if not ready:
            raise ValueError("subexpressions in a circle")
        values |= {name: eval(compiled[name], {"__builtins__": {}}, values) for name in ready}
        waiting = [name for name in waiting if name not in ready]
    return np.array([eval(compiled[state], {"__builtins__": {}}, values) for state in states], float)
