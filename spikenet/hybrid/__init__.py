"""Neurons inside a trained Keras model. (Not named embed: that is the function, and a module would hide it.)"""

from spikenet.hybrid.calibration import Calibration, Curve
from spikenet.hybrid.embedding import embed
from spikenet.hybrid.network import Evaluation, Hybrid, Verification

__all__ = ["Calibration", "Curve", "Evaluation", "Hybrid", "Verification", "embed"]
