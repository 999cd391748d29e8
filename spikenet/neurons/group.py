"""Neuron models as Brian2 objects."""

import brian2
import numpy as np

from spikenet.neurons.model import NeuronModel
from spikenet.units import unit_text


def parameter_lines(model: NeuronModel) -> str:
    """Return the parameters as lines of Brian2 equations, so that a compiled program can be run with other values."""
    return "\n".join(
        f"{name} : {unit_text(parameter.dimensions)} (constant{'' if parameter.varies else ', shared'})"
        for name, parameter in model.parameters.items()
    )


def neuron_group(model: NeuronModel, n: int, *, equations: str = "", **settings) -> brian2.NeuronGroup:
    """Return ``n`` neurons as a plain NeuronGroup, with parameters and initial states set.

    ``equations`` are more lines, ``settings`` any arguments of NeuronGroup. ``dt`` and ``method`` are the model's if
    left out.
    """
    settings.setdefault("method", model.method)
    if "clock" not in settings:
        settings.setdefault("dt", model.dt * brian2.second)
    group = brian2.NeuronGroup(
        n,
        "\n".join((model.equations, parameter_lines(model), equations)),
        threshold=model.threshold,
        reset=model.reset,
        refractory=model.refractory or False,
        **settings,
    )
    for name, parameter in model.parameters.items():
        set_values(group, name, np.resize(parameter.value, n) if parameter.varies else parameter.value)
    for name, value in model.initial.items():
        set_values(group, name, np.resize(value, n) if value.ndim else float(value))
    return group


def set_values(group: brian2.NeuronGroup, name: str, values) -> None:
    """Set a variable of a group, in SI units: ``group.tau_ = ...`` sets ``tau_`` where a variable has that name."""
    group.state(name, use_units=False)[:] = values
