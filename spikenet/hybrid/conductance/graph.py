"""A Keras model as a list of steps, in an order in which they can be taken: what lies between conductance layers."""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import keras

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.conductance import ConductanceLayer


@dataclass(frozen=True, eq=False)
class Step:
    """One call of a layer. Values have keys; ``takes`` and ``gives`` are those that go in and come out.

    ``fill`` makes the layer's arguments of values by key. ``shape`` is that of the output, without the sample. Where
    neurons spike, conductance layers whose potentials something else than a release takes are ``dendrite``, and the
    release behind that is a ``soma``: see `with_somata`.
    """

    layer: Callable
    name: str
    fill: Callable[[Mapping[int, object]], tuple[tuple, dict]]
    takes: tuple[int, ...]
    gives: tuple[int, ...]
    shape: tuple[int, ...]
    dendrite: bool = False
    soma: bool = False

    @property
    def conducting(self) -> bool:
        """Whether membranes take the place of the layer."""
        return isinstance(self.layer, ConductanceLayer)

    @property
    def neural(self) -> bool:
        """Whether an engine simulates it."""
        return self.conducting or self.soma

    @property
    def sends(self) -> bool:
        """Whether it hands on what it releases, and not its potential."""
        return self.neural and not self.dendrite

    @property
    def units(self) -> int:
        return math.prod(self.shape)

    def __call__(self, values: Mapping[int, object]) -> list:
        """What the layer makes of the values, as in a trained network, one a key in ``gives``."""
        args, kwargs = self.fill(values)
        if isinstance(self.layer, keras.Layer) and "training" in inspect.signature(self.layer.call).parameters:
            kwargs = {**kwargs, "training": False}
        return keras.tree.flatten(self.layer(*args, **kwargs))


@dataclass(frozen=True, eq=False)
class Graph:
    """The steps of a model from one value, ``start``, to another, ``end``."""

    model: keras.Model
    steps: tuple[Step, ...]
    start: int
    end: int

    @property
    def sites(self) -> tuple[Step, ...]:
        """The steps that are membranes."""
        return tuple(step for step in self.steps if step.conducting)

    @property
    def neurons(self) -> tuple[Step, ...]:
        """The steps that are simulated."""
        return tuple(step for step in self.steps if step.neural)

    @property
    def senders(self) -> tuple[Step, ...]:
        """The steps that are simulated and release."""
        return tuple(step for step in self.steps if step.sends)

    def behind_neurons(self) -> frozenset[int]:
        """The values that depend on some neuron."""
        found = set()
        for step in self.steps:
            if step.neural or found & set(step.takes):
                found |= set(step.gives)
        return frozenset(found)

    def before_neurons(self) -> frozenset[int]:
        """The values on which some neuron depends."""
        found = set()
        for step in reversed(self.steps):
            if step.neural or found & set(step.gives):
                found |= set(step.takes)
        return frozenset(found)

    def last_uses(self) -> Mapping[int, Step]:
        """The step after which a value is wanted no more."""
        return {key: step for step in self.steps for key in step.takes if key != self.end}


def same(value):
    """The layer that changes nothing."""
    return value


def graph_of(model: keras.Model) -> Graph:
    """The steps of a functional or Sequential model; models in it that have conductance layers are taken apart too.

    Errors: InvalidTypeError, InvalidValueError.
    """
    if not isinstance(model, keras.Model):
        raise InvalidTypeError(f"the model is {type(model).__name__}, wanted a Keras model")
    whole = _function(model)
    if len(whole.inputs) != 1 or len(whole.outputs) != 1:
        raise InvalidValueError(
            f"the model has {len(whole.inputs)} inputs and {len(whole.outputs)} outputs, wanted one of each"
        )
    if None in whole.inputs[0].shape[1:]:
        raise InvalidValueError(
            f"the model takes images of the shape {tuple(whole.inputs[0].shape)}, and neurons are counted; wanted a "
            "model whose keras.Input has all sizes"
        )
    steps = _named(list(_steps(whole)))
    return Graph(model, steps, id(whole.inputs[0]), id(whole.outputs[0]))


def _function(model: keras.Model) -> keras.Function:
    """The model's own graph."""
    whole = model._functional if isinstance(model, keras.Sequential) else model
    if not isinstance(whole, keras.Function):
        raise InvalidTypeError(
            f"the model {model.name} is {type(model).__name__} without a graph of layers; wanted a functional model, "
            "or a Sequential one that is built: begin it with keras.Input"
        )
    return whole


def _steps(function: keras.Function) -> Iterator[Step]:
    """The calls of a model's layers, those that others depend on first."""
    for depth in sorted(function._nodes_by_depth, reverse=True):
        for node in function._nodes_by_depth[depth]:
            if node.is_input:
                continue
            takes, gives = ([id(one) for one in tensors] for tensors in (node.input_tensors, node.outputs))
            inner = node.operation
            if isinstance(inner, keras.Model) and any(isinstance(one, ConductanceLayer) for one in layers_in(inner)):
                part = _function(inner)
                yield from (_same(*pair) for pair in zip(takes, part.inputs, strict=True))
                yield from _steps(part)
                yield from (_same(id(one), out) for one, out in zip(part.outputs, node.outputs, strict=True))
            else:
                shape = tuple(node.outputs[0].shape[1:])
                yield Step(inner, inner.name, node.arguments.fill_in, tuple(takes), tuple(gives), shape)


def _same(key: int, tensor) -> Step:
    """The step between a value outside of an inner model and the same value inside of it."""
    shape = tuple(tensor.shape[1:])
    return Step(same, "same", lambda values: ((values[key],), {}), (key,), (id(tensor),), shape)


def layers_in(model: keras.Model) -> Iterator[keras.Layer]:
    """All layers, also those of models within."""
    for one in model.layers:
        yield from layers_in(one) if isinstance(one, keras.Model) else (one,)


def _named(steps: list[Step]) -> tuple[Step, ...]:
    """The same steps; a layer that is called again gets a number behind its name."""
    seen: dict[str, int] = {}
    named = []
    for step in steps:
        seen[step.name] = seen.get(step.name, 0) + 1
        name = step.name if seen[step.name] == 1 else f"{step.name}:{seen[step.name]}"
        named.append(replace(step, name=name))
    return tuple(named)
