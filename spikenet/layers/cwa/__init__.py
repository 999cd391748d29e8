"""Conductance-weighted averaging (CWA): neurons whose membrane rests between the conductances that are open.

"Learning difficult perceptual tasks with Hodgkin-Huxley networks", sections 2 and 4.
"""

from spikenet.layers.cwa.absnorm import AbsNormConv2D, AbsNormDense
from spikenet.layers.cwa.balance import balance_conductances
from spikenet.layers.cwa.conv2d import CWAConv2D
from spikenet.layers.cwa.dense import CWADense
from spikenet.layers.cwa.initializer import LogNormalConductance, SparseConductance
from spikenet.layers.cwa.lateral import LateralInhibition
from spikenet.layers.cwa.layer import ConductanceLayer
from spikenet.layers.cwa.release import Doubled, Release

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
    "balance_conductances",
]
