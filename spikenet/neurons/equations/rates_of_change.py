"""Equations of arithmetic worked out as numbers, in SI units: the rates of change of a neuron's states."""

from collections.abc import Mapping

import numpy as np

from spikenet.errors import InvalidValueError, UnitError
from spikenet.neurons.equations.definitions import identifiers
from spikenet.neurons.equations.rate_bounds import FUNCTIONS, compile_rate
from spikenet.units import parse_unit


def values_at_start(model) -> dict[str, object]:
    """Return the values of all names at the start of the first unit, without a drive."""
    numbers = {name: np.ravel(parameter.value)[0] for name, parameter in model.parameters.items()} | dict(FUNCTIONS)
    numbers |= {name: np.ravel(value)[0] for name, value in model.initial.items()}
    code = {name: one.code for name, one in model.definitions.items() if one.code}
    for name in identifiers(*code.values(), model.threshold):
        if name not in numbers and (name not in code or name in model.states):
            try:
                numbers[name] = parse_unit(name)[1]
            except UnitError:
                numbers[name] = 0.0
    return numbers


def rates_of_change(model, values: Mapping[str, object]) -> np.ndarray:
    """Return the rate of change of each state, (state,); not a number for equations that are more than arithmetic."""
    values = dict(values)  # subexpressions are added
    return np.array([_value(state, model, values) for state in model.states], float)


def evaluate(text: str, model, values: Mapping[str, object]) -> float:
    """Return the value of an expression. Raises InvalidValueError for more than arithmetic."""
    compiled = compile_rate(text, values, model.name, "an expression")
    return float(eval(compiled, {"__builtins__": {}}, values))  # arithmetic only: see compile_rate


def _value(name: str, model, values: dict[str, object]) -> float:
    """Return the value of a subexpression, or the rate of change of a state, after all that it uses."""
    definitions = model.definitions
    try:
        for other in identifiers(definitions[name].code):
            if other not in values and other in definitions and definitions[other].kind == "subexpression":
                values[other] = _value(other, model, values)
        with np.errstate(all="ignore"):
            return evaluate(definitions[name].code, model, values)
    except (InvalidValueError, ArithmeticError, ValueError, TypeError, RecursionError):  # the last one of a circle
        return np.nan
