"""A Keras model as a list of steps, in an order in which they can be taken."""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING

import keras
import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.conductance import ConductanceLayer
from spikenet.layers.keras_internals import LayerCall, function_of, layer_calls

if TYPE_CHECKING:
    from spikenet.hybrid.activations.spiking_activation import SpikingActivation


class StepKind(Enum):
    """Kind of a step. All but Keras layers and membranes occur only where neurons spike.

    See `with_somata` and `with_spiking_activations`.
    """

    KERAS = "Keras layer"  # stays as it is
    MEMBRANE = "membrane"  # passes on what it releases
    DENDRITE = "dendrite"  # passes on its potential
    SOMA = "soma"  # releases the sum of potentials that it is given
    ACTIVATION = "activation"  # its neurons send spikes for it
    MAXIMUM = "maximum"  # of spikes that have come so far
    ENCODER = "encoder"  # sends spikes for pixels


@dataclass(frozen=True, eq=False)
class Step:
    """One call of a layer. Values have keys; ``takes`` and ``gives`` are the keys of inputs and outputs.

    ``fill`` makes the layer's arguments of values by key. ``shape`` is that of the output, without the sample.
    ``neurons`` are those of an activation, ``start`` what conductance neurons have to release at the start, (unit,).
    """

    layer: Callable
    name: str
    kind: StepKind
    fill: Callable[[Mapping[int, object]], tuple[tuple, dict]]
    takes: tuple[int, ...]
    gives: tuple[int, ...]
    shape: tuple[int, ...]
    neurons: "SpikingActivation | None" = None
    start: np.ndarray | None = None

    @property
    def has_conductances(self) -> bool:
        return self.kind in (StepKind.MEMBRANE, StepKind.DENDRITE)

    @property
    def simulated(self) -> bool:
        return self.kind in (StepKind.MEMBRANE, StepKind.DENDRITE, StepKind.SOMA, StepKind.ACTIVATION)

    @property
    def releases(self) -> bool:
        return self.kind in (StepKind.MEMBRANE, StepKind.SOMA, StepKind.ACTIVATION)

    @property
    def changes(self) -> bool:
        """Tell whether its output changes in time even where its input does not."""
        return self.simulated or self.kind is StepKind.ENCODER

    @property
    def units(self) -> int:
        return self.neurons.size if self.neurons else math.prod(self.shape)

    def __call__(self, values: Mapping[int, object]) -> list:
        """Return the layer's outputs for these values, as in a trained network, one for each key in ``gives``."""
        args, kwargs = self.fill(values)
        if isinstance(self.layer, keras.Layer) and "training" in inspect.signature(self.layer.call).parameters:
            kwargs = {**kwargs, "training": False}
        return keras.tree.flatten(self.layer(*args, **kwargs))


@dataclass(frozen=True, eq=False)
class WithoutActivation:
    """A layer with weights, without its activation function. The weights are the layer's own."""

    layer: keras.Layer

    def __call__(self, *args, **kwargs):
        activation, self.layer.activation = self.layer.activation, keras.activations.linear
        try:
            return self.layer(*args, **kwargs)
        finally:
            self.layer.activation = activation


@dataclass(frozen=True, eq=False)
class Graph:
    """The steps of a model from one value, ``start``, to another, ``end``."""

    model: keras.Model
    steps: tuple[Step, ...]
    start: int
    end: int

    @property
    def conductance_steps(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.has_conductances)

    @property
    def simulated_steps(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.simulated)

    def after_neurons(self) -> frozenset[int]:
        """Return the values that depend on some neuron, or on spikes of pixels."""
        found = set()
        for step in self.steps:
            if step.changes or found & set(step.takes):
                found |= set(step.gives)
        return frozenset(found)

    def before_neurons(self) -> frozenset[int]:
        """Return the values on which some neuron depends."""
        found = set()
        for step in reversed(self.steps):
            if step.simulated or found & set(step.gives):
                found |= set(step.takes)
        return frozenset(found)

    def before_end(self) -> frozenset[int]:
        """Return the values on which the end depends with no neuron in between."""
        found = {self.end}
        for step in reversed(self.steps):
            if not step.changes and found & set(step.gives):
                found |= set(step.takes)
        return frozenset(found)

    def last_uses(self) -> Mapping[int, Step]:
        """Return the last step that takes a value, by the value's key."""
        return {key: step for step in self.steps for key in step.takes if key != self.end}


def identity(value):
    """Return the value: the layer of a step into an inner model, or out of it."""
    return value


def graph_of(model: keras.Model, *, flat: bool = False) -> Graph:
    """Return the steps of a functional or Sequential model, and of models in it that have conductance layers.

    With ``flat`` all models in it are taken apart.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        For models without a graph of layers, and for other than one input of known size and one output.
    """
    if not isinstance(model, keras.Model):
        raise InvalidTypeError(f"the model is {type(model).__name__}, wanted a Keras model")
    function = _function(model)
    if len(function.inputs) != 1 or len(function.outputs) != 1:
        raise InvalidValueError(
            f"the model has {len(function.inputs)} inputs and {len(function.outputs)} outputs, wanted one of each"
        )
    if None in function.inputs[0].shape[1:]:
        raise InvalidValueError(
            f"the model takes images of the shape {tuple(function.inputs[0].shape)}, and neurons are counted; wanted a "
            "model whose keras.Input has all sizes"
        )
    steps, calls = [], {}
    for step in _steps(function, flat, count(1)):
        calls[step.name] = calls.get(step.name, 0) + 1
        steps.append(step if calls[step.name] == 1 else replace(step, name=f"{step.name}:{calls[step.name]}"))
    return Graph(model, tuple(steps), id(function.inputs[0]), id(function.outputs[0]))


def _function(model: keras.Model) -> keras.Function:
    function = function_of(model)
    if function is None:
        raise InvalidTypeError(
            f"the model {model.name} is {type(model).__name__} without a graph of layers; wanted a functional model, "
            "or a Sequential one that is built: begin it with keras.Input"
        )
    return function


def _steps(function: keras.Function, flat: bool, numbers: Iterator[int], first: int = 0) -> Iterator[Step]:
    """Yield the calls of a model's layers, those that others depend on first.

    ``numbers`` are for the calls of models within: as a model may be called twice, the values of each call have keys
    of their own, which begin at ``first``.
    """
    for call in layer_calls(function):
        takes, gives = (tuple(first + id(one) for one in tensors) for tensors in (call.inputs, call.outputs))
        inner = call.layer
        if isinstance(inner, keras.Model) and (
            flat or any(isinstance(one, ConductanceLayer) for one in layers_in(inner))
        ):
            part, within = _function(inner), next(numbers) << 64  # ids of tensors have fewer bits
            for key, tensor in zip(takes, part.inputs, strict=True):
                yield _identity_step(key, within + id(tensor), tensor)
            yield from _steps(part, flat, numbers, within)
            for key, tensor in zip(gives, part.outputs, strict=True):
                yield _identity_step(within + id(tensor), key, tensor)
        else:
            kind = StepKind.MEMBRANE if isinstance(inner, ConductanceLayer) else StepKind.KERAS
            shape = tuple(call.outputs[0].shape[1:])
            yield Step(inner, inner.name, kind, _fill(call, first), takes, gives, shape)


def _fill(call: LayerCall, first: int) -> Callable[[Mapping[int, object]], tuple[tuple, dict]]:
    """Return what makes a layer's arguments of values whose keys begin at ``first``."""
    keys = {id(tensor): first + id(tensor) for tensor in call.inputs}
    return lambda values: call.fill({own: values[key] for own, key in keys.items()})


def _identity_step(takes: int, gives: int, tensor) -> Step:
    """Return the step from a value outside of an inner model to the same value inside of it, or back."""
    shape = tuple(tensor.shape[1:])
    return Step(identity, "identity", StepKind.KERAS, lambda values: ((values[takes],), {}), (takes,), (gives,), shape)


def layers_in(model: keras.Model) -> Iterator[keras.Layer]:
    """Yield all layers, also those of models within."""
    for one in model.layers:
        yield from layers_in(one) if isinstance(one, keras.Model) else (one,)
