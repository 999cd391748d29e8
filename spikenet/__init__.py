"""Biological neurons inside Keras networks.

    import spikenet as sn

    hybrid = sn.embed(keras_model, layer="hidden", neuron=sn.FHN, drive=sn.tanh_drive(gamma=-0.5))

Neither TensorFlow nor Brian2 is loaded before something needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOMES = {
    "CWA": "spikenet.neurons",
    "FHN": "spikenet.neurons",
    "IF": "spikenet.neurons",
    "LIF": "spikenet.neurons",
    "Izhikevich": "spikenet.neurons",
    "HodgkinHuxley": "spikenet.neurons",
    "SpikingCWA": "spikenet.neurons",
    "StochasticCWA": "spikenet.neurons",
    "MODELS": "spikenet.neurons",
    "NeuronModel": "spikenet.neurons",
    "Recording": "spikenet.recording",
    "Spikes": "spikenet.recording",
    "SpikenetError": "spikenet.errors",
    "ENGINES": "spikenet.engines.base",
    "simulate": "spikenet.engines.base",
    "stream": "spikenet.engines.base",
    "Cpp": "spikenet.engines.standalone.cpp.engine",
    "Cuda": "spikenet.engines.standalone.cuda.engine",
    "Runtime": "spikenet.engines.runtime",
    "device": "spikenet.scripts",
    "Response": "spikenet.engines.lookup.response",
    "ResponseTable": "spikenet.engines.lookup.response",
    "respond": "spikenet.engines.lookup.response",
    "tanh_drive": "spikenet.encode",
    "linear_drive": "spikenet.encode",
    "Readout": "spikenet.decode",
    "DECODERS": "spikenet.decode",
    "embed": "spikenet.hybrid",
    "Hybrid": "spikenet.hybrid",
    "as_hybrid": "spikenet.hybrid",
    "in_the_loop": "spikenet.hybrid",
    "to_brian": "spikenet.hybrid",
    "BrianNetwork": "spikenet.hybrid",
    "Population": "spikenet.layers",
    "CWADense": "spikenet.layers",
    "CWAConv2D": "spikenet.layers",
    "AbsNormDense": "spikenet.layers",
    "AbsNormConv2D": "spikenet.layers",
    "LateralInhibition": "spikenet.layers",
    "LogNormalConductance": "spikenet.layers",
    "Release": "spikenet.layers",
    "Doubled": "spikenet.layers",
    "SparseConductance": "spikenet.layers",
    "Vote": "spikenet.layers",
    "balance_conductances": "spikenet.layers",
    "load_model": "spikenet.layers",
    "GRADIENTS": "spikenet.layers",
    "SURROGATES": "spikenet.layers",
    "load": "spikenet.data",
    "Trainer": "spikenet.train",
    "History": "spikenet.train",
    "Guard": "spikenet.train",
}

__all__ = [*sorted(_HOMES), "__version__"]

if TYPE_CHECKING:
    from spikenet.data import load
    from spikenet.decode import DECODERS, Readout
    from spikenet.encode import linear_drive, tanh_drive
    from spikenet.engines.base import ENGINES, simulate, stream
    from spikenet.engines.lookup.response import Response, ResponseTable, respond
    from spikenet.engines.runtime import Runtime
    from spikenet.engines.standalone.cpp.engine import Cpp
    from spikenet.engines.standalone.cuda.engine import Cuda
    from spikenet.errors import SpikenetError
    from spikenet.hybrid import BrianNetwork, Hybrid, as_hybrid, embed, in_the_loop, to_brian
    from spikenet.layers import (
        GRADIENTS,
        SURROGATES,
        AbsNormConv2D,
        AbsNormDense,
        CWAConv2D,
        CWADense,
        Doubled,
        LateralInhibition,
        LogNormalConductance,
        Population,
        Release,
        SparseConductance,
        Vote,
        balance_conductances,
        load_model,
    )
    from spikenet.neurons import (
        CWA,
        FHN,
        IF,
        LIF,
        MODELS,
        HodgkinHuxley,
        Izhikevich,
        NeuronModel,
        SpikingCWA,
        StochasticCWA,
    )
    from spikenet.recording import Recording, Spikes
    from spikenet.scripts import device
    from spikenet.train import Guard, History, Trainer


def __getattr__(name: str):
    """Import what is asked for from its home, once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'spikenet' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__
