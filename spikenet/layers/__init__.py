"""Keras layers of neurons: simulated by Brian2 with surrogate gradients, or by conductance-weighted averaging."""

from spikenet.layers.conductance import (
    AbsNormConv2D,
    AbsNormDense,
    CWAConv2D,
    CWADense,
    Doubled,
    LateralInhibition,
    LogNormalConductance,
    Release,
    SparseConductance,
    balance_conductances,
)
from spikenet.layers.crops import Crops
from spikenet.layers.gradient.gradients import GRADIENTS
from spikenet.layers.gradient.surrogate import SURROGATES, spike_function
from spikenet.layers.jitter import Jitter
from spikenet.layers.model_files import load_model
from spikenet.layers.population import Population
from spikenet.layers.vote import Vote

__all__ = [
    "AbsNormConv2D",
    "AbsNormDense",
    "CWAConv2D",
    "CWADense",
    "Crops",
    "Doubled",
    "GRADIENTS",
    "Jitter",
    "LateralInhibition",
    "LogNormalConductance",
    "Population",
    "Release",
    "SURROGATES",
    "SparseConductance",
    "Vote",
    "balance_conductances",
    "load_model",
    "spike_function",
]
