"""What a rule of plasticity does to given spikes: simulated, and in closed form, worked out from the spikes alone."""

from dataclasses import replace

import numpy as np
from brian2 import Network, SpikeGeneratorGroup, second

from spikenet.experiments.experiment import Setup
from spikenet.papers.gupta_naveed.brian2_run import simulator
from spikenet.synapses import SynapseModel

TRIPLETS = ("triplet_stdp", "nearest_triplet_stdp")


def simulated_changes(
    model: SynapseModel, pairs: list[tuple[np.ndarray, np.ndarray]], step: float, setup: Setup
) -> np.ndarray:
    """Return the change of one weight for each pair of spike trains, simulated in one network.

    Parameters
    ----------
    model : SynapseModel
        The rule; what it delivers is left out, so that the spikes are those that are given.
    pairs : list of tuple of array
        Presynaptic and postsynaptic spike times in seconds, whole multiples of ``step``.
    step : float
        Time step in seconds. Traces decay exactly, whatever it is.
    setup : Setup
        Its engine simulates.

    Returns
    -------
    ndarray of float
        Changes of the weight (pair,).
    """
    silent = replace(model, on_pre="")
    n = len(pairs)
    with simulator(setup):
        groups = [
            SpikeGeneratorGroup(
                n,
                np.concatenate([np.full(len(pair[side]), k) for k, pair in enumerate(pairs)]),
                np.concatenate([pair[side] for pair in pairs]) * second,
                dt=step * second,
                name=f"{name}_{model.name}",
            )
            for side, name in enumerate(("pre", "post"))
        ]
        synapses = silent.connect(*groups, "one_to_one")
        last = max(times.max() for pair in pairs for times in pair)
        Network(*groups, synapses).run((last + 2 * step) * second)
    return np.array(synapses.w[:]) - model.initial_weight


def analytic_change(model: SynapseModel, pre: np.ndarray, post: np.ndarray) -> float:
    """Return the change of a weight as a sum over spikes: of pairs, or of pairs and triplets, without bounds.

    A multiplicative rule is given one pair, since its weight stays the same in between.
    """
    value = {name: parameter.value for name, parameter in model.parameters.items()}
    nearest = model.name.startswith("nearest")

    def trace(spikes: np.ndarray, now: float, tau: float) -> float:
        past = np.exp((spikes[spikes < now - 1e-9] - now) / value[tau])
        return float(past[-1] if nearest and len(past) else past.sum())

    if model.name in TRIPLETS:
        up = sum(
            trace(pre, t, "tau_plus") * (value["a2_plus"] + value["a3_plus"] * trace(post, t, "tau_y")) for t in post
        )
        down = sum(
            trace(post, t, "tau_minus") * (value["a2_minus"] + value["a3_minus"] * trace(pre, t, "tau_x")) for t in pre
        )
        return up - down
    w = model.initial_weight
    soft = "multiplicative" in model.name
    up = (value["w_max"] - w if soft else 1) * value["a_plus"] * sum(trace(pre, t, "tau_plus") for t in post)
    down = (w - value["w_min"] if soft else 1) * value["a_minus"] * sum(trace(post, t, "tau_minus") for t in pre)
    return up - down
