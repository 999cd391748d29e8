"""Neurons inside a trained Keras model. (Not named embed: that is the function, and a module would hide it.)"""

from spikenet.hybrid.calibration import Calibration, Curve
from spikenet.hybrid.conductance import BrianNetwork, BrianVerification, in_the_loop, to_brian
from spikenet.hybrid.embedding import embed
from spikenet.hybrid.network import Evaluation, Hybrid, Verification
from spikenet.hybrid.population import as_hybrid

__all__ = [
    "BrianNetwork",
    "BrianVerification",
    "Calibration",
    "Curve",
    "Evaluation",
    "Hybrid",
    "Verification",
    "as_hybrid",
    "embed",
    "in_the_loop",
    "to_brian",
]
