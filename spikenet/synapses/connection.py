"""Synapse models as Brian2 objects: which traces live where, and what must hold before anything is made.

How a plastic network is arranged
---------------------------------
``connect`` gives one `brian2.Synapses` called NAME (that of the model by default) with the weight ``w`` and the
variables of the model for each synapse, and each parameter as a shared constant. Its pathways are ``NAME.pre``
(order -1: what a spike delivers, then the rules) and ``NAME.post`` (order 1: the rules after a postsynaptic spike).

Traces (`Plasticity.pre`, `Plasticity.post`) are no variables of these synapses. They are kept once for each neuron, by
synapses of each neuron with itself, number i for neuron i, which decay in the slot ``groups`` of every step:

====================  ==================================================================================
``NAME_pre_traces``   of the presynaptic neurons; ``on_spike`` runs with the delay of the synapses
``NAME_post_traces``  of the postsynaptic neurons; ``on_spike`` runs without a delay
====================  ==================================================================================

The synapses read them as ``spike_trace_pre`` and ``spike_trace_post``, by reference, as they read variables of neurons.
Pathways run in the order -1, 1, 2, where 2 is that of the traces: whatever reads a trace in the step of a spike reads
it from before that spike, and a presynaptic and a postsynaptic spike that meet in one step do not see each other. Both
are ``contained_objects`` of the synapses, and so belong to whatever network these belong to.

This gives the numbers that traces of each synapse give, as long as all synapses have the same delay. Where they
differ, a presynaptic spike reaches each synapse at a time of its own: then presynaptic traces are states of each
synapse, ``spike_trace_here``, solved from event to event in the pathway ``NAME.pre_traces`` (order 2). Traces of
postsynaptic neurons need no such thing. Currents and conductances are states of the postsynaptic neuron in any case,
see `spikenet.synapses.receptor`.
"""

from collections.abc import Mapping
from itertools import chain

import brian2

from spikenet.neurons.equations.definitions import identifiers, rename
from spikenet.neurons.group import set_values
from spikenet.neurons.parameter import Parameter
from spikenet.synapses.brian2_synapse_internals import refer, refer_to_shared, set_by, whole_group
from spikenet.synapses.group_checks import (
    check_code,
    check_groups,
    check_settings,
    check_traces_of_synapses,
    neuron_variables,
)
from spikenet.synapses.plasticity import joined_code
from spikenet.synapses.wiring import Plan, Wiring, check_expression_weights, expressions_read, planned
from spikenet.units import unit_text

_AFTER = 2  # the order in which traces take up a spike: behind all pathways that read them


def connect(model, pre, post, wiring: Wiring, settings: Mapping) -> brian2.Synapses:
    """Return plain Brian2 synapses with what belongs to them, see `SynapseModel.connect`."""
    check_groups(model, pre, post)
    check_settings(model, settings)
    check_code(model, pre, post)
    plan = planned(model, wiring, pre, post)
    if plan.delays_differ and model.pre_traces:
        check_traces_of_synapses(model)
    names = names_in_synapses(model, pre, post)
    synapses = _synapses(model, (pre, post), plan, names, settings)
    with expressions_read(model, plan.connect_arguments.get("condition")):
        synapses.connect(**plan.connect_arguments, namespace=wiring.namespace)
    for name, parameter in _parameters(model).items():
        set_values(synapses, names[name], parameter.value)
    with expressions_read(model, plan.weights):
        set_by(synapses, names["w"], plan.weights, wiring.namespace)
    if isinstance(plan.weights, str):
        check_expression_weights(model, synapses, names["w"])
    if plan.delays_differ:
        with expressions_read(model, plan.delay):
            set_by(synapses.pre, "delay", plan.delay, wiring.namespace)
    for side, group in (("pre", pre), ("post", post)):
        traces = getattr(model, f"{side}_traces")
        if traces is not None and side == "pre" and plan.delays_differ:
            set_by(synapses.pre_traces, "delay", plan.delay, wiring.namespace)
            for name, value in traces.initial.items():
                set_values(synapses, _here(name), value)
        elif traces is not None:
            _keep_traces(synapses, model, (side, group), names, plan.delay)
    return synapses


def names_in_synapses(model, pre, post) -> dict[str, str]:
    """Return the names of a model's variables and parameters: ``w_syn`` for ``w`` where neurons have a ``w``."""
    taken = {*pre.variables, *post.variables}
    return {name: f"{name}_syn" if name in taken else name for name in (*model.variables, *_parameters(model))}


def _parameters(model) -> dict[str, Parameter]:
    """Return the parameters that synapses and traces use; those of the receptor belong to the neuron."""
    traces = chain.from_iterable(one.read for one in (model.pre_traces, model.post_traces) if one)
    used = {*identifiers(model.code_on_pre, model.code_on_post, model.equations), *traces}
    return {name: one for name, one in model.parameters.items() if name in used}


def _synapses(model, groups: tuple, plan: Plan, names: Mapping[str, str], settings: Mapping) -> brian2.Synapses:
    """Return the synapses, unconnected; with the presynaptic traces in each of them where delays differ."""
    parameters = _parameters(model).items()
    equations = [f"{names['w']} : 1", rename(model.with_units(model.equations), names)]
    equations += [f"{names[name]} : {unit_text(one.dimensions)} (constant, shared)" for name, one in parameters]
    on_pre, on_post = {"pre": rename(model.code_on_pre, names)}, {"post": rename(model.code_on_post, names)}
    traces = model.pre_traces
    if plan.delays_differ and traces:
        here = {name: _here(name) for name in traces.names}
        read = {f"{name}_pre": other for name, other in here.items()}
        equations.append(model.with_units(traces.solved("event-driven", {**names, **here})))
        on_pre = {"pre": rename(on_pre["pre"], read), "pre_traces": rename(traces.on_spike, {**names, **here})}
        on_post = {"post": rename(on_post["post"], read)}
    synapses = brian2.Synapses(
        *groups,
        "\n".join(equations),
        on_pre=on_pre,
        on_post={name: code for name, code in on_post.items() if code} or None,
        delay=None if plan.delays_differ else {"pre": plan.delay * brian2.second},
        **{"name": f"{model.name}*"} | _clock(groups[0], settings) | dict(settings),
    )
    if "pre_traces" in on_pre:
        synapses.pre_traces.order = _AFTER
    return synapses


def _clock(group: brian2.Group, settings: Mapping) -> dict:
    """Return the clock of a group with a step of its own: Brian2's default one would make every run go its steps, too.

    With the same step it stays the default clock, which code of Brian2CUDA for synapses wants to be there.
    """
    same = float(brian2.defaultclock.dt) == float(group.clock.dt)
    return {} if same or "dt" in settings else {"clock": group.clock}


def _here(name: str) -> str:
    """Return the name of a presynaptic trace that each synapse has of its own."""
    return f"{name}_here"


def _keep_traces(synapses: brian2.Synapses, model, at: tuple, names: Mapping[str, str], delay) -> None:
    """Add what keeps the traces of the neurons on one side: synapses of each neuron with itself."""
    side, group = at[0], whole_group(at[1])
    traces = getattr(model, f"{side}_traces")
    own = [name for name in traces.read if name in model.parameters]
    of_neuron = neuron_variables(model, traces)
    here = names | {name: f"{name}_post" for name in of_neuron}
    keeper = brian2.Synapses(
        group,
        group,
        model.with_units(traces.solved("clock-driven", here)),
        on_pre=rename(joined_code(traces.on_spike), here) or None,
        delay={"pre": (delay if side == "pre" else 0.0) * brian2.second} if traces.on_spike else None,
        method="exponential_euler" if of_neuron else "exact",  # exact, too: the neuron's variables hold over a step
        clock=group.clock,
        order=group.order + 1,
        name=f"{synapses.name}_{side}_traces",
    )
    keeper.connect(j="i")
    for name in own:
        refer_to_shared(keeper, names[name], synapses, names[name])
    for name, value in traces.initial.items():
        set_by(keeper, name, here.get(value, value), {})
    for name in traces.names:
        refer(synapses, f"{name}_{side}", keeper, name, side)
    if traces.on_spike:
        keeper.pre.order = _AFTER
    synapses.contained_objects.append(keeper)
