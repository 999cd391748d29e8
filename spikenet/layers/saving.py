"""Models, drives and engines as plain JSON, for a layer's configuration."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import numpy as np

from spikenet.encode.drive import LinearDrive, TanhDrive
from spikenet.engines.lookup.response import Response
from spikenet.engines.runtime import Runtime
from spikenet.engines.standalone.cpp.engine import Cpp
from spikenet.engines.standalone.cuda.engine import Cuda
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.gradient.gradients import ThroughTime
from spikenet.neurons.model import NeuronModel
from spikenet.neurons.parameter import Parameter

_KINDS = {
    kind.__name__: kind
    for kind in (NeuronModel, Parameter, TanhDrive, LinearDrive, Cpp, Cuda, Response, Runtime, ThroughTime)
}


def to_json(value: object) -> object:
    """Return mappings, lists, numbers and texts. Raise InvalidTypeError for values of an unknown kind."""
    if is_dataclass(value) and type(value).__name__ in _KINDS:
        return {"kind": type(value).__name__} | {one.name: to_json(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {name: to_json(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(one) for one in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise InvalidTypeError(
        f"a layer with {value!r} cannot be saved; wanted one of {', '.join(_KINDS)}, or a name from a table"
    )


def from_json(stored: object) -> object:
    """Return the value that `to_json` was given. Raise InvalidValueError for an unknown kind."""
    if isinstance(stored, Mapping):
        values = {name: from_json(one) for name, one in stored.items() if name != "kind"}
        if "kind" not in stored:
            return values
        if not isinstance(stored["kind"], str) or stored["kind"] not in _KINDS:
            raise InvalidValueError(f"the saved layer has a {stored['kind']!r}; known are {', '.join(_KINDS)}")
        try:
            return _KINDS[stored["kind"]](**values)
        except TypeError as error:
            raise InvalidValueError(f"the saved {stored['kind']} is damaged or of another version: {error}") from error
    return tuple(from_json(one) for one in stored) if isinstance(stored, list) else stored
