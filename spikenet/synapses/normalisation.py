"""Normalisation of the weights onto each neuron, at once or again and again in a run."""

import brian2
import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons.group import set_values
from spikenet.synapses.brian2_synapse_internals import add_up, refer, whole_group
from spikenet.units import DIMENSIONLESS, dimensions_of, n_steps, to_seconds


def normalise_now(synapses: brian2.Synapses, totals: np.ndarray, variable: str) -> None:
    """Scale the weights that there are, see `spikenet.synapses.normalise`."""
    _check(synapses, totals, variable)
    weights, post = synapses.state(variable, use_units=False), np.asarray(synapses.j[:])
    values = np.asarray(weights[:])
    sums = np.bincount(post, weights=values, minlength=len(synapses.target))
    factors = np.divide(totals, sums, out=np.ones_like(sums), where=sums != 0)
    weights[:] = values * factors[post]


def normalise_every(synapses: brian2.Synapses, totals: np.ndarray, every, variable: str) -> None:
    """Scale the weights again and again in a run, in the generated code."""
    _check(synapses, totals, variable)
    seconds, dt = to_seconds(every, "every"), float(synapses.source.clock.dt)
    if not n_steps(seconds, dt, "every"):
        raise InvalidValueError("every is 0; wanted one time step or more")
    post = whole_group(synapses.target)
    step = seconds * brian2.second
    sums = brian2.NeuronGroup(len(post), "w_sum : 1\nw_total : 1 (constant)", name=f"{synapses.name}_sums", dt=step)
    start = getattr(synapses.target, "start", 0)
    set_values(sums, "w_total", _on_whole(totals, start, len(synapses.target), len(post)))
    for name in ("w_sum", "w_total"):
        refer(synapses, f"{name}_post", sums, name, "post")
    n = len(synapses.target)
    part = sums[start : start + n] if n < len(sums) else sums
    add_up(synapses, variable, part, "w_sum_post", when="end", order=1)
    scale = f"{variable} *= w_total_post/(w_sum_post + int(w_sum_post == 0)*w_total_post)"
    synapses.run_regularly(scale, clock=sums.clock, when="end", order=2, name=f"{synapses.name}_scale")
    synapses.contained_objects.append(sums)


def _on_whole(totals: np.ndarray, start: int, n: int, n_whole: int) -> np.ndarray | float:
    if not totals.ndim:
        return float(totals)
    values = np.ones(n_whole)
    values[start : start + n] = totals
    return values


def _check(synapses, totals: np.ndarray, variable: str) -> None:
    if not isinstance(synapses, brian2.Synapses):
        raise InvalidTypeError(
            f"the synapses are a {type(synapses).__name__}, wanted what a synapse model's connect(...) returns"
        )
    if variable not in synapses.variables or dimensions_of(synapses.variables[variable]) != DIMENSIONLESS:
        raise InvalidValueError(
            f"{synapses.name} has no weights {variable!r} without a unit; give variable= the name of the weights"
        )
    if totals.ndim and len(totals) != len(synapses.target):
        raise InvalidValueError(
            f"there are {len(totals)} totals for {len(synapses.target)} postsynaptic neurons; wanted as many, or one"
        )
