"""The strongest drive that has a meaning: a plain number where nanoampere were meant is a billion times beyond it.

A drive that alone takes a neuron from its start to its threshold in a hundredth of a time step is beyond what any
step resolves, and thousands of times what makes the neurons of this package spike.
"""

import re

import numpy as np

from spikenet.errors import InvalidValueError, UnitError
from spikenet.neurons.equations.definitions import identifiers
from spikenet.neurons.equations.rate_bounds import FUNCTIONS, compile_rate
from spikenet.units import parse_unit

_THRESHOLD = re.compile(r"\s*(\w+)\s*>=?([^<>=&|]+)")
_FASTEST = 0.01  # of a time step, from start to threshold
_ROOM = 1000  # times the largest value of a state's dimensions: strong conductances stop a membrane by themselves


def strongest_drive(model, port: str) -> float | None:
    """Return the largest drive of a port that has a meaning, in SI units; None where the equations do not tell."""
    try:
        code = {name: one.code for name, one in model.definitions.items() if one.code}
        numbers = _numbers(model, code)
        rates = _rates(model, code, numbers | {port: 1.0}) - _rates(model, code, numbers)
        distances = np.array([_distance(model, state, numbers) for state in model.states])
    except (InvalidValueError, ArithmeticError, ValueError, TypeError, LookupError, RecursionError):
        return None
    told = (rates != 0) & np.isfinite(rates) & (distances > 0)
    if not told.any():
        return None
    return float(np.min(distances[told] / np.abs(rates[told])) / (_FASTEST * model.dt))


def _numbers(model, code) -> dict[str, object]:
    """Return the values of all names at the start of the first unit, without a drive."""
    numbers = {name: np.ravel(parameter.value)[0] for name, parameter in model.parameters.items()} | dict(FUNCTIONS)
    numbers |= {name: np.ravel(value)[0] for name, value in model.initial.items()}
    for name in identifiers(*code.values(), model.threshold):
        if name not in numbers and (name not in code or name in model.states):
            try:
                numbers[name] = parse_unit(name)[1]
            except UnitError:
                numbers[name] = 0.0
    return numbers


def _rates(model, code, numbers) -> np.ndarray:
    """Return the rate of change of each state; not a number for equations that are more than arithmetic."""
    return np.array([_value(state, model, code, dict(numbers)) for state in model.states], float)


def _value(name: str, model, code, numbers) -> float:
    """Return the value of a subexpression, or the rate of change of a state, after all that it uses."""
    for other in identifiers(code[name]):
        if other in code and other not in model.states and other not in numbers:
            numbers[other] = _value(other, model, code, numbers)
    try:
        compiled = compile_rate(code[name], numbers, model.name, name)
        with np.errstate(all="ignore"):
            return float(eval(compiled, {"__builtins__": {}}, numbers))  # arithmetic only: see compile_rate
    except (InvalidValueError, ArithmeticError, ValueError, TypeError):
        return np.nan


def _distance(model, state: str, numbers) -> float:
    """Return the distance of a state from its threshold at the start; many times its scale if it has none."""
    threshold = _THRESHOLD.fullmatch(model.threshold or "")
    if threshold and threshold[1] == state:
        compiled = compile_rate(threshold[2].strip(), numbers, model.name, "threshold")
        return abs(float(eval(compiled, {"__builtins__": {}}, numbers)) - numbers[state])  # as above
    dimensions = model.variables[state]
    alike = [name for name, one in model.parameters.items() if one.dimensions == dimensions]
    return _ROOM * max(abs(numbers.get(name, 0.0)) for name in (state, *alike))
