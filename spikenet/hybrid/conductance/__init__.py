"""Networks of conductance layers, trained in Keras, with Brian2 neurons in the place of the layers."""

from spikenet.hybrid.conductance.bridge import to_brian
from spikenet.hybrid.conductance.loop import in_the_loop
from spikenet.hybrid.conductance.network import BrianNetwork
from spikenet.hybrid.conductance.verification import BrianVerification

__all__ = ["BrianNetwork", "BrianVerification", "in_the_loop", "to_brian"]
