"""The text that ``help(sn.synapses.STDP)`` shows: what a synapse model says about itself."""

from spikenet.neurons.documentation import parameter_table, with_sections
from spikenet.units import SECOND, show


def document_synapse(model) -> str:
    """Return the docstring of one `SynapseModel`: its description, then a section for each kind of field."""
    sections = {
        "Equations of each synapse": ["w : 1", *model.equations.splitlines()],
        "Equations of the postsynaptic neuron": _lines(model.receptor),
        "When a presynaptic spike arrives": model.code_on_pre.splitlines(),
        "After a postsynaptic spike": model.code_on_post.splitlines(),
    }
    for side, traces in {"presynaptic": model.pre_traces, "postsynaptic": model.post_traces}.items():
        if traces is not None:
            spike = [f"after a spike: {line}" for line in _lines(traces.on_spike)]
            sections[f"Traces of each {side} neuron"] = [*_lines(traces.equations), *spike]
    sections |= {
        "Parameters": parameter_table(model),
        "Delay": [show(model.delay, SECOND)],
        "Reference": [model.reference] if model.reference else [],
    }
    return with_sections(model.description or f"The synapse model {model.name}.", sections)


def _lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line]
