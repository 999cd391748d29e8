"""Neurons whose pre-activations are summed up within the simulation, from their input and from each other."""

import re
from dataclasses import replace

import numpy as np

from spikenet.encode import Drive
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons.model import NeuronModel
from spikenet.units import show, unit_text

PRE_ACTIVATION, RECURRENT = "pre_activation", "recurrent_input"


def recurrent_neuron(neuron: NeuronModel, drive: Drive) -> NeuronModel:
    """Return the neuron with the drive in its equations, and with two ports in the place of its own.

    `PRE_ACTIVATION` is the input z, and `RECURRENT` the sum of what other units send. The neuron's port becomes the
    subexpression ``drive(pre_activation + recurrent_input)``.

    Raises
    ------
    InvalidTypeError
        If the drive has no formula.
    InvalidValueError
        If the drive can be negative and must not, or the neuron has several ports.
    """
    if not hasattr(drive, "expression"):
        raise InvalidTypeError(
            f"the drive {drive!r} has no expression(z), a formula in Brian2's notation, which recurrent neurons need; "
            "take sn.tanh_drive or sn.linear_drive, or add it"
        )
    port, *others = neuron.ports
    if others:
        raise InvalidValueError(f"{neuron.name} has the ports {', '.join(neuron.ports)}; recurrent neurons have one")
    low, high = drive.range
    if port in neuron.nonnegative and low < 0:
        raise InvalidValueError(
            f"the drive goes down to {show(low, neuron.variables[port])}, and {neuron.name} takes zero or more at "
            f"{port}; give a drive that does not, such as sn.linear_drive(..., low=0)"
        )
    unit = unit_text(neuron.variables[port])
    formula = drive.expression(f"{PRE_ACTIVATION} + {RECURRENT}") + (f"*{unit}" if any(neuron.variables[port]) else "")
    is_port = re.compile(rf"\s*{port}\s*:")
    lines = [f"{port} = {formula} : {unit}" if is_port.match(one) else one for one in neuron.equations.splitlines()]
    rates = {what: _at_most(getattr(neuron, what), port, max(-low, high)) for what in ("fastest_rate", "peak_rate")}
    return replace(
        neuron,
        equations="\n".join((*lines, f"{PRE_ACTIVATION} : 1", f"{RECURRENT} : 1")),
        ports=(PRE_ACTIVATION, RECURRENT),
        outputs=tuple(name for name in neuron.outputs if name != port),
        nonnegative=(),
        **rates,
    )


def _at_most(rate: str | None, port: str, largest: float) -> str | None:
    """Return a rate for the largest drive; None where that has no bound."""
    uses_port = rate is not None and re.search(rf"\b{port}\b", rate)
    if uses_port and not np.isfinite(largest):
        return None
    return re.sub(rf"\b{port}\b", repr(float(largest)), rate) if uses_port else rate
