"""Calibration of spiking neurons on images, without training: thresholds, then corrections layer by layer.

Thresholds are those with which as many spikes as a run can have come nearest to the activations (mean square over
images and places, for each channel). Then, from the first layer to the last, each channel's bias is corrected by the
error of its mean rate, which is what spikes that come too early or too late leave: Li et al. (2021), "A free lunch from
ANN: towards efficient, accurate spiking neural networks calibration", ICML, without its training of weights.

Conductance neurons have no threshold to choose and no bias. They start halfway to a spike, and each channel's start is
corrected by the spikes that it misses in a run.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import keras
import numpy as np

from spikenet.engines.simulate import Simulation
from spikenet.errors import InvalidValueError
from spikenet.hybrid.activations.spiking_activation import SpikingActivation
from spikenet.hybrid.network.forward import ForwardPass, image_slices
from spikenet.hybrid.network.graph import Graph, Step, StepKind
from spikenet.hybrid.network.modes import Spiking, sent_spikes, spikes_by_step
from spikenet.neurons import SoftResetIF
from spikenet.progress import Progress
from spikenet.recording import Recording

_ROWS = 20_000  # values of a channel from which its threshold is chosen
_SHARES = np.linspace(0.2, 1.0, 41)  # of the largest activity: thresholds that are tried
_ROUNDS = 2  # of corrections of a layer
_STARTS = -1.0, 3.0  # spikes that conductance neurons may have to release at the start


@dataclass(frozen=True, eq=False)
class ActivityStatistics:
    """Activities of a layer on images: mean of each channel (side, channel), and some of them (side, row, channel)."""

    mean: np.ndarray
    some: np.ndarray


def balance(graph: Graph, simulation: Simulation, mode: Spiking, images: np.ndarray, progress: Progress) -> Graph:
    """Return the graph with thresholds, and biases and starts corrected, for checked images.

    Raises
    ------
    InvalidValueError
        For images on which all layers are silent, or sums are not finite.
    """
    statistics = activity_statistics(graph, images)
    spiking = [name for name in statistics if _step(graph, name).neurons]
    for name in spiking:
        if not np.isfinite(statistics[name].mean).all():
            raise InvalidValueError(f"{name} is given numbers that are not finite; look at the weights and the images")
    if spiking and not any(statistics[name].some.max() > 0 for name in spiking):
        raise InvalidValueError(
            f"no unit of {', '.join(spiking)} is active on the {len(images)} images, so there is nothing to "
            "calibrate by; give training images as model.predict takes them"
        )
    for name, found in statistics.items():
        step = _step(graph, name)
        if step.neurons:
            graph = with_neurons(graph, name, **_first_settings(step.neurons, found, mode.steps))
        else:
            graph = _with_start(graph, name, np.full(step.units, 0.5))
    for name, share in zip(statistics, progress.parts([1] * len(statistics)), strict=True):
        for part in share.parts([1] * _ROUNDS):
            step = _step(graph, name)
            error = statistics[name].mean - mean_activity(graph, simulation, mode, images, name, part)
            if step.neurons:
                graph = with_neurons(graph, name, bias=step.neurons.bias + error)
            else:
                missed = np.broadcast_to(mode.steps * error[0], step.shape).reshape(-1)
                graph = _with_start(graph, name, np.clip(step.start + missed, *_STARTS))
    return graph


def _with_start(graph: Graph, name: str, start: np.ndarray) -> Graph:
    """Return the graph with another start of one conductance layer or soma."""
    steps = [replace(step, start=start) if step.name == name and step.releases else step for step in graph.steps]
    return replace(graph, steps=tuple(steps))


def _first_settings(neurons: SpikingActivation, found: ActivityStatistics, steps: int) -> dict:
    """Return thresholds, no bias, and potentials halfway to the threshold where neurons have one in these units."""
    threshold = best_thresholds(found.some, steps, neurons.curve.most)
    soft = neurons.neuron.name == SoftResetIF.name
    start = np.full(neurons.size, 0.5) if soft else None
    return {"threshold": threshold, "bias": np.zeros_like(threshold), "start": start}


def with_neurons(graph: Graph, name: str, **parts) -> Graph:
    """Return the graph with other thresholds, biases or starts of one activation."""
    steps = [
        replace(step, neurons=replace(step.neurons, **parts)) if step.name == name and step.neurons else step
        for step in graph.steps
    ]
    return replace(graph, steps=tuple(steps))


def activity_statistics(graph: Graph, images: np.ndarray) -> dict[str, ActivityStatistics]:
    """Return the activities in Keras on images, by the name of the layer."""
    rng, means, rows = np.random.default_rng(0), {}, {}
    slices = image_slices(graph, 1, len(images))
    for here in slices:
        for step, activity in _activities(graph, images[here]):
            flat = activity.reshape(len(activity), -1, activity.shape[-1])
            means.setdefault(step.name, []).append(flat.sum(axis=1))
            most = max(1, _ROWS // len(slices))
            chosen = rng.choice(flat.shape[1], min(most, flat.shape[1]), replace=False)
            rows.setdefault(step.name, []).append(flat[:, chosen])
    counts = {step.name: len(images) * np.prod(step.shape[:-1]) for step in graph.steps if step.releases}
    return {
        name: ActivityStatistics(sum(parts) / counts[name], np.concatenate(rows[name], axis=1))
        for name, parts in means.items()
    }


def best_thresholds(activities: np.ndarray, steps: int, most: float = 1.0) -> np.ndarray:
    """Return thresholds (side, channel) with which spike counts come nearest to activities (side, row, channel).

    A neuron that starts halfway to its threshold counts to the nearest whole number, from 0 to ``most`` a step.
    """
    largest = activities.max(axis=1)
    largest = np.where(largest > 0, largest, np.where(largest.max() > 0, largest.max(), 1.0))
    errors = []
    for share in _SHARES:
        threshold = (share * largest / most)[:, None]
        counts = np.clip(np.floor(activities * steps / threshold + 0.5), 0, most * steps)
        errors.append(np.mean((counts * threshold / steps - activities) ** 2, axis=1))
    return _SHARES[np.argmin(errors, axis=0)] * largest / most


def mean_activity(
    graph: Graph, simulation: Simulation, mode: Spiking, images: np.ndarray, name: str, progress: Progress
) -> np.ndarray:
    """Return the mean activity for which the spikes of a layer stand, (side, channel)."""
    step, sums = _step(graph, name), []

    def keep(one: Step, recording: Recording) -> None:
        if one.name == name:
            if step.neurons:
                activity = step.neurons.activities(sent_spikes(recording).mean(axis=1))
            else:
                activity = spikes_by_step(recording, mode.steps).mean(axis=1)[None]
            sums.append(activity.reshape(len(activity), -1, step.shape[-1]).sum(axis=1))

    upto = graph.steps[: graph.steps.index(step) + 1]
    part = replace(graph, steps=upto, end=step.gives[0])
    for _ in ForwardPass(part, simulation, mode, on_recording=keep).pieces(images, progress):
        pass
    return sum(sums) / (len(images) * np.prod(step.shape[:-1]))


def _step(graph: Graph, name: str) -> Step:
    return next(step for step in graph.steps if step.name == name and step.releases)


def _activities(graph: Graph, images: np.ndarray) -> Iterator[tuple[Step, np.ndarray]]:
    """Yield each layer that sends spikes, and the activities that these stand for, (side, sample, ...)."""
    values, last = {graph.start: images}, graph.last_uses()
    for step in graph.steps:
        if step.kind is StepKind.ACTIVATION:
            yield step, step.neurons.activity(keras.ops.convert_to_numpy(values[step.takes[0]]))
        values |= dict(zip(step.gives, step(values), strict=True))
        if step.releases and step.kind is not StepKind.ACTIVATION:
            yield step, np.clip(keras.ops.convert_to_numpy(values[step.gives[0]]), 0, 1)[None]
        for key in step.takes:
            if last.get(key) is step:
                values.pop(key, None)
