"""Linear equations with constant coefficients, which the method "exact" solves, and those whose solution it lacks.

Brian2's solution divides by the differences of the eigenvalues. Where two are equal and belong to one eigenvector, as
in ``dv/dt = (g - v)/tau; dg/dt = -g/tau``, the solution has a term t exp(-t/tau), and Brian2 gives 0/0.
"""

import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.neurons.equations.rates_of_change import rates_of_change, values_at_start

_CLOSE = 1e-7  # relative distance of eigenvalues that rounding makes of equal ones
_EQUAL = 1e-12  # where they are numbers on the diagonal


def check_exact_solution(model) -> None:
    """Raise InvalidValueError for a model with the method "exact" whose solution Brian2 does not have."""
    matrix = _coefficients(model)
    if not np.isfinite(matrix).all():
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


def _coefficients(model) -> np.ndarray:
    """Return the derivatives of the rates of change by the states; not numbers for more than arithmetic."""
    values = values_at_start(model) | dict.fromkeys(model.states, 0.0)
    at_rest = rates_of_change(model, values)
    columns = [rates_of_change(model, values | {state: 1.0}) - at_rest for state in model.states]
    return np.stack(columns, axis=1)
