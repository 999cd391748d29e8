"""Checks that the fields of a neuron model fit together. `NeuronModel` runs them when it is made."""

import ast
import keyword
from collections.abc import Mapping

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.neurons.equations.definitions import Definition, check_name, identifiers
from spikenet.neurons.equations.reserved_names import is_known
from spikenet.neurons.parameter import Parameter
from spikenet.units import Dimensions, to_si
from spikenet.validate import check_choice

METHODS = ("euler", "rk2", "rk4", "exponential_euler", "exact")
TEXTS = ("equations", "reference", "description")
CODE = ("threshold", "reset", "refractory")
MAPPINGS = ("parameters", "initial", "starts_at", "symbols")


def check_kinds(model) -> None:
    """Check the type of each field, the method, and that a reset or a refractory period has a threshold."""
    for name in (*TEXTS, *CODE):
        value = getattr(model, name)
        if not isinstance(value, str) and (value is not None or name in TEXTS):
            raise InvalidTypeError(
                f"{model.name}: {name} is {value!r}, wanted a text; a number becomes a parameter with a name"
            )
    for name in MAPPINGS:
        if not isinstance(getattr(model, name), Mapping):
            raise InvalidTypeError(f"{model.name}: {name} is {getattr(model, name)!r}, wanted a mapping from names")
    check_choice(model.method, "method", METHODS)
    if (model.reset or model.refractory) and not model.threshold:
        raise InvalidValueError(f"{model.name}: a reset or a refractory period needs a threshold; give threshold=...")


def check_names(model, defined: Mapping[str, Definition]) -> None:
    """Check that every name is defined by the equations, and that each name stands for one thing."""
    if not (model.ports and model.outputs):
        raise InvalidValueError(f"{model.name}: wanted at least one port and one output")
    for name in model.parameters:
        check_name(name, f"{model.name}: a parameter")
        if name in defined:
            raise InvalidValueError(f"{model.name}: {name} is both a parameter and a line of the equations; rename one")
    for kind, names in {"port": model.ports, "output": model.outputs}.items():
        for name in names:
            if name not in defined:
                free = [f"{other!r}" for other, one in defined.items() if kind == "port" and one.kind == "free"]
                hint = f"; give ports=({', '.join(free)},) for those that a drive sets" if free else ""
                raise InvalidValueError(
                    f"{model.name}: unknown {kind} {name!r}; the equations have {', '.join(defined)}{hint}"
                )
    for name in model.ports:
        if defined[name].kind != "free":
            raise InvalidValueError(_port_error(model.name, name))
    check_initial_names(model, (*model.initial, *model.starts_at), defined)
    _check_types(model, defined)
    _check_known(model, defined)
    for name in model.nonnegative:
        if name not in model.ports:
            raise InvalidValueError(
                f"{model.name}: nonnegative names {name!r}, which is no port; there are {', '.join(model.ports)}"
            )
    for name, text in model.symbols.items():
        if name not in defined and name not in model.parameters:
            raise InvalidValueError(
                f"{model.name}: symbols describes {name!r}, which is neither a parameter nor a variable; there are "
                f"{', '.join((*model.parameters, *defined))}"
            )
        if not isinstance(text, str):
            raise InvalidTypeError(f"{model.name}: the description of {name} is {text!r}, wanted a text")


def check_initial_names(model, names, defined: Mapping[str, Definition]) -> None:
    """Check that variables of these names can start from a value."""
    for name in names:
        if name not in defined:
            raise InvalidValueError(
                f"{model.name}: unknown initial value of {name!r}; the equations have {', '.join(defined)}"
            )
        if name in model.ports:
            raise InvalidValueError(_port_error(model.name, name))
        if defined[name].kind == "subexpression":
            raise InvalidValueError(f"{model.name}: {name} = ... is worked out in every step and has no initial value")


def _port_error(model: str, name: str) -> str:
    return f"{model}: the port {name} is set from outside; wanted a line '{name} : unit' and no initial value"


def _check_types(model, defined: Mapping[str, Definition]) -> None:
    """Check that what engines read and write are numbers of each neuron."""
    named = {"a port": model.ports, "an output": model.outputs, "an initial value": (*model.initial, *model.starts_at)}
    for kind, names in named.items():
        for name in names:
            if defined[name].type != "float":
                raise InvalidValueError(
                    f"{model.name}: {name} is {kind} and {defined[name].type}; write '{name} ... : 1', as such values "
                    "are floating-point numbers"
                )
            if "shared" in defined[name].flags:
                raise InvalidValueError(f"{model.name}: {name} is {kind} and shared; leave the flag out")
    for name, one in defined.items():
        if "shared" in one.flags and one.kind != "subexpression":
            raise InvalidValueError(
                f"{model.name}: {name} is shared by all neurons; make it a parameter, or leave the flag out"
            )


def _check_known(model, defined: Mapping[str, Definition]) -> None:
    """Check that every name in the code stands for something, and not for what depends on an engine's chunks."""
    texts = {name: getattr(model, name) for name in CODE}
    for where, code in ({name: one.code for name, one in defined.items()} | texts).items():
        try:
            ast.parse("\n".join(map(str.strip, (code or "").splitlines())))
        except SyntaxError as error:
            raise InvalidValueError(f"{model.name}: cannot read {where} {code.strip()!r}: {error.msg}") from None
        for name in identifiers(code):
            if name in ("i", "N"):
                raise InvalidValueError(
                    f"{model.name}: {code.strip()!r} uses Brian2's i or N, which depend on how many neurons an engine "
                    "simulates at a time; give each unit its own initial value instead"
                )
            if not (name in defined or name in model.parameters or is_known(name) or keyword.iskeyword(name)):
                raise InvalidValueError(
                    f"{model.name}: {where} uses {name!r}, which nothing defines; give it as a parameter, or write a "
                    f"line '{name} = ... : unit'"
                )


def started_at_parameters(
    model, parameters: Mapping[str, Parameter], defined: Mapping[str, Definition]
) -> dict[str, float]:
    """Return the initial values that ``starts_at`` takes from parameters, in SI units."""
    for state, name in model.starts_at.items():
        if name not in parameters:
            raise InvalidValueError(
                f"{model.name}: {state} starts at {name!r}, which is no parameter; there are {', '.join(parameters)}"
            )
        if parameters[name].dimensions != defined[state].dimensions:
            raise UnitError(f"{model.name}: {state} starts at {name}, which has another unit; take one with the same")
    return {state: parameters[name].value for state, name in model.starts_at.items()}


def initial_value(value, dimensions: Dimensions, name: str) -> np.ndarray:
    """Return an initial value as a read-only array () or (unit,) in SI units."""
    array = to_si(value, dimensions, f"the initial {name}")
    if array.ndim > 1 or not array.size:
        raise InvalidValueError(f"the initial {name} has the shape {array.shape}; wanted one number, or (unit,)")
    array.setflags(write=False)
    return array
