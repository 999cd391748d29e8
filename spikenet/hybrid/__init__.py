"""Neurons inside a trained Keras model. (Not named embed: that is the function, and a module would hide it.)"""

from spikenet.hybrid.calibration import Calibration, Curve
from spikenet.hybrid.conductance import (
    BrianNetwork,
    BrianVerification,
    Spiking,
    SteadyState,
    Transient,
    in_the_loop,
    to_brian,
)
from spikenet.hybrid.embedding import embed
from spikenet.hybrid.hybrid_network import Evaluation, Hybrid, Verification

__all__ = [
    "BrianNetwork",
    "BrianVerification",
    "Calibration",
    "Curve",
    "Evaluation",
    "Hybrid",
    "Spiking",
    "SteadyState",
    "Transient",
    "Verification",
    "embed",
    "in_the_loop",
    "to_brian",
]
