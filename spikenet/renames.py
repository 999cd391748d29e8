"""Names that were public once: whoever uses one is told today's."""

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from types import MappingProxyType

from spikenet.errors import InvalidTypeError

# Flat names of the package that have become others, or have moved.
RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "load": "load_dataset",
        "respond": "response_curve",
        "as_hybrid": "Hybrid.from_keras",
        "ENGINES": "engines.ENGINES",
        "Cpp": "engines.Cpp",
        "Cuda": "engines.Cuda",
        "Runtime": "engines.Runtime",
        "Response": "engines.Response",
        "ResponseTable": "engines.ResponseTable",
        "MODELS": "neurons.MODELS",
        "SpikingCWA": "neurons.SpikingCWA",
        "StochasticCWA": "neurons.StochasticCWA",
        "Readout": "decode.Readout",
        "DECODERS": "decode.DECODERS",
        "Spikes": "recording.Spikes",
        "BrianNetwork": "hybrid.BrianNetwork",
        "GRADIENTS": "layers.GRADIENTS",
        "SURROGATES": "layers.SURROGATES",
        "CWADense": "layers.CWADense",
        "CWAConv2D": "layers.CWAConv2D",
        "AbsNormDense": "layers.AbsNormDense",
        "AbsNormConv2D": "layers.AbsNormConv2D",
        "LateralInhibition": "layers.LateralInhibition",
        "LogNormalConductance": "layers.LogNormalConductance",
        "SparseConductance": "layers.SparseConductance",
        "Release": "layers.Release",
        "Doubled": "layers.Doubled",
        "Vote": "layers.Vote",
        "balance_conductances": "layers.balance_conductances",
        "History": "train.History",
        "Guard": "train.Guard",
    }
)
# Modes of `to_brian` that were strings.
OLD_MODES: Mapping[str, str] = MappingProxyType(
    {
        "graded": "sn.SteadyState() or sn.Transient()",
        "spiking": "sn.Spiking()",
        "stochastic": "sn.Spiking() with neuron=sn.neurons.StochasticCWA",
    }
)
_WHAT_IT_WAS = "record= says what to keep now, such as 'mean' or 'trace', where it is known at all"


def refuse_old_arguments(name: str, settings: Collection[str], names: Mapping[str, str]) -> None:
    """Raise InvalidTypeError if ``settings`` has old names of keyword arguments; ``names`` has today's by the old ones.

    Today's is the name of an argument, or a call such as ``sn.Spiking(steps=...)``. An old ``record`` was a duration.
    There may be a new one, so it is an old one where ``duration`` is missing.
    """
    old = [one for one in names if one in settings and (one != "record" or "duration" not in settings)]
    if old:
        told = ", ".join(f"{one}= is {names[one]}{'' if '(' in names[one] else '='} now" for one in old)
        raise InvalidTypeError(f"{name}: {told}{f'; {_WHAT_IT_WAS}' if 'record' in old else ''}")


def renamed_arguments(**names: str) -> Callable:
    """Decorate a function whose keyword arguments were renamed, as ``old="new"``: an old one is an InvalidTypeError."""

    def decorate(function: Callable) -> Callable:
        @wraps(function)
        def call(*args, **settings):
            refuse_old_arguments(function.__name__, settings, names)
            return function(*args, **settings)

        return call

    return decorate
