"""Private parts of Keras and TensorFlow that spikenet uses. Each has a test of its assumption in tests/layers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType

import keras
from tensorflow.python.framework.ops import gradient_registry


@dataclass(frozen=True, eq=False)
class LayerCall:
    """One call of a layer in a model: its input and output tensors.

    ``fill`` takes values by the ``id`` of the input tensors, and returns the arguments of the layer.
    """

    layer: Callable
    inputs: tuple
    outputs: tuple
    fill: Callable[[Mapping[int, object]], tuple[tuple, dict]]


def function_of(model: keras.Model) -> keras.Function | None:
    """Return the graph of a functional model, or of a Sequential one that is built; None for other models."""
    function = model._functional if isinstance(model, keras.Sequential) else model
    return function if isinstance(function, keras.Function) else None


def layer_calls(function: keras.Function) -> Iterator[LayerCall]:
    """Yield the calls of a model's layers, those that others depend on first."""
    for depth in sorted(function._nodes_by_depth, reverse=True):
        for node in function._nodes_by_depth[depth]:
            if not node.is_input:
                fill = node.arguments.fill_in
                yield LayerCall(node.operation, tuple(node.input_tensors), tuple(node.outputs), fill)


def learning_rate_of(optimizer: keras.optimizers.Optimizer) -> tuple[keras.optimizers.Optimizer, object]:
    """Return the optimizer that holds the learning rate, and the rate itself: a variable, a schedule or a function.

    A loss-scaling optimizer holds none of its own. ``optimizer.learning_rate`` would give the present value only.
    """
    holder = getattr(optimizer, "inner_optimizer", optimizer)
    return holder, holder._learning_rate


def keras_loss_name(loss: Callable) -> str | None:
    """Return the name of one of Keras' own losses (function or class) in small letters; None for other losses."""
    kind = loss if isinstance(loss, FunctionType) else type(loss)
    return kind.__name__.lower() if kind.__module__.startswith("keras.") else None


def call_count(layer: keras.Layer) -> int:
    """Return how often a layer was called on symbolic tensors, in all models together."""
    return len(layer._inbound_nodes)


@contextmanager
def released_gradients() -> Iterator[None]:
    """Forget the custom gradients of graphs that are traced within, at the end.

    TensorFlow keeps each, and with it the whole graph, until the process ends. They are needed only while a graph is
    traced.
    """
    known = gradient_registry._registry
    before = set(known)
    try:
        yield
    finally:
        for name in [one for one in known if one not in before and one.startswith("CustomGradient-")]:
            del known[name]
