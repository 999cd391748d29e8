"""Weights between the neurons of a network: how much a spike of each adds to the drive of the others in a step.

For networks whose activations are neurons. Between them everything is affine, so it is measured: the drives while
nothing sends spikes, and those while one neuron alone sends one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.hybrid.network.graph import Graph, Step, StepKind

_MOST = 20_000_000  # weights from one layer to another: 160 MB
_VALUES = 1 << 22  # of the largest layer at a time


@dataclass(frozen=True, eq=False)
class SynapticInput:
    """What drives the neurons of a step, or what a maximum is taken of, in each step of time.

    Attributes
    ----------
    constant : ndarray, (unit,)
        The part without any spikes.
    weights : mapping of int to ndarray, (unit before, unit)
        What a spike of each unit of another step adds, or a growth of a maximum by 1, by the place of that step among
        `changing_steps`.
    windows : tuple of ndarray, or None
        Of a maximum: units, and for each the output that may be theirs; sorted by the output.
    """

    constant: np.ndarray
    weights: Mapping[int, np.ndarray]
    windows: tuple[np.ndarray, np.ndarray] | None = None


def changing_steps(graph: Graph) -> tuple[Step, ...]:
    """Return what makes values change in time: neurons, spikes of pixels, and maxima of what changes."""
    after = graph.after_neurons()
    return tuple(
        step for step in graph.steps if step.changes or (step.kind is StepKind.MAXIMUM and after & set(step.takes))
    )


def synaptic_inputs(graph: Graph, image: np.ndarray) -> list[SynapticInput]:
    """Return the input of each of the `changing_steps` for a checked image (1, ...); pixels that send spikes have none.

    Raises
    ------
    InvalidValueError
        Where there are too many weights.
    """
    changing = changing_steps(graph)
    sent_by_none = {step.gives[0]: _values_of(step, np.zeros((1, step.units))) for step in changing}
    silent = _depending_on({graph.start: image} | sent_by_none, {}, graph, changing)
    inputs = [_without_spikes(step, silent) for step in changing]
    for place, source in enumerate(changing):
        rows = max(1, _VALUES // max(step.units for step in graph.steps))
        pieces = [slice(first, first + rows) for first in range(0, source.units, rows)]
        parts: dict[int, list[np.ndarray]] = {}
        for piece in pieces:
            alone = {source.gives[0]: _values_of(source, np.eye(source.units)[piece])}
            found = _depending_on(alone, silent, graph, changing)
            for k, (step, own) in enumerate(zip(changing, inputs, strict=True)):
                if set(step.takes) & set(found):
                    _check_number(source, step, source.units * len(own.constant))
                    parts.setdefault(k, []).append(_given(step, found, silent) - own.constant)
        for k, rows_found in parts.items():
            inputs[k].weights[place] = np.concatenate(rows_found)
    return inputs


def _without_spikes(step: Step, silent: Mapping[int, object]) -> SynapticInput:
    if step.kind is StepKind.ENCODER:
        return SynapticInput(np.zeros(0), {})
    constant = _given(step, silent, {})[0]
    return SynapticInput(constant, {}, _windows(step, silent) if step.kind is StepKind.MAXIMUM else None)


def _windows(step: Step, silent: Mapping[int, object]) -> tuple[np.ndarray, np.ndarray]:
    """Return units and the outputs of a maximum in whose windows they are."""
    shapes = {key: silent[key].shape[1:] for key in step.takes}
    ends = np.cumsum([math.prod(shape) for shape in shapes.values()])
    _check_number(step, step, ends[-1] * step.units)
    parts = np.split(np.eye(ends[-1], dtype="float32"), ends[:-1], axis=1)
    ones = {key: part.reshape(-1, *shapes[key]) for key, part in zip(shapes, parts, strict=True)}
    reached = keras.ops.convert_to_numpy(step(ones)[0]).reshape(len(parts[0]), -1) > 0
    output, unit = np.nonzero(reached.T)
    return unit, output


def _check_number(source: Step, step: Step, weights: int) -> None:
    if weights > _MOST:
        raise InvalidValueError(
            f"there are {weights:,} weights from {source.name} to {step.name}, more than {_MOST:,}; run the network "
            "layer after layer, by record and logits"
        )


def _values_of(step: Step, sent: np.ndarray) -> np.ndarray:
    """Return the values (sample, ...) for which spikes (sample, unit) of a step stand, or the growth of a maximum."""
    values = step.neurons.values(sent) if step.kind is StepKind.ACTIVATION else sent
    return values.astype(getattr(step.layer, "variable_dtype", "float32")).reshape(-1, *step.shape)


def _depending_on(given: Mapping[int, object], known: Mapping[int, object], graph: Graph, changing) -> dict:
    """Return the given values and those that depend on them, up to the next changing step; ``known`` are the others."""
    found = dict(given)
    for step in graph.steps:
        if step not in changing and set(step.takes) & set(found):
            found |= dict(zip(step.gives, step(_taken(step, found, known)), strict=True))
    return found


def _taken(step: Step, found: Mapping[int, object], known: Mapping[int, object]) -> dict:
    """Return the values that a step takes; ``known`` ones, of one sample, are repeated for all samples."""
    rows = max(len(found[key]) for key in step.takes if key in found)
    return {key: found[key] if key in found else keras.ops.repeat(known[key], rows, axis=0) for key in step.takes}


def _given(step: Step, found: Mapping[int, object], known: Mapping[int, object]) -> np.ndarray:
    """Return the drives of neurons, or the values that a maximum is taken of, (sample, unit)."""
    values = [keras.ops.convert_to_numpy(one) for one in _taken(step, found, known).values()]
    if step.kind is StepKind.ACTIVATION:
        return step.neurons.drive(values[0]).astype(float)
    return np.concatenate([one.reshape(len(one), -1) for one in values], axis=1).astype(float)
