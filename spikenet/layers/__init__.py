"""Keras layers whose neurons are simulated by Brian2, and what stands in for their derivative."""

from spikenet.layers.crops import Crops
from spikenet.layers.cwa import (
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
from spikenet.layers.files import load_model
from spikenet.layers.gradient import GRADIENTS
from spikenet.layers.jitter import Jitter
from spikenet.layers.population import Population
from spikenet.layers.surrogate import SURROGATES, spike_function
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
