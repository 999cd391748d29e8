"""Biological neurons inside Keras networks.

    import spikenet as sn

    hybrid = sn.embed(keras_model, layer="hidden", neuron=sn.FHN, drive=sn.tanh_drive(gamma=-0.5))

Neither TensorFlow nor Brian2 is loaded before something needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from spikenet.renames import RENAMED

__version__ = "0.3.0"

_HOMES = {
    "CWA": "spikenet.neurons",
    "FHN": "spikenet.neurons",
    "IF": "spikenet.neurons",
    "LIF": "spikenet.neurons",
    "Izhikevich": "spikenet.neurons",
    "HodgkinHuxley": "spikenet.neurons",
    **dict.fromkeys(("AdEx", "EIF", "GIF", "QIF", "MorrisLecar", "HindmarshRose", "WilsonCowan"), "spikenet.neurons"),
    "NeuronModel": "spikenet.neurons",
    "Recording": "spikenet.recording",
    "SpikenetError": "spikenet.errors",
    "Schedule": "spikenet.engines.simulate",
    "Simulation": "spikenet.engines.simulate",
    "simulate": "spikenet.engines.simulate",
    "stream": "spikenet.engines.simulate",
    "response_curve": "spikenet.engines.lookup.response",
    "device": "spikenet.scripts",
    "tanh_drive": "spikenet.encode",
    "linear_drive": "spikenet.encode",
    "embed": "spikenet.hybrid",
    "Hybrid": "spikenet.hybrid",
    "in_the_loop": "spikenet.hybrid",
    "to_brian": "spikenet.hybrid",
    "SteadyState": "spikenet.hybrid",
    "Transient": "spikenet.hybrid",
    "Spiking": "spikenet.hybrid",
    "Population": "spikenet.layers",
    "load_model": "spikenet.layers",
    "load_dataset": "spikenet.data",
    "Trainer": "spikenet.train",
}
_ROOMS = (
    *("data", "decode", "encode", "engines", "errors", "hybrid", "layers", "neurons", "recording", "synapses", "train"),
    "units",
)

__all__ = [*sorted(_HOMES), *_ROOMS, "__version__"]

if TYPE_CHECKING:
    from spikenet import (
        data,
        decode,
        encode,
        engines,
        errors,
        hybrid,
        layers,
        neurons,
        recording,
        synapses,
        train,
        units,
    )
    from spikenet.data import load_dataset
    from spikenet.encode import linear_drive, tanh_drive
    from spikenet.engines.lookup.response import response_curve
    from spikenet.engines.simulate import Schedule, Simulation, simulate, stream
    from spikenet.errors import SpikenetError
    from spikenet.hybrid import Hybrid, Spiking, SteadyState, Transient, embed, in_the_loop, to_brian
    from spikenet.layers import Population, load_model
    from spikenet.neurons import (
        CWA,
        EIF,
        FHN,
        GIF,
        IF,
        LIF,
        QIF,
        AdEx,
        HindmarshRose,
        HodgkinHuxley,
        Izhikevich,
        MorrisLecar,
        NeuronModel,
        WilsonCowan,
    )
    from spikenet.recording import Recording
    from spikenet.scripts import device
    from spikenet.train import Trainer


def __getattr__(name: str):
    """Import what is asked for from its home, once."""
    if name in _ROOMS:
        return import_module(f"spikenet.{name}")
    if name in RENAMED:
        raise AttributeError(f"sn.{name} is sn.{RENAMED[name]} now")
    if name not in _HOMES:
        raise AttributeError(f"module 'spikenet' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__
