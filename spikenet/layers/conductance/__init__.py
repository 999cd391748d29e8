"""Conductance-weighted averaging (CWA): neurons whose membrane rests between the conductances that are open.

"Learning difficult perceptual tasks with Hodgkin-Huxley networks", sections 2 and 4.
"""

from spikenet.layers.conductance.absnorm import AbsNormConv2D, AbsNormDense
from spikenet.layers.conductance.balance import balance_conductances
from spikenet.layers.conductance.conv2d import CWAConv2D
from spikenet.layers.conductance.dense import CWADense
from spikenet.layers.conductance.initializer import LogNormalConductance, SparseConductance
from spikenet.layers.conductance.lateral import LateralInhibition
from spikenet.layers.conductance.layer import ConductanceLayer, ValenceLayer
from spikenet.layers.conductance.release import Doubled, Release

__all__ = [
    "AbsNormConv2D",
    "AbsNormDense",
    "CWAConv2D",
    "CWADense",
    "ConductanceLayer",
    "Doubled",
    "LateralInhibition",
    "LogNormalConductance",
    "Release",
    "SparseConductance",
    "ValenceLayer",
    "balance_conductances",
]
