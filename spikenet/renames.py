"""Former public names: using one raises an error that tells the new name."""

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from types import MappingProxyType

from spikenet.errors import InvalidTypeError

# Names in `sn` that were renamed or have moved.
RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "engine": "engines",
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
# Names in rooms and classes that were renamed.
RENAMED_WITHIN: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "decode": {"dwell": "decode_dwell_logits", "mean": "decode_mean_logits"},
        "hybrid": {"BrianVerification": "Verification"},
        "Spikes": {"of": "times_of"},
        "Recording": {"made": "provenance", "output": "variable"},
        "Hybrid": {
            "simulate": "simulation.run", "timing": "simulation.schedule", "seed": "simulation.seed",
        },
        "BrianNetwork": {"dynamics": "mode"},
        "Readout": {"accept": "checked_input", "parameters": "weights_and_bias"},
    }
)  # fmt: skip
# Modes of `to_brian` that were strings.
OLD_MODES: Mapping[str, str] = MappingProxyType(
    {
        "graded": "sn.SteadyState() or sn.Transient()",
        "spiking": "sn.Spiking()",
        "stochastic": "sn.Spiking() with neuron=sn.neurons.StochasticCWA",
    }
)
_WHAT_IT_WAS = "record= says what to record now, such as 'mean' or 'trace', where a function has it"


def refuse_old_arguments(name: str, settings: Collection[str], names: Mapping[str, str]) -> None:
    """Raise InvalidTypeError if ``settings`` has former names of keyword arguments.

    ``names`` maps former names to new ones, or to calls such as ``sn.Spiking(steps=...)``. The former ``record`` was a
    duration; because there is a new ``record``, it counts as the former one only where ``duration`` is missing.
    """
    old = [one for one in names if one in settings and (one != "record" or "duration" not in settings)]
    if old:
        told = ", ".join(f"{one}= is {names[one]}{'' if '(' in names[one] else '='} now" for one in old)
        raise InvalidTypeError(f"{name}: {told}{f'; {_WHAT_IT_WAS}' if 'record' in old else ''}")


def room_with_renames(room: str) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a room; former names in it raise AttributeError with the new ones."""

    def missing(name: str):
        _refuse_old_name(room, name, f"module 'spikenet.{room}' has no attribute {name!r}")

    return missing


def with_renames[Class: type](cls: Class) -> Class:
    """Return a class whose former attributes raise AttributeError with the new names."""

    def missing(self, name: str):
        _refuse_old_name(cls.__name__, name, f"{cls.__name__!r} object has no attribute {name!r}")

    cls.__getattr__ = missing
    return cls


def _refuse_old_name(where: str, name: str, otherwise: str) -> None:
    new = RENAMED_WITHIN[where].get(name)
    raise AttributeError(f"{where}.{name} is {where}.{new} now" if new else otherwise)


def renamed_arguments(**names: str) -> Callable:
    """Return a decorator that makes former keyword arguments, as ``old="new"``, raise InvalidTypeError."""

    def decorate(function: Callable) -> Callable:
        @wraps(function)
        def call(*args, **settings):
            refuse_old_arguments(function.__name__, settings, names)
            return function(*args, **settings)

        return call

    return decorate
