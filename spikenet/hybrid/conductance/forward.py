"""Images on their way through a network, layer after layer: Keras between the neurons, an engine for them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import keras
import numpy as np

from spikenet.hybrid.conductance.checks import check_released
from spikenet.hybrid.conductance.graph import Graph, Step
from spikenet.hybrid.conductance.membranes import PORTS, SOMA_PORT, Membranes, in_siemens
from spikenet.hybrid.conductance.modes import Mode, at_step_ends
from spikenet.recording import Recording

_DENDRITE_RECORD = ("trace", "final")
_PIECE_BYTES = 256 << 20
_BYTES_A_VALUE = 80  # drives of two ports, in Keras' precision, in SI units and checked; a recording; what is handed on


def pieces_of(graph: Graph, steps: int, images: int) -> Iterator[slice]:
    """As many images at a time as keep memory small."""
    largest = max(step.units for step in graph.steps) * steps
    piece = max(1, _PIECE_BYTES // (_BYTES_A_VALUE * largest))
    return (slice(start, min(start + piece, images)) for start in range(0, images, piece))


@dataclass(frozen=True, eq=False)
class Forward:
    """One way through a network. ``read`` makes of a recording what the layers behind the last neurons are given.

    ``heard`` is told every recording, and what more it wants kept of a layer is in ``wanted``.
    """

    graph: Graph
    membranes: Membranes
    mode: Mode
    read: Callable[[Recording], np.ndarray]
    heard: Callable[[Step, Recording], None] = lambda step, recording: None
    wanted: Callable[[Step], tuple[tuple[str, ...], str | None]] = lambda step: ((), None)

    def __call__(self, images: np.ndarray, first: int = 0) -> np.ndarray:
        """The model's output for checked images of which the first has this place, (sample, time, ...)."""
        graph, last = self.graph, self.graph.last_uses()
        inner, outer = graph.before_neurons(), _before_end(graph)
        timed = graph.behind_neurons()
        flowing, reading = {graph.start: images}, {graph.start: images}
        for place, step in enumerate(graph.steps):
            if step.neural:
                recording = self._simulate(step, flowing[step.takes[0]], step.takes[0] in timed, (place, first))
                self.heard(step, recording)
                (key,) = step.gives
                if key in inner:
                    flowing[key] = _folded(self._handed_on(step, recording), step)
                if key in outer:
                    reading[key] = _folded(self.read(recording), step)
            else:
                for values, wanted in ((flowing, inner), (reading, outer)):
                    if wanted & set(step.gives):
                        values |= dict(zip(step.gives, step(_alike(values, step, timed)), strict=True))
            for key in step.takes:
                if last.get(key) is step:
                    flowing.pop(key, None)
                    reading.pop(key, None)
        found = keras.ops.convert_to_numpy(reading[graph.end])
        return found.reshape(len(images), -1, *found.shape[1:])

    def _simulate(self, step: Step, p, timed: bool, chance: tuple[int, int]) -> Recording:
        """The neurons of one layer, which is given ``p``: folded in time, or one value a sample."""
        steps = self.membranes.steps
        samples = len(p) // (steps if timed else 1)
        p, (record, variable) = keras.ops.convert_to_numpy(p), self.wanted(step)
        record = (*(_DENDRITE_RECORD if step.dendrite else self.mode.record), *record)
        if step.soma:
            drives = {SOMA_PORT: p.astype(float).reshape(samples, steps, step.units)}
            return self.membranes.run(step, drives, record, variable, chance=chance)
        check_released(step, p, np.inf if timed else 1.0)
        if not timed:
            spikes = self.mode.encode(p.reshape(samples, -1), self.membranes.seed, chance[1])
            timed = spikes is not None
            p = spikes.reshape(-1, *p.shape[1:]) if timed else p
        shape = (samples, steps, step.units) if timed and steps > 1 else (samples, step.units)
        drives = (keras.ops.convert_to_numpy(one).reshape(shape) for one in step.layer.drives(p))
        siemens = {
            port: in_siemens(self.membranes.neuron, step.layer, one) for port, one in zip(PORTS, drives, strict=True)
        }
        return self.membranes.run(step, siemens, record, variable, chance=chance)

    def _handed_on(self, step: Step, recording: Recording) -> np.ndarray:
        """What the steps behind neurons are given, (sample, time, unit)."""
        return at_step_ends(recording) if step.dendrite else self.mode.next_layer_input(recording)


def keras_values(graph: Graph, images: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Potentials of each layer of membranes as Keras has them, and what somata release, (sample, unit) by name; and the
    model's output."""
    values, potentials, last = {graph.start: images}, {}, graph.last_uses()
    for step in graph.steps:
        values |= dict(zip(step.gives, step(values), strict=True))
        if step.neural:
            potentials[step.name] = keras.ops.convert_to_numpy(values[step.gives[0]]).reshape(len(images), -1)
        for key in step.takes:
            if last.get(key) is step:
                values.pop(key, None)
    return potentials, keras.ops.convert_to_numpy(values[graph.end])


def _before_end(graph: Graph) -> frozenset[int]:
    """The values on which the end depends with no neuron in between."""
    found = {graph.end}
    for step in reversed(graph.steps):
        if not step.neural and found & set(step.gives):
            found |= set(step.takes)
    return frozenset(found)


def _folded(values: np.ndarray, step: Step) -> np.ndarray:
    """From (sample, time, unit) to the layer's own shape, time folded into the samples."""
    return values.astype(step.layer.variable_dtype, copy=False).reshape(-1, *step.shape)


def _alike(values: dict, step: Step, timed: frozenset[int]) -> dict:
    """The step's values, those that stand still as often as those that move."""
    most = max(len(values[key]) for key in step.takes)
    return {
        key: values[key] if key in timed else keras.ops.repeat(values[key], most // len(values[key]), axis=0)
        if len(values[key]) < most else values[key]
        for key in step.takes
    }  # fmt: skip
