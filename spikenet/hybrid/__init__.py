"""Hybrid networks: trained Keras models in which Brian2 neurons stand in for some layers."""

import spikenet.layers  # noqa: F401 - first, because it says what is wrong with Keras if something is
from spikenet.hybrid.calibration import Calibration, Curve
from spikenet.hybrid.embedding import embed
from spikenet.hybrid.evaluation import Evaluation
from spikenet.hybrid.hybrid_network import Hybrid
from spikenet.hybrid.network import BrianNetwork, Spiking, SteadyState, Transient, in_the_loop, to_brian
from spikenet.hybrid.verification import Distance, LayerDistance, Verification
from spikenet.renames import room_with_renames

__all__ = [
    "BrianNetwork",
    "Calibration",
    "Curve",
    "Distance",
    "Evaluation",
    "Hybrid",
    "LayerDistance",
    "Spiking",
    "SteadyState",
    "Transient",
    "Verification",
    "embed",
    "in_the_loop",
    "to_brian",
]

__getattr__ = room_with_renames("hybrid")
