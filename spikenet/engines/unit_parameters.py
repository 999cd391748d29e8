"""Parameters that differ from unit to unit, or from sample to sample: to an engine they are ports that never change.

So they go the way of drives on every engine, and models whose parameters are single numbers keep their programs.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons.model import NeuronModel
from spikenet.neurons.parameter import Parameter
from spikenet.units import to_si, unit_text


def split_parameters(neuron: NeuronModel, given: Mapping | None = None) -> tuple[NeuronModel, Mapping[str, np.ndarray]]:
    """Return the neuron with what it is given, and the values of parameters that differ, in SI units.

    Parameters
    ----------
    neuron : NeuronModel
    given : mapping of str to Quantity, str, float or array, optional
        Other values of its parameters, as for a simulation: one number, (unit,) or (sample, unit).

    Returns
    -------
    NeuronModel
        With the single numbers and the arrays (unit,) that are given.
    mapping of str to ndarray
        Values by name, (1, unit) or (sample, unit), in the order of the model's parameters.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        For names that are no parameters, and values that are none; for samples that would start from different states.
    """
    if given is not None and not isinstance(given, Mapping):
        raise InvalidTypeError(f"parameters is {given!r}, wanted a mapping from names to values, {{'tau_mem': ...}}")
    ours = {name: value for name, value in (given or {}).items() if name not in neuron.parameters or _axes(value) < 2}
    neuron = neuron.with_parameters(**ours)
    values = {}
    for name, parameter in neuron.parameters.items():
        if name in (given or {}) and name not in ours:
            values[name] = to_si(given[name], parameter.dimensions, name)
            if values[name].ndim > 2 or not values[name].size:
                raise InvalidValueError(
                    f"{name} has the shape {values[name].shape}, wanted one number, (unit,) or (sample, unit)"
                )
            started = [state for state, other in neuron.starts_at.items() if other == name]
            if started:
                raise InvalidValueError(
                    f"{started[0]} of {neuron.name} starts at {name}, which differs from sample to sample here, and a "
                    f"start does not; give it one: with_initial({started[0]}=...)"
                )
        elif parameter.varies:
            values[name] = np.array(parameter.value)[None]
    return neuron, MappingProxyType(values)


def _axes(value) -> int:
    """Return the number of axes of a value; 0 for what is no array, which is refused elsewhere."""
    try:
        return np.ndim(value)
    except ValueError:  # lists of different lengths
        return 0


def with_parameter_ports(neuron: NeuronModel, names) -> NeuronModel:
    """Return the neuron with ports, behind its own, in the place of these parameters."""
    lines = [f"{name} : {unit_text(neuron.parameters[name].dimensions)}" for name in names]
    return replace(
        neuron,
        equations="\n".join((neuron.equations, *lines)),
        ports=(*neuron.ports, *names),
        parameters={name: one for name, one in neuron.parameters.items() if name not in names},
        starts_at={state: name for state, name in neuron.starts_at.items() if name not in names},
    )


def single_rows(neuron: NeuronModel, values: Mapping[str, np.ndarray]):
    """Yield the neuron with single numbers for its parameters: one for each combination that occurs."""
    if not values:
        yield neuron
        return
    columns = np.stack([array.ravel() for array in np.broadcast_arrays(*values.values())], axis=1)
    for row in np.unique(columns, axis=0):
        single = {name: Parameter(float(value), neuron.parameters[name].dimensions)
                  for name, value in zip(values, row, strict=True)}  # fmt: skip
        yield neuron.with_parameters(**single)
