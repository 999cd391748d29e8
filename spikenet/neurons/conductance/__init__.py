"""Neurons with conductances: a membrane that averages, spiking neurons and somata, and their formulas."""

from spikenet.neurons.conductance.cwa import CWA
from spikenet.neurons.conductance.soma import SpikingSoma, StochasticSoma
from spikenet.neurons.conductance.spiking_cwa import SpikingCWA, StochasticCWA
from spikenet.neurons.conductance.steady_state import (
    reversal_potential,
    scaled_valence,
    steady_state,
    time_constant,
)

__all__ = [
    "CWA",
    "SpikingCWA",
    "SpikingSoma",
    "StochasticCWA",
    "StochasticSoma",
    "reversal_potential",
    "scaled_valence",
    "steady_state",
    "time_constant",
]
