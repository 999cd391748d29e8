"""Private parts of Keras that spikenet uses. Each has a test of its assumption in tests/layers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import keras


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
