"""Receptors: what synapses deliver is added up in the postsynaptic neuron, once for all of its synapses.

An exponential current or conductance is linear: the sum over synapses obeys the equation of one. So it is a state of
the neuron, and a spike only adds to it.
"""

from dataclasses import replace

from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.neurons.equations.definitions import definitions, equation_lines, identifiers, rename
from spikenet.neurons.model import NeuronModel
from spikenet.synapses.brian2_synapse_internals import expression_dimensions
from spikenet.units import unit_text


def with_receptor(synapse, neuron: NeuronModel, port: str, voltage: str) -> NeuronModel:
    """Return a neuron with a synapse's receptor, see `SynapseModel.into`."""
    if not isinstance(neuron, NeuronModel):
        raise InvalidTypeError(f"the neuron is a {type(neuron).__name__}, wanted a NeuronModel such as sn.LIF")
    if not synapse.receptor:
        raise InvalidValueError(
            f"{synapse.name} has no receptor: it changes {', '.join(synapse.targets) or 'nothing'} of the neuron "
            "directly; connect it as it is"
        )
    if port not in neuron.ports:
        raise InvalidValueError(
            f"{neuron.name} has no port {port!r} for the current of {synapse.name}; it has {', '.join(neuron.ports)}: "
            f"give into(neuron, port={neuron.ports[0]!r}) for example"
        )
    variables = neuron.variables
    text = synapse.with_units(synapse.receptor).replace("[port]", unit_text(variables[port]))
    text = rename(text, {"v": voltage}) if "v" in identifiers(text) else text
    added = definitions(text, synapse.name)
    current = next(name for name in added if name.startswith("i_"))
    own = {name: one for name, one in synapse.parameters.items() if name in identifiers(text)}
    for name in (*added, *own):
        if name in variables or name in neuron.parameters:
            raise InvalidValueError(
                f"{neuron.name} has {name} already; give the receptor of {synapse.name} another name, such as "
                ".named('exc')"
            )
    known = variables | {name: one.dimensions for name, one in added.items()}
    known |= {name: one.dimensions for name, one in own.items()}
    if missing := [name for one in added.values() for name in identifiers(one.code) if name not in known]:
        raise InvalidValueError(
            f"{synapse.name} reads {missing[0]} of the neuron, and {neuron.name} has {', '.join(variables)}; give "
            "into(neuron, voltage=...) the name of its membrane potential"
        )
    one = added[current]
    found = expression_dimensions(one.code, known) if one.kind == "subexpression" else one.dimensions
    if found != variables[port]:
        made = "units that do not add up" if found is None else unit_text(found)
        raise UnitError(
            f"{synapse.name} with weight={synapse.parameters['weight']} makes a current in {made}, and the port {port} "
            f"of {neuron.name} takes {unit_text(variables[port])}; give weight= in a unit that makes it one"
        )
    linear = not any(one.kind == "subexpression" for one in added.values())
    return replace(
        neuron,
        name=f"{neuron.name}_{current.removeprefix('i_')}",
        equations="\n".join((_added_to(neuron.equations, port, current), *equation_lines(text))),
        outputs=(*neuron.outputs, *added),
        parameters={**neuron.parameters, **own},
        symbols={**neuron.symbols, **{name: t for name, t in synapse.symbols.items() if name in (*own, *added)}},
        method=_method(neuron, linear),
        description=f"{neuron.description}\n\nWith the receptor of the synapse {synapse.name}.".strip(),
    )


def _added_to(equations: str, port: str, current: str) -> str:
    """Return equations in which a current is added wherever the port is used."""
    lines = []
    for line in equation_lines(equations):
        left, equals, right = line.partition("=")
        code, colon, unit = right.partition(":")
        lines.append(f"{left}{equals}{rename(code, {port: f'({port} + {current})'})}{colon}{unit}")
    return "\n".join(lines)


def _method(neuron: NeuronModel, linear: bool) -> str:
    """Return the neuron's method, or rk4 where it cannot take the receptor, or would take it at first order."""
    noise = any(name.startswith("xi") for one in neuron.definitions.values() for name in identifiers(one.code))
    coarse = neuron.method == "euler" and not noise
    return "rk4" if coarse or (neuron.method == "exact" and not linear) else neuron.method
