"""Homeostasis: what keeps neurons and their weights in bounds while synapses learn."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons.equations.definitions import identifiers, rename
from spikenet.neurons.model import NeuronModel
from spikenet.neurons.parameter import Parameter
from spikenet.units import DIMENSIONLESS, SECOND, to_si, unit_text

if TYPE_CHECKING:
    from brian2 import Synapses


def adaptive_threshold(
    neuron: NeuronModel, theta_plus, tau_theta, *, threshold: str = "v_threshold", name: str = "theta"
) -> NeuronModel:
    """Return a neuron whose threshold rises after each of its spikes, so that no neuron spikes for all.

    Parameters
    ----------
    neuron : NeuronModel
        A neuron with a threshold that is a parameter.
    theta_plus : Quantity, str or float
        Rise of the threshold after a spike.
    tau_theta : Quantity, str or float
        Time constant with which the rise decays.
    threshold : str, optional
        Parameter in the neuron's threshold.
    name : str, optional
        Name of the rise, a state of the neuron.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        If the neuron has no such threshold, or the values do not fit it.

    Examples
    --------
    >>> import spikenet as sn
    >>> sn.synapses.adaptive_threshold(sn.LIF, "0.05 mV", "10 s").threshold
    'v > (v_threshold + theta)'
    """
    if not isinstance(neuron, NeuronModel):
        raise InvalidTypeError(f"the neuron is a {type(neuron).__name__}, wanted a NeuronModel such as sn.LIF")
    if threshold not in neuron.parameters or threshold not in identifiers(neuron.threshold):
        raise InvalidValueError(
            f"{neuron.name} spikes at {neuron.threshold!r}, which has no parameter {threshold!r}; give threshold= the "
            "name of the parameter that shall rise"
        )
    unit = neuron.parameters[threshold].dimensions
    parameters = {
        f"{name}_plus": Parameter.of(theta_plus, "theta_plus", unit),
        f"tau_{name}": Parameter.of(tau_theta, "tau_theta", SECOND),
    }
    if not np.min(parameters[f"tau_{name}"].value) > 0:
        raise InvalidValueError(f"tau_theta is {parameters[f'tau_{name}']}, wanted more than 0")
    return replace(
        neuron,
        name=f"{neuron.name}_{name}",
        equations=f"{neuron.equations}\nd{name}/dt = -{name}/tau_{name} : {unit_text(unit)}",
        threshold=rename(neuron.threshold, {threshold: f"({threshold} + {name})"}),
        reset=f"{neuron.reset or ''}\n{name} += {name}_plus".strip(),
        parameters={**neuron.parameters, **parameters},
        outputs=(*neuron.outputs, name),
        symbols={
            **neuron.symbols,
            name: "rise of the threshold",
            f"{name}_plus": "rise of the threshold after a spike",
            f"tau_{name}": "time constant of the rise",
        },
    )


def normalise(synapses: "Synapses", total, *, every=None, variable: str = "w") -> None:
    """Scale weights so that those onto each postsynaptic neuron add up to a total.

    Parameters
    ----------
    synapses : brian2.Synapses
        Connected synapses. Weights of a neuron that add up to zero stay as they are.
    total : float or array
        Sum of the weights onto each neuron, or one for each postsynaptic neuron, (post,).
    every : Quantity or str, optional
        Scale them again each time this has passed in a run, at the end of a time step and at the start; once and at
        once if left out.
    variable : str, optional
        The weights.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        If these are no synapses with such weights, or the total is not positive.

    Examples
    --------
    >>> import brian2 as b2, spikenet as sn
    >>> pre, post = sn.LIF.neuron_group(100), sn.LIF.neuron_group(10)
    >>> synapses = sn.synapses.STDP.connect(pre, post, weights="rand()")
    >>> sn.synapses.normalise(synapses, 30)
    >>> print(round(synapses.w[:, 0].sum(), 9))
    30.0
    """
    from spikenet.synapses.normalisation import normalise_every, normalise_now  # noqa: PLC0415 (Brian2 takes 1.6 s)

    totals = to_si(total, DIMENSIONLESS, "total")
    if totals.ndim > 1 or not (totals > 0).all():
        raise InvalidValueError(
            f"the total is {total!r}; wanted a number above 0, or one for each postsynaptic neuron, (post,)"
        )
    if every is None:
        normalise_now(synapses, totals, variable)
    else:
        normalise_every(synapses, totals, every, variable)
