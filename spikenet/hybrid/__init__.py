"""Neurons inside a trained Keras model. (Not named embed: that is the function, and a module would hide it.)"""

from spikenet.hybrid.calibration import Calibration, Curve
from spikenet.hybrid.conductance import BrianNetwork, BrianVerification, in_the_loop, to_brian
from spikenet.hybrid.embedding import embed
from spikenet.hybrid.hybrid_network import Evaluation, Hybrid, Verification

__all__ = [
    "BrianNetwork",
    "BrianVerification",
    "Calibration",
    "Curve",
    "Evaluation",
    "Hybrid",
    "Verification",
    "embed",
    "in_the_loop",
    "to_brian",
]
