"""Neuron models: equations with all that is needed to simulate them, and the table of those that come with spikenet."""

from types import MappingProxyType

from spikenet.neurons.conductance import (
    CWA,
    SpikingCWA,
    SpikingSoma,
    StochasticCWA,
    StochasticSoma,
    reversal_potential,
    scaled_valence,
    steady_state,
    time_constant,
)
from spikenet.neurons.hodgkin_huxley import HodgkinHuxley
from spikenet.neurons.integrate_and_fire import EIF, GIF, IF, LIF, QIF, AdEx, Izhikevich, SoftResetIF
from spikenet.neurons.model import NeuronModel
from spikenet.neurons.oscillators import FHN, HindmarshRose, MorrisLecar, WilsonCowan
from spikenet.neurons.parameter import Parameter

_ALL = (
    *(FHN, LIF, IF, Izhikevich, HodgkinHuxley, CWA, SpikingCWA, StochasticCWA, SpikingSoma, StochasticSoma),
    *(AdEx, QIF, EIF, GIF, MorrisLecar, HindmarshRose, WilsonCowan, SoftResetIF),
)
MODELS = MappingProxyType({model.name: model for model in _ALL})

__all__ = [
    "AdEx",
    "EIF",
    "GIF",
    "HindmarshRose",
    "MorrisLecar",
    "QIF",
    "WilsonCowan",
    "CWA",
    "FHN",
    "HodgkinHuxley",
    "IF",
    "Izhikevich",
    "LIF",
    "MODELS",
    "NeuronModel",
    "Parameter",
    "SoftResetIF",
    "SpikingCWA",
    "SpikingSoma",
    "StochasticCWA",
    "StochasticSoma",
    "reversal_potential",
    "scaled_valence",
    "steady_state",
    "time_constant",
]
