"""Neuron models: a table, and what a model is made of."""

from types import MappingProxyType

from spikenet.neurons.fhn import FHN
from spikenet.neurons.hodgkin_huxley import HodgkinHuxley
from spikenet.neurons.integrate_and_fire import IF, LIF
from spikenet.neurons.izhikevich import Izhikevich
from spikenet.neurons.model import NeuronModel, Parameter

MODELS = MappingProxyType({model.name: model for model in (FHN, LIF, IF, Izhikevich, HodgkinHuxley)})

__all__ = ["FHN", "HodgkinHuxley", "IF", "Izhikevich", "LIF", "MODELS", "NeuronModel", "Parameter"]
