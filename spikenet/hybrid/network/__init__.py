"""Trained Keras networks with Brian2 neurons in the place of conductance layers, and of activations."""

from spikenet.hybrid.network.brian_network import BrianNetwork
from spikenet.hybrid.network.conversion import to_brian
from spikenet.hybrid.network.in_the_loop import in_the_loop
from spikenet.hybrid.network.modes import Spiking, SteadyState, Transient

__all__ = ["BrianNetwork", "Spiking", "SteadyState", "Transient", "in_the_loop", "to_brian"]
