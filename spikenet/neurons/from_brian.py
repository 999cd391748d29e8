"""Neuron models from Brian2's own objects: Equations and NeuronGroups."""

import inspect
from collections.abc import Mapping

import brian2
import numpy as np

from spikenet.brian2_internals import refractory_of
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons.equations.definitions import identifiers
from spikenet.neurons.equations.reserved_names import is_known
from spikenet.units import DIMENSIONLESS, dimensions_of, unit_text

_METHODS = {"linear": "exact", "independent": "exact"}  # other names of a method


def equation_text(equations: brian2.Equations, without: tuple[str, ...] = ()) -> str:
    """Return Brian2's equations as text, one a line, without those of some names."""
    lines = []
    for name, one in equations.items():
        unit = one.var_type if one.var_type != "float" else unit_text(dimensions_of(one.unit) or DIMENSIONLESS)
        left = {"differential equation": f"d{name}/dt = {one.expr}", "subexpression": f"{name} = {one.expr}"}
        flags = f" ({', '.join(one.flags)})" if one.flags else ""
        if name not in without:
            lines.append(f"{left.get(one.type, name)} : {unit}{flags}")
    return "\n".join(lines)


def settings_from_brian(source, namespace: Mapping | None, settings: dict) -> dict:
    """Return the arguments of a NeuronModel from Equations or a NeuronGroup; those in ``settings`` count first."""
    frame = inspect.currentframe().f_back.f_back
    around = {**frame.f_globals, **frame.f_locals} if namespace is None else dict(namespace)
    if isinstance(source, str):
        source = brian2.Equations(source)
    if isinstance(source, brian2.NeuronGroup):
        found, equations = _of_group(source), source.user_equations
        around |= source.namespace
    elif isinstance(source, brian2.Equations):
        found, equations = {"name": "model"}, source
    else:
        raise InvalidTypeError(f"source is {type(source).__name__}, wanted a NeuronGroup, Equations or a text")
    parameters = {**found.pop("parameters", {}), **settings.pop("parameters", {})}
    found |= settings
    found["equations"] = equation_text(equations, tuple(parameters))
    found.setdefault("outputs", tuple(equations.diff_eq_names) or tuple(equations.subexpr_names))
    free = [name for name, one in equations.items() if one.type == "parameter" and one.var_type == "float"]
    free = [name for name in free if name not in parameters]
    changing = [name for name in free if "constant" not in equations[name].flags]
    ports = found.get("ports") or _unset(changing, found.get("initial", {}))
    found["ports"] = ports
    if not ports:
        raise InvalidValueError(
            "the equations have no variable that is set from outside; write a line such as 'i_in : amp' for the drive, "
            f"or give ports=(...) out of {', '.join(free) or 'such variables'}"
        )
    ports = (ports,) if isinstance(ports, str) else ports
    initial = {name: value for name, value in found.get("initial", {}).items() if name not in (*parameters, *ports)}
    code = [one.expr.code for one in equations.values() if one.expr is not None]
    for name in identifiers(*code, *(found.get(part) for part in ("threshold", "reset", "refractory"))):
        if name not in equations and name not in parameters and not is_known(name) and name in around:
            parameters[name] = around[name]
    return found | {"parameters": parameters, "initial": initial}


def _unset(names: list[str], values: Mapping) -> tuple[str, ...]:
    """Those of a group's variables that a drive has to set: the only one, or those that the group did not set."""
    unset = names if len(names) < 2 else [name for name in names if not np.any(values.get(name, 0))]
    if names and not unset:
        raise InvalidValueError(
            f"the group sets all of {', '.join(names)}; give ports=(...), those of them that a drive sets"
        )
    return tuple(unset)


def _of_group(group: brian2.NeuronGroup) -> dict:
    """Return what a group says of its neurons beside the equations: code, method, step and values."""
    events = {"threshold": group.events.get("spike"), "reset": group.event_codes.get("spike")}
    method = group.method_choice if isinstance(group.method_choice, str) else "rk4"
    others = [name for name in group.events if name != "spike"]
    if others:
        raise InvalidValueError(f"{group.name} has the events {', '.join(others)}; a model has spikes only")
    regular = [one.name for one in group.contained_objects if type(one) is brian2.CodeRunner]
    if regular:
        raise InvalidValueError(
            f"{group.name} has code of run_regularly or run_on_event ({', '.join(regular)}), which a model "
            "cannot; write it as equations or as the reset, or run the group with sn.device"
        )
    equations, parameters, initial = group.user_equations, {}, {}
    for name in (*equations.diff_eq_names, *equations.parameter_names):
        values = np.asarray(getattr(group, f"{name}_")[:], float)
        shared = values.ndim == 0 or "shared" in equations[name].flags
        unit = brian2.Quantity(1, dim=equations[name].dim) if any(dimensions_of(equations[name].unit) or ()) else 1
        if shared and name in equations.parameter_names:
            parameters[name] = float(values) * unit
        else:
            same = values.size and np.all(values == values.flat[0])
            initial[name] = float(values.flat[0]) if same else values
    refractory = refractory_of(group)
    return {
        "name": group.name.lower(),
        **{name: code for name, code in events.items() if code},
        **({"refractory": refractory} if refractory else {}),
        "method": _METHODS.get(method, method),
        "dt": float(group.clock.dt),
        "parameters": parameters,
        "initial": initial,
    }
