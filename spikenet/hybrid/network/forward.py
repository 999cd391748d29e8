"""Images on their way through a network, layer after layer: Keras between the neurons, an engine for the neurons."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import keras
import numpy as np

from spikenet.engines.simulate import Schedule, Simulation
from spikenet.errors import InvalidValueError
from spikenet.hybrid.conductance.checks import PORTS, check_pixels, check_probabilities
from spikenet.hybrid.network.graph import Graph, Step, StepKind
from spikenet.hybrid.network.modes import Mode, at_step_ends, sent_spikes
from spikenet.layers.conductance import ConductanceLayer
from spikenet.neurons import NeuronModel, reversal_potential
from spikenet.neurons.conductance.soma import dendrite_of, soma_of
from spikenet.progress import Progress, silent
from spikenet.recording import Recording

_PIECE_BYTES = 256 << 20
_BYTES_OF_ACTIVATIONS = 32  # one port, all in single precision
_BYTES_A_VALUE = 80  # drives of two ports, in Keras' precision, in SI units and checked; a recording; what is passed on


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """A pass of images through a network.

    The output is that at the end of the run, or, ``over_time``, after each step. ``on_recording`` is called with each
    simulated step and its recording. Of the layers that ``record`` names, these things are recorded, too, and of them
    ``variable`` in the place of what is passed on: the output is then of no use. ``on_step`` is called with each Keras
    layer, the values that it takes in all steps, and the number of images; layers behind the last neurons included.
    """

    graph: Graph
    simulation: Simulation
    mode: Mode
    over_time: bool = False
    on_recording: Callable[[Step, Recording], None] = lambda step, recording: None
    record: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    variable: str | None = None
    on_step: Callable[[Step, list, int], None] | None = None

    def pieces(self, images: np.ndarray, progress: Progress, first: int = 0) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield the output of a piece of checked images at a time, as `__call__` returns it."""
        slices = image_slices(self.graph, self.simulation.steps.samples, len(images))
        shares = progress.parts([here.stop - here.start for here in slices])
        for here, share in zip(slices, shares, strict=True):
            yield here, self(images[here], first + here.start, share)

    def __call__(self, images: np.ndarray, first: int = 0, progress: Progress | None = None) -> np.ndarray:
        """Return the model's output for checked images, (sample, time, ...); ``first`` is the index of their first."""
        graph, last = self.graph, self.graph.last_uses()
        before, after, end = graph.before_neurons(), graph.after_neurons(), graph.before_end()
        if self.on_step:
            before = frozenset(key for step in graph.steps for key in (*step.takes, *step.gives))
        shares = iter((progress or Progress("", silent)).parts([1] * len(graph.simulated_steps)))
        # Values on their way to neurons, and values on their way to the end, which time averages may be.
        flowing, reading = {graph.start: images}, {graph.start: images}
        for place, step in enumerate(graph.steps):
            if step.changes:
                passed_on, read = self._over_time(step, flowing[step.takes[0]], after, (place, first), shares)
                (key,) = step.gives
                if key in before:
                    flowing[key] = _fold(passed_on(), step)
                if key in end:
                    reading[key] = _fold(read(), step)
            else:
                for values, wanted in ((flowing, before), (reading, end)):
                    if wanted & set(step.gives):
                        taken = _repeat_constant(values, step, after)
                        if values is flowing and self.on_step:
                            self.on_step(step, list(taken.values()), len(images))
                        so_far = values is flowing and step.kind is StepKind.MAXIMUM and after & set(step.takes)
                        found = _maximum_so_far(step, taken, len(images)) if so_far else step(taken)
                        values |= dict(zip(step.gives, found, strict=True))
            for key in step.takes:
                if last.get(key) is step:
                    flowing.pop(key, None)
                    reading.pop(key, None)
        output = keras.ops.convert_to_numpy(reading[graph.end])
        return output.reshape(len(images), -1, *output.shape[1:])

    def _over_time(self, step: Step, value, after: frozenset[int], chance: tuple[int, int], shares) -> tuple:
        """Return what a step passes on to neurons and to the read-out, as functions that give (sample, time, unit)."""
        mode = self.mode
        if step.kind is StepKind.ENCODER:
            pixels = keras.ops.convert_to_numpy(value)
            check_pixels(pixels, mode.input)
            spikes = mode.encode(pixels.reshape(len(pixels), -1), self.simulation.seed, chance[1])
            return lambda: spikes, lambda: _averages(spikes, self.over_time)
        changes = step.takes[0] in after
        if step.kind is StepKind.ACTIVATION:
            recording = self._simulate_activation(step, value, changes, chance, next(shares))
            spikes = partial(sent_spikes, recording)
            self.on_recording(step, recording)
            return (
                lambda: step.neurons.values(spikes()),
                lambda: step.neurons.values(_averages(spikes(), self.over_time)),
            )
        recording = self._simulate(step, value, changes, chance, next(shares))
        self.on_recording(step, recording)
        passed_on = at_step_ends if step.kind is StepKind.DENDRITE else mode.next_layer_input
        read = mode.readout_input_over_time if self.over_time else mode.readout_input
        return partial(passed_on, recording), partial(read, recording)

    def _simulate_activation(self, step: Step, z, changes: bool, chance, progress: Progress) -> Recording:
        """Simulate the neurons of an activation that is given ``z``: with time folded in if it ``changes``."""
        steps, wait = self.simulation.steps.samples, self.mode.wait
        drive = step.neurons.drive(np.asarray(z))
        if changes and steps + wait > 1:
            drive = drive.reshape(-1, steps, drive.shape[-1])
            if wait:
                none = np.zeros((len(drive), wait, drive.shape[-1]), drive.dtype)
                drive = np.concatenate([drive, none], axis=1)
        neuron = step.neurons.starting(wait * self.simulation.steps.sample_dt if changes else 0.0)
        seconds = self.simulation.steps.sample_dt
        schedule = Schedule(
            steps * seconds, settle=wait * seconds if changes else 0.0, dt=min(neuron.dt, seconds), sample_dt=seconds
        )
        variable = self.variable if self.variable is not None and step.name in self.record else "sent"
        passed_on = ("trace", "final") if variable == "sent" else ("spikes",)
        record = (*passed_on, *self.record.get(step.name, ()))
        simulation = replace(self.simulation, neuron=neuron, schedule=schedule, seed=self._seed(neuron, chance))
        if step.neurons.neuron.peak_rate or step.neurons.neuron.fastest_rate:  # dt could be too large for some drives
            job, drives = simulation.plan(drive, record, variable)
        else:  # drives stay in single precision
            if not np.isfinite(drive).all():
                raise InvalidValueError(f"{step.name} is given numbers that are not finite; look at the images")
            drives = {neuron.ports[0]: np.ascontiguousarray(drive)}
            drive_steps = {neuron.ports[0]: drive.shape[1] if drive.ndim == 3 else 0}
            job = simulation.job(record, variable, drive_steps)
        return simulation.engine.run(job, drives, progress)

    def _seed(self, neuron: NeuronModel, chance: tuple[int, int]) -> int:
        """Return the seed of a simulation by its place among those of the network: neurons with noise differ by it."""
        if not neuron.noisy:
            return self.simulation.seed
        return int(np.random.SeedSequence([self.simulation.seed, *chance]).generate_state(1)[0] >> 1)

    def _simulate(self, step: Step, p, changes: bool, chance: tuple[int, int], progress: Progress) -> Recording:
        """Simulate the neurons of a step that is given ``p``: with time folded into the samples if it ``changes``."""
        mode, steps, p = self.mode, self.simulation.steps.samples, keras.ops.convert_to_numpy(p)
        neuron = neuron_of(self.simulation.neuron, step)
        if step.start is not None:
            neuron = neuron.with_initial(release=step.start)
        if step.kind is StepKind.SOMA:
            drives = {"u": p.astype(float).reshape(-1, steps, step.units)}
        else:
            samples = len(p) // (steps if changes else 1)
            check_probabilities(step, p, np.inf if changes else 1.0)
            if not changes:
                spikes = mode.encode(p.reshape(samples, -1), self.simulation.seed, chance[1])
                changes = spikes is not None
                p = spikes.reshape(-1, *p.shape[1:]) if changes else p
            shape = (samples, steps, step.units) if changes and steps > 1 else (samples, step.units)
            conductances = (keras.ops.convert_to_numpy(one).reshape(shape) for one in step.layer.drives(p))
            drives = {port: in_siemens(neuron, step.layer, one) for port, one in zip(PORTS, conductances, strict=True)}
        dendrite = step.kind is StepKind.DENDRITE
        record = (*(("trace", "final") if dendrite else mode.record), *self.record.get(step.name, ()))
        variable = self.variable if step.name in self.record else None
        simulation = replace(self.simulation, neuron=neuron, seed=self._seed(neuron, chance))
        passed_on = "z" if dendrite or not mode.spiking else "p"
        job, checked = simulation.plan(drives, record, variable or passed_on)
        return simulation.engine.run(job, checked, progress)


def image_slices(graph: Graph, steps: int, images: int) -> list[slice]:
    """Return as many images at a time as keep memory small."""
    largest = max(step.units for step in graph.steps) * steps
    bytes_a_value = _BYTES_A_VALUE if graph.conductance_steps else _BYTES_OF_ACTIVATIONS
    piece = max(1, _PIECE_BYTES // (bytes_a_value * largest))
    return [slice(start, min(start + piece, images)) for start in range(0, images, piece)]


def neuron_of(neuron: NeuronModel, step: Step) -> NeuronModel:
    """Return the neuron of a step: its potential at rest is the layer's."""
    if step.kind is StepKind.SOMA:
        return soma_of(neuron)
    own = neuron.with_parameters(e_rest=reversal_potential(neuron, step.layer.membrane.e_rest))
    return dendrite_of(own) if step.kind is StepKind.DENDRITE else own


def in_siemens(neuron: NeuronModel, layer: ConductanceLayer, conductances: np.ndarray) -> np.ndarray:
    """Return a layer's scaled conductances in siemens: its ``g_rest`` is that of the neuron.

    What is below zero is rounding: the layer's sums are differences, and its weights have been checked.
    """
    unit = neuron.parameters["g_rest"].value / layer.membrane.g_rest
    return np.maximum(conductances.astype(float), 0.0) * unit


def keras_values(graph: Graph, images: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return what Keras has in the place of the neurons, (sample, unit) by name, and the model's output.

    That are potentials of membranes and dendrites, and what somata release.
    """
    values, neurons, last = {graph.start: images}, {}, graph.last_uses()
    for step in graph.steps:
        values |= dict(zip(step.gives, step(values), strict=True))
        if step.simulated:
            neurons[step.name] = keras.ops.convert_to_numpy(values[step.gives[0]]).reshape(len(images), -1)
        for key in step.takes:
            if last.get(key) is step:
                values.pop(key, None)
    return neurons, keras.ops.convert_to_numpy(values[graph.end])


def _averages(spikes: np.ndarray, over_time: bool) -> np.ndarray:
    """Return spikes a step (sample, time, unit), of all steps, (sample, 1, unit), or of those up to each step."""
    if not over_time:
        return spikes.mean(axis=1, keepdims=True)
    return spikes.cumsum(axis=1, dtype=float) / np.arange(1, spikes.shape[1] + 1)[:, None]


def _maximum_so_far(step: Step, values: Mapping[int, object], samples: int) -> list:
    """Return what a maximum passes on in each step: how far the largest of the sums over time has grown in it.

    Of spikes these are spikes, those of the unit that has sent most so far.
    """

    def unfold(value) -> np.ndarray:
        value = keras.ops.convert_to_numpy(value)
        return value.reshape(samples, -1, *value.shape[1:])

    sums = {key: unfold(values[key]).cumsum(axis=1) for key in step.takes}
    largest = step({key: one.reshape(-1, *one.shape[2:]) for key, one in sums.items()})
    grown = [np.diff(unfold(one), axis=1, prepend=np.zeros_like(unfold(one)[:, :1])) for one in largest]
    return [one.reshape(-1, *one.shape[2:]) for one in grown]


def _fold(values: np.ndarray, step: Step) -> np.ndarray:
    """Return (sample, time, unit) in the layer's own shape, time folded into the samples."""
    return values.astype(getattr(step.layer, "variable_dtype", "float32"), copy=False).reshape(-1, *step.shape)


def _repeat_constant(values: dict, step: Step, changing: frozenset[int]) -> dict:
    """Return the values that a step takes, constant ones repeated as often as there are changing ones."""
    most = max(len(values[key]) for key in step.takes)
    taken = {key: values[key] for key in step.takes}
    for key, value in taken.items():
        if key not in changing and len(value) < most:
            taken[key] = keras.ops.repeat(value, most // len(value), axis=0)
    return taken
