"""Keras layers of neurons, and the gradients that train them.

Simulated neurons
    `Population` runs any neuron model in a layer. GRADIENTS are its gradients by name, SURROGATES the derivatives of a
    spike, whose width `ThroughTime` sets; `spike_function`, `DifferentiableStep` and `unroll` are their parts, for
    networks of your own.

Conductance neurons
    `CWADense` and `CWAConv2D` compute the steady potential of conductance-based neurons (conductance-weighted
    averaging, CWA); `ValenceLayer`, the base of both, has the rules that make conductances from weights. `Doubled` and
    `Release` go before and behind them, `LateralInhibition` around them; `AbsNormDense` and `AbsNormConv2D` are
    controls. `SparseConductance`, `LogNormalConductance` and `balance_conductances` make initial conductances.

Images and decisions
    `Crops` and `Jitter` augment images; `Vote` decodes outputs over time.

Files
    `load_model` loads a model with any of these layers.
"""

import spikenet.layers.backend  # noqa: F401 - before the others
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
    ValenceLayer,
    balance_conductances,
)
from spikenet.layers.crops import Crops
from spikenet.layers.gradient import GRADIENTS, SURROGATES, DifferentiableStep, ThroughTime, spike_function, unroll
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
    "DifferentiableStep",
    "Doubled",
    "GRADIENTS",
    "Jitter",
    "LateralInhibition",
    "LogNormalConductance",
    "Population",
    "Release",
    "SURROGATES",
    "SparseConductance",
    "ThroughTime",
    "ValenceLayer",
    "Vote",
    "balance_conductances",
    "load_model",
    "spike_function",
    "unroll",
]
