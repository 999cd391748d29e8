"""Networks of conductance layers, trained in Keras, with Brian2 neurons in the place of the layers."""

from spikenet.hybrid.conductance.brian_network import BrianNetwork, to_brian
from spikenet.hybrid.conductance.in_the_loop import in_the_loop
from spikenet.hybrid.conductance.modes import Spiking, SteadyState, Transient

__all__ = ["BrianNetwork", "Spiking", "SteadyState", "Transient", "in_the_loop", "to_brian"]
