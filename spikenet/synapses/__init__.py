"""Synapses: what spikes deliver, and how weights learn; models as frozen data, and plain Brian2 synapses made of them.

learning = sn.synapses.Conductance(weight="2 nS").with_plasticity(sn.synapses.STDP)
cells = sn.LIF.with_synapses(learning).neuron_group(100)
synapses = learning.connect(cells, cells, "i != j", p=0.1)
"""

from types import MappingProxyType

from spikenet.synapses.homeostasis import adaptive_threshold, normalise
from spikenet.synapses.plasticity import Plasticity, Traces
from spikenet.synapses.rules.bengio import BengioSTDP
from spikenet.synapses.rules.diehl_cook import DiehlCook, DiehlCookTriplet
from spikenet.synapses.rules.short_term import ShortTermPlasticity
from spikenet.synapses.rules.stdp import STDP, MultiplicativeSTDP, NearestMultiplicativeSTDP, NearestSTDP
from spikenet.synapses.rules.triplet import NearestTripletSTDP, TripletSTDP
from spikenet.synapses.synapse_model import SynapseModel
from spikenet.synapses.transmission import (
    AlphaConductance,
    AlphaCurrent,
    Conductance,
    DoubleExponentialConductance,
    DoubleExponentialCurrent,
    ExponentialCurrent,
    VoltageJump,
)

_ALL = (
    *(VoltageJump, ExponentialCurrent, AlphaCurrent, DoubleExponentialCurrent),
    *(Conductance, AlphaConductance, DoubleExponentialConductance, ShortTermPlasticity),
    *(STDP, MultiplicativeSTDP, NearestSTDP, NearestMultiplicativeSTDP, TripletSTDP, NearestTripletSTDP),
    *(DiehlCook, DiehlCookTriplet, BengioSTDP),
)
SYNAPSES = MappingProxyType({model.name: model for model in _ALL})

__all__ = [
    "AlphaConductance",
    "AlphaCurrent",
    "BengioSTDP",
    "Conductance",
    "DiehlCook",
    "DiehlCookTriplet",
    "DoubleExponentialConductance",
    "DoubleExponentialCurrent",
    "ExponentialCurrent",
    "MultiplicativeSTDP",
    "NearestMultiplicativeSTDP",
    "NearestSTDP",
    "NearestTripletSTDP",
    "Plasticity",
    "STDP",
    "SYNAPSES",
    "ShortTermPlasticity",
    "SynapseModel",
    "Traces",
    "TripletSTDP",
    "VoltageJump",
    "adaptive_threshold",
    "normalise",
]
