"""Checks that the fields of a synapse model fit together. `SynapseModel` runs them when it is made."""

import ast
import re

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons.equations.definitions import check_name, identifiers
from spikenet.neurons.equations.reserved_names import is_known

_CONDITION = re.compile(r"\s*([\w.+-]+)\s*(>=|>)\s*([\w.+-]+)\s*")
_ASSIGNED = re.compile(r"(?m)^\s*(\w+)\s*(?:[-+*/]?=)(?!=)")


def assigned(code: str) -> list[str]:
    """Return the variables that statements change."""
    return _ASSIGNED.findall(code.replace(";", "\n"))


def check_texts(owner: str, **texts) -> None:
    """Check that fields are texts."""
    for name, text in texts.items():
        if not isinstance(text, str):
            raise InvalidTypeError(f"{owner}: {name} is {text!r}, wanted a text")


def check_statements(owner: str, where: str, code: str) -> None:
    """Check that code is a series of statements such as ``w += 1``."""
    try:
        found = ast.parse("\n".join(map(str.strip, code.splitlines())))
    except SyntaxError as error:
        raise InvalidValueError(f"{owner}: cannot read {where} {code.strip()!r}: {error.msg}") from None
    for one in found.body:
        targets = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
        named = len(targets) == 1 and isinstance(targets[0], ast.Name)
        if not (isinstance(one, ast.Assign | ast.AugAssign) and named):
            raise InvalidValueError(
                f"{owner}: {where} has {ast.unparse(one)!r}; wanted statements such as 'v_post += w*weight'"
            )


def check_names(model) -> None:
    """Check that every name in the statements stands for one thing."""
    variables = model.variables
    for name in model.parameters:
        check_name(name, f"{model.name}: a parameter")
        if name.endswith(("_pre", "_post")):
            raise InvalidValueError(
                f"{model.name}: a parameter is {name!r}, and such names stand for variables of neurons; choose another"
            )
        if name in variables:
            raise InvalidValueError(f"{model.name}: {name} is both a parameter and a variable of synapses; rename one")
    traces = {"pre": model.pre_traces, "post": model.post_traces}
    sided = {f"{name}_{side}" for side, one in traces.items() if one for name in one.names}
    for where, code in {"on_pre": model.code_on_pre, "on_post": model.code_on_post}.items():
        check_statements(model.name, where, code)
        changed = assigned(code)
        for name in identifiers(code):
            of_neuron = name.endswith(("_pre", "_post"))
            if not (of_neuron or name in (*variables, *model.parameters, *changed) or is_known(name)):
                raise InvalidValueError(
                    f"{model.name}: {where} uses {name!r}, which nothing defines; give it as a parameter, write "
                    f"{name}_post for a variable of the postsynaptic neuron, or a line '{name} : unit'"
                )
        for name in changed:
            if name in model.parameters or name in sided:
                raise InvalidValueError(
                    f"{model.name}: {where} changes {name}, which all synapses of a neuron share; change w or a "
                    "variable of the equations, and a trace in its on_spike"
                )


def check_condition(model, condition: str) -> None:
    """Check that ``a > b`` or ``a >= b`` holds for parameters and numbers, in SI units."""
    match = _CONDITION.fullmatch(condition)
    if match is None:
        raise InvalidValueError(f"{model.name}: cannot read the condition {condition!r}; wanted 'a > b' or 'a >= b'")
    values, sides = [], (match[1], match[3])
    for side in sides:
        try:
            values.append(model.parameters[side].value if side in model.parameters else float(side))
        except ValueError:
            raise InvalidValueError(f"{model.name}: {condition!r} has {side!r}, which is no parameter") from None
    if not (values[0] > values[1] or (match[2] == ">=" and values[0] == values[1])):
        given = " and ".join(f"{one} is {model.parameters[one]}" for one in sides if one in model.parameters)
        raise InvalidValueError(f"{model.name}: {given}, wanted {condition}")
