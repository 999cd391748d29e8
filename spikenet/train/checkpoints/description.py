"""Describe a model and its loss as text that is the same in every process: settings, structure and code."""

import hashlib
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial

import keras
import numpy as np

from spikenet.layers.keras_internals import function_of, layer_calls

# Keras counts objects in names; initial weights are in a checkpoint; results do not depend on threads.
_LEFT_OUT = frozenset({"name", "registered_name", "initializer", "threads", "build_config", "compile_config"})
_CONTAINERS = ("layers", "input_layers", "output_layers", "build_input_shape")  # described layer by layer
_LIBRARIES = ("keras", "tensorflow", "spikenet", "numpy", "builtins")  # their code is that of their version


def describe_layers(model: keras.Model) -> Iterator[tuple[str, dict]]:
    """Yield a name and the settings of each layer, and how the layers are connected."""
    layers = list(_nested(model))
    numbers = {id(layer): number for number, layer in enumerate(layers)}
    for number, layer in enumerate(layers):
        yield f"model.{number} {type(layer).__name__}", _layer(layer, numbers)


def describe_loss(loss: Callable) -> dict:
    """Return the settings of a loss, and its code if it is your own."""
    if isinstance(loss, keras.losses.Loss):
        own = {} if _is_of_library(loss) else {"code": _digest(describe(loss))}
        return {"class_name": type(loss).__qualname__, **_settings(loss.get_config()), **own}
    name = getattr(loss, "__qualname__", type(loss).__qualname__)
    return {"function": name} | ({} if _is_of_library(loss) else {"code": _digest(describe(loss))})


def describe(value: object, seen: dict | None = None) -> str:
    """Return a text of a value's content: numbers, arrays, mappings, functions with their code, and objects.

    What was ``seen`` before, by its id, is described once.
    """
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | np.generic):
        return repr(value)
    seen = {} if seen is None else seen
    if id(value) in seen:
        return f"number {list(seen).index(id(value))} again"
    seen[id(value)] = value
    below = partial(describe, seen=seen)
    if isinstance(value, np.ndarray | keras.Variable):
        array = np.ascontiguousarray(value)
        return f"array {array.dtype} {array.shape} {hashlib.sha256(array).hexdigest()[:16]}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{below(key)}: {below(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(below, value)) + "]"
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(below, value))) + "}"
    if isinstance(value, types.CodeType):
        return f"code {value.co_code.hex()} {below(value.co_consts)} {value.co_names}"
    if isinstance(value, type | types.ModuleType) or _is_of_library(value):
        return getattr(value, "__qualname__", None) or getattr(value, "__name__", None) or _object(value, below)
    if isinstance(value, types.MethodType):
        return f"{below(value.__func__)} of {below(value.__self__)}"
    if isinstance(value, types.FunctionType):
        return _function(value, below)
    if isinstance(value, partial):
        return f"partial {below(value.func)} {below(value.args)} {below(value.keywords)}"
    return _object(value, below)


def _function(function: types.FunctionType, below: Callable) -> str:
    """Return the code of a function with what it uses: defaults, closure, and values and functions of its module."""
    code, module = function.__code__, function.__globals__
    closure = [_cell(cell) for cell in function.__closure__ or ()]
    used = {name: module[name] for name in code.co_names if name in module and module[name] is not function}
    return f"{below(code)} {below([function.__defaults__, function.__kwdefaults__, closure])} {below(used)}"


def _object(value: object, below: Callable) -> str:
    """Return the class of an object, its code if it is your own, and what a plain object holds."""
    kind = type(value)
    if is_dataclass(value):
        held = {one.name: getattr(value, one.name) for one in fields(value)}
    else:
        held = {} if _is_of_library(kind) else getattr(value, "__dict__", {})
    return f"{kind.__qualname__} {below(held)} {_own_code(kind)}"


def _cell(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # empty
        return None


def _layer(layer: keras.Layer, numbers: Mapping[int, int]) -> dict:
    """Return the settings of one layer; for a model, how its layers are connected."""
    if isinstance(layer, keras.Model):
        return {"layers": _connections(layer, numbers), **_own_code(type(layer))}
    if isinstance(layer, keras.layers.Lambda):
        return {"function": _digest(describe([layer.function, layer.arguments]))}
    plain = {name: one for name, one in vars(layer).items() if not name.startswith("_") and _is_plain(one)}
    try:
        with warnings.catch_warnings(action="ignore"):  # Keras' about functions in the configuration
            settings = layer.get_config()
    except (NotImplementedError, TypeError, ValueError):  # of a layer that cannot be saved
        settings = plain
    # Keras has the file and the line of a function in its configuration.
    functions = {name: plain[name] for name in settings if isinstance(plain.get(name), types.FunctionType)}
    own = {name: _digest(describe(one)) for name, one in functions.items() if not _is_of_library(one)}
    return _settings(settings) | own | _own_code(type(layer))


def _connections(model: keras.Model, numbers: Mapping[int, int]) -> str:
    function = function_of(model)
    if function is None:
        return str([numbers[id(layer)] for layer in model.layers])
    tensors: dict[int, int] = {}

    def numbered(some) -> list[int]:
        return [tensors.setdefault(id(tensor), len(tensors)) for tensor in some]

    numbered(function.inputs)
    calls = [
        f"{numbers.get(id(call.layer), type(call.layer).__name__)}{numbered(call.inputs)}->{numbered(call.outputs)}"
        for call in layer_calls(function)
    ]
    return f"{' '.join(calls)} gives {numbered(function.outputs)}"


def _nested(model: keras.Model) -> Iterator[keras.Layer]:
    yield model
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _nested(layer)
        else:
            yield layer


def _settings(config: Mapping) -> dict:
    """Return the settings that make a difference, functions as digests of their code."""
    left_out = {name for name in config if name in _LEFT_OUT or name in _CONTAINERS or name.endswith("_initializer")}
    return {name: _setting(value) for name, value in config.items() if name not in left_out}


def _setting(value: object) -> object:
    if isinstance(value, Mapping):
        return _settings(value)
    text = describe(value)
    return text if len(text) < 200 else _digest(text)


def _own_code(kind: type) -> dict:
    """Return the code of a class that is of no library."""
    own = [one for one in kind.__mro__ if not _is_of_library(one)]
    code = {
        f"{one.__qualname__}.{name}": method.__code__
        for one in own
        for name, method in vars(one).items()
        if isinstance(method, types.FunctionType)
    }
    return {"code": _digest(describe(code))} if code else {}


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str | np.ndarray | types.FunctionType)


def _is_of_library(value: object) -> bool:
    return (getattr(value, "__module__", None) or "").partition(".")[0] in _LIBRARIES


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
