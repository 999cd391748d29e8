"""Checks that two groups of neurons fit a synapse model, before a Brian2 object is made for it."""

from collections.abc import Mapping

import brian2

from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.neurons.equations.definitions import definitions, identifiers
from spikenet.neurons.equations.reserved_names import is_known
from spikenet.neurons.model import NeuronModel
from spikenet.synapses.brian2_synapse_internals import expression_dimensions, unit_error_in, whole_group
from spikenet.synapses.plasticity import Traces
from spikenet.synapses.synapse_checks import assigned
from spikenet.units import DIMENSIONLESS, SECOND, Dimensions, dimensions_of, show, unit_text

_OURS = ("model", "on_pre", "on_post", "connect", "source", "target", "on_event")
_SETTINGS = ("name", "order", "method", "method_options", "dt", "clock", "dtype", "namespace", "codeobj_class")
_SIDES = {"pre": "presynaptic", "post": "postsynaptic"}


def check_groups(model, pre, post) -> None:
    """Check that both are groups of neurons with the same time step, which spike where the synapse needs it."""
    for side, group in {"pre": pre, "post": post}.items():
        if isinstance(group, NeuronModel):
            raise InvalidTypeError(
                f"{side} is the neuron model {group.name}, wanted neurons: {group.name}.neuron_group(100) for example"
            )
        if not isinstance(group, brian2.SpikeSource) or isinstance(group, brian2.Synapses):
            raise InvalidTypeError(
                f"{side} is a {type(group).__name__}, wanted neurons: a NeuronGroup, Subgroup, PoissonGroup or "
                "SpikeGeneratorGroup"
            )
    learns = bool(model.code_on_post or (model.post_traces and model.post_traces.on_spike))
    for side, group, needed in (("pre", pre, True), ("post", post, learns)):
        if needed and "spike" not in whole_group(group).events:
            why = "synapses act" if side == "pre" else f"{model.name} learns"
            raise InvalidValueError(
                f"the {_SIDES[side]} neurons {group.name} never spike, as they have no threshold, and {why} after "
                f"{_SIDES[side]} spikes; give the neurons a threshold"
            )
    steps = [float(group.clock.dt) for group in (pre, post)]
    if steps[0] != steps[1]:
        raise InvalidValueError(
            f"{pre.name} has the time step {show(steps[0], SECOND)} and {post.name} {show(steps[1], SECOND)}; give "
            "both the same dt, such as neuron_group(n, dt=0.1*ms)"
        )
    if not (model.code_on_pre or model.code_on_post):
        raise InvalidValueError(f"{model.name} does nothing at a spike; give on_pre=, on_post= or a rule of plasticity")


def check_settings(model, settings: Mapping) -> None:
    """Check that further arguments of Brian2's synapses are none that the model sets."""
    if ours := [name for name in settings if name in _OURS]:
        raise InvalidTypeError(
            f"{ours[0]}= comes from the synapse {model.name}; make another model, with dataclasses.replace for example"
        )
    if unknown := [name for name in settings if name not in _SETTINGS]:
        raise InvalidTypeError(f"connect has no argument {unknown[0]!r}; further ones are {', '.join(_SETTINGS)}")
    name = settings.get("name", "a")
    if not isinstance(name, str) or name != name.lower():
        raise InvalidValueError(f"the synapses' name is {name!r}; wanted lower-case letters, digits and _")


def check_code(model, pre, post) -> None:
    """Check that neurons have the variables that the synapse reads and changes, and that units add up."""
    dimensions = {**model.variables, **{name: one.dimensions for name, one in model.parameters.items()}}
    for side, group in {"pre": pre, "post": post}.items():
        traces = getattr(model, f"{side}_traces")
        found = _trace_dimensions(model, traces, group) if traces else {}
        for name in identifiers(model.code_on_pre, model.code_on_post):
            variable = name.removesuffix(f"_{side}")
            if variable == name:
                continue
            if variable in found and variable in group.variables:
                raise InvalidValueError(
                    f"{model.name} has a trace {variable}, and so have the {_SIDES[side]} neurons {group.name} a "
                    "variable; rename one"
                )
            if variable not in found:
                _check_variable(model, side, group, variable)
                found[variable] = dimensions_of(group.variables[variable])
            dimensions[name] = found[variable]
    for where, code in {"on_pre": model.code_on_pre, "on_post": model.code_on_post}.items():
        for name in assigned(code):
            variable = name.removesuffix("_post").removesuffix("_pre")
            group = post if name.endswith("_post") else pre
            if name != variable and isinstance(group.variables[variable], brian2.core.variables.Subexpression):
                raise InvalidValueError(
                    f"{model.name} changes {variable}, which {group.name} works out in every step; deliver to a "
                    f"variable that keeps its value, with with_target(...)"
                )
        lines = code.splitlines()
        for k, line in enumerate(lines):  # with the lines before, whose temporary variables it may use
            error = unit_error_in("\n".join(lines[: k + 1]), dimensions)
            if error is not None:
                _refuse_units(model, (where, line, error), dimensions, post)


def _refuse_units(model, found: tuple[str, str, str], dimensions: dict[str, Dimensions], post) -> None:
    where, line, error = found
    for target in model.targets:
        if f"{target}_post" in line and "weight" in model.parameters:
            weight, wanted = model.parameters["weight"], dimensions[f"{target}_post"]
            raise UnitError(
                f"{model.name} delivers {weight}, and {target} of {post.name} has "
                f"{'no unit' if wanted == DIMENSIONLESS else f'the unit {unit_text(wanted)}'}; give weight= in that "
                f"unit, such as weight='{show(1.0, wanted)}'"
            )
    raise UnitError(f"{model.name}: units of {where} do not add up in {line!r}: {error}")


def _check_variable(model, side: str, group, variable: str) -> None:
    if variable in group.variables and variable not in ("t", "dt"):
        return
    has = [name for name in whole_group(group).variables if not name.startswith("_") and name not in _BRIAN]
    receptor = definitions(model.with_units(model.receptor).replace("[port]", "1"), model.name)
    if variable in receptor:
        hint = f"make them with neuron.with_synapses({model.name}).neuron_group(n)"
    else:
        hint = "give with_target(...) the name of the variable to change"
    raise InvalidValueError(
        f"{model.name} wants {variable} of the {_SIDES[side]} neurons {group.name}, which have "
        f"{', '.join(has) or 'no variables'}; {hint}"
    )


_BRIAN = ("N", "i", "t", "dt", "t_in_timesteps", "lastspike", "not_refractory")


def _trace_dimensions(model, traces: Traces, group) -> dict[str, Dimensions]:
    """Return the dimensions of traces by name, checked against what the neuron and the parameters give."""
    found = definitions(model.with_units(traces.equations), model.name)
    known = {name: one.dimensions for name, one in found.items()}
    for name in neuron_variables(model, traces):
        _check_variable(model, "post" if traces is model.post_traces else "pre", group, name)
        known[name] = dimensions_of(group.variables[name])
    known |= {name: one.dimensions for name, one in model.parameters.items()}
    for name, one in found.items():
        code = f"second*({one.code})" if one.kind == "state" else one.code
        if expression_dimensions(code, known) != one.dimensions:
            raise UnitError(
                f"{model.name}: units of the trace {name}, in {unit_text(one.dimensions)}, and "
                f"{one.code!r} do not fit {group.name}; give the parameters in the units of the neuron"
            )
    return {name: one.dimensions for name, one in found.items()}


def neuron_variables(model, traces: Traces) -> list[str]:
    """Return the variables of the neuron that traces read."""
    return [name for name in traces.read if name not in model.parameters and not is_known(name)]


def check_traces_of_synapses(model) -> None:
    """Check that presynaptic traces can be states of each synapse, solved from event to event."""
    traces = model.pre_traces
    held = "constant over dt" in traces.equations
    if held or neuron_variables(model, traces):
        read = "a value that is worked out in each step" if held else ", ".join(neuron_variables(model, traces))
        raise InvalidValueError(
            f"{model.name} has presynaptic traces with {read}, which synapses with delays of their own cannot follow; "
            "give all synapses the same delay"
        )
