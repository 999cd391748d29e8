"""The strongest drive that has a meaning: a plain number where nanoampere were meant is a billion times beyond it.

A drive that alone takes a neuron from its start to its threshold in a hundredth of a time step is beyond what any
step resolves, and thousands of times what makes the neurons of this package spike.
"""

import re
from functools import lru_cache

import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.neurons.equations.rates_of_change import evaluate, rates_of_change, values_at_start

_THRESHOLD = re.compile(r"\s*(\w+)\s*>=?([^<>=&|]+)")
_FASTEST = 0.01  # of a time step, from start to threshold
_ROOM = 1000  # times the largest value of a state's dimensions: strong conductances stop a membrane by themselves


@lru_cache(maxsize=64)
def strongest_drive(model, port: str) -> float | None:
    """Return the largest drive of a port that has a meaning, in SI units; None where the equations do not tell."""
    try:
        numbers = values_at_start(model)
        rates = rates_of_change(model, numbers | {port: 1.0}) - rates_of_change(model, numbers)
        distances = np.array([_distance(model, state, numbers) for state in model.states])
    except (InvalidValueError, ArithmeticError, ValueError, TypeError, LookupError, RecursionError):
        return None
    told = (rates != 0) & np.isfinite(rates) & (distances > 0)
    if not told.any():
        return None
    return float(np.min(distances[told] / np.abs(rates[told])) / (_FASTEST * model.dt))


def _distance(model, state: str, numbers) -> float:
    """Return the distance of a state from its threshold at the start; many times its scale if it has none."""
    threshold = _THRESHOLD.fullmatch(model.threshold or "")
    if threshold and threshold[1] == state:
        return abs(evaluate(threshold[2].strip(), model, numbers) - numbers[state])
    dimensions = model.variables[state]
    alike = [name for name, one in model.parameters.items() if one.dimensions == dimensions]
    return _ROOM * max(abs(numbers.get(name, 0.0)) for name in (state, *alike))
