"""A network whose activations are neurons as one Brian2 `Network`, with what lies between them as `Synapses`.

For small networks, and to look inside. Spikes are answered in the step in which they are sent: what changes in time has
slots of its own in the network's schedule, one behind the other, so layers that run one after the other send the same
spikes.

A maximum has two groups: ``name:sums`` add up all that comes in, and ``name`` passes on how far the largest sum of its
window has grown in a step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import brian2
import keras
import numpy as np

from spikenet.engines.active_device import runtime_device
from spikenet.engines.simulate import Simulation
from spikenet.errors import InvalidValueError
from spikenet.hybrid.activations.synaptic_weights import SynapticInput, changing_steps, synaptic_inputs
from spikenet.hybrid.conductance.checks import check_model_images, check_pixels
from spikenet.hybrid.conductance.circuit import Circuit
from spikenet.hybrid.network.graph import Graph, Step, StepKind
from spikenet.hybrid.network.modes import Spiking
from spikenet.neurons import SoftResetIF
from spikenet.neurons.group import neuron_group, set_values
from spikenet.units import unit_text

_SLOTS = ("gather", "synapses", "groups", "thresholds", "resets")  # of each layer, in this order
_NUMPY = {"codeobj_class": brian2.NumpyCodeObject}


@dataclass(frozen=True)
class Window:
    """Steps of a layer: it takes inputs from the step ``takes`` on, and passes on spikes from the step ``sends`` on."""

    takes: int
    sends: int


@dataclass(frozen=True, eq=False)
class Part:
    """What changes in time, as Brian2 objects.

    Attributes
    ----------
    takes : NeuronGroup, or None for pixels
        What inputs are added to, in its variable ``port``, which has the ``unit``.
    sends : NeuronGroup or SpikeGeneratorGroup
        What passes spikes on, or the growth of a maximum.
    """

    takes: brian2.NeuronGroup | None
    port: str
    unit: str
    sends: brian2.NeuronGroup | brian2.SpikeGeneratorGroup


def circuit_of_activations(graph: Graph, simulation: Simulation, mode: Spiking, image) -> Circuit:
    """Return the network for one image as a circuit of Brian2 objects.

    Raises
    ------
    InvalidValueError
        For networks with conductance layers, for neurons with time steps shorter than a step of the network, and where
        there are too many weights.
    """
    _check(graph, simulation, mode)
    image = check_model_images(graph, np.asarray(image)[None])
    changing, inputs = changing_steps(graph), synaptic_inputs(graph, image)
    windows, names = windows_of(changing, inputs, mode.wait), _names(changing)
    with runtime_device():
        clock = brian2.Clock(simulation.steps.sample_dt * brian2.second)
        network = brian2.Network()
        network.schedule = _schedule(len(changing))
        parts, groups, synapses, traces, spikes = [], {}, {}, {}, {}
        for k, (step, own, window, name) in enumerate(zip(changing, inputs, windows, names, strict=True)):
            if step.kind is StepKind.ENCODER:
                part = _pixels(graph, step, image, mode, simulation.seed, clock)
            elif step.kind is StepKind.MAXIMUM:
                part, operation = _maximum(step, own, k, window if mode.wait else None, mode.steps, clock)
                network.add(operation)
                groups[f"{name}:sums"] = part.takes
            else:
                part = _neurons(step, own, k, window if mode.wait else None, mode.steps, clock)
                traces[name] = brian2.StateMonitor(part.sends, "sent", record=True, clock=clock, **_NUMPY)
                spikes[name] = brian2.SpikeMonitor(part.sends, **_NUMPY)
            groups[name] = part.sends
            for source, weights in own.weights.items():
                delay = (window.takes - windows[source].sends) * clock.dt
                synapses[f"{names[source]}->{name}"] = _connect(parts[source], part, weights, k, delay, clock)
            parts.append(part)
        for objects in (groups, synapses, traces, spikes):
            network.add(*objects.values())
    begins = {name: window.sends for name, window in zip(names, windows, strict=True)}
    total = mode.steps + max(begins.values())
    return Circuit(
        network, groups, synapses, traces, spikes, total, simulation.steps.sample_dt, simulation.seed, "sent", begins
    )


def _schedule(parts: int) -> list[str]:
    """Return slots of Brian2's own names, for what does nothing in a step, and those of each part."""
    own = [f"{slot}_{k}" for k in range(parts) for slot in _SLOTS]
    return ["start", "groups", "thresholds", "synapses", "resets", *own, "end"]


def windows_of(changing: Sequence[Step], inputs: Sequence[SynapticInput], wait: int) -> list[Window]:
    """Return the window of each changing step: layers behind others begin when the last of these sends its first spike.

    Raises
    ------
    InvalidValueError
        For a maximum that is passed on later than it is there.
    """
    windows: list[Window] = []
    for step, own in zip(changing, inputs, strict=True):
        takes = max((windows[source].sends for source in own.weights), default=0)
        for source in own.weights:
            if changing[source].kind is StepKind.MAXIMUM and windows[source].sends < takes:
                raise InvalidValueError(
                    f"{changing[source].name} is a maximum on a short cut past layers that wait, and in one network "
                    "only spikes can be delayed; take sn.Spiking(wait=0), or run the network layer after layer"
                )
        waits = wait if own.weights and step.kind is StepKind.ACTIVATION else 0
        windows.append(Window(takes, takes + waits))
    return windows


def _check(graph: Graph, simulation: Simulation, mode: Spiking) -> None:
    if graph.conductance_steps:
        raise InvalidValueError(
            "the network has conductance layers and activations that are neurons, and one network has one kind of "
            "them; run it layer after layer, by record and logits"
        )
    neuron, step = simulation.neuron, simulation.steps.sample_dt
    if neuron.dt < 0.999 * step:
        raise InvalidValueError(
            f"the neuron {neuron.name} has a time step of {1e3 * neuron.dt:g} ms, and in one network layers answer "
            f"each other once in a step of {1e3 * step:g} ms; take sn.neurons.SoftResetIF, or run the network layer "
            "after layer, by record and logits"
        )
    if mode.wait and neuron.name != SoftResetIF.name:
        raise InvalidValueError(
            f"the neuron {neuron.name} may change before its inputs come; for wait={mode.wait} take "
            "sn.neurons.SoftResetIF, or run the network layer after layer, by record and logits"
        )


def _names(changing: Sequence[Step]) -> list[str]:
    """Return the names of the steps; pixels may be called like a layer."""
    return [f"{step.name}:spikes" if step.kind is StepKind.ENCODER else step.name for step in changing]


def _pixels(graph: Graph, step: Step, image, mode: Spiking, seed: int, clock) -> Part:
    """Return the pixels as a group that spikes; where a pixel has several spikes in a step, it has several neurons."""
    values = {graph.start: image}
    for before in graph.steps[: graph.steps.index(step)]:
        if all(key in values for key in before.takes):
            values |= dict(zip(before.gives, before(values), strict=True))
    pixels = keras.ops.convert_to_numpy(values[step.takes[0]])
    check_pixels(pixels, mode.input)
    counts = mode.encode(pixels.reshape(1, -1), seed, 0)[0]  # (time, pixel)
    most = max(1, int(counts.max()))
    steps, neurons = np.nonzero(np.concatenate([counts > k for k in range(most)], axis=1))
    group = brian2.SpikeGeneratorGroup(most * counts.shape[1], neurons, steps * clock.dt, clock=clock, **_NUMPY)
    return Part(None, "", "", group)


def _neurons(step: Step, own: SynapticInput, place: int, window: Window | None, steps: int, clock) -> Part:
    """Return the neurons of an activation, in the slots of their place; with a window they may only spike within it."""
    neuron = step.neurons.starting()
    if window:
        neuron = replace(neuron, threshold=f"({neuron.threshold}) and {_during(window.sends, steps)}")
    (port,) = neuron.ports
    unit = unit_text(neuron.variables[port])
    group = neuron_group(neuron, step.units, equations=f"drive : {unit} (constant)", clock=clock, **_NUMPY)
    set_values(group, "drive", own.constant)
    group.run_regularly(f"{port} = {_drive(window, steps)}", when=f"gather_{place}", clock=clock, **_NUMPY)
    group.state_updater.when = f"groups_{place}"
    group.thresholder["spike"].when = f"thresholds_{place}"
    group.resetter["spike"].when = f"resets_{place}"
    return Part(group, port, unit, group)


def _during(first: int, steps: int) -> str:
    return f"t > {first}*dt - dt/2 and t < {first + steps}*dt - dt/2"


def _drive(window: Window | None, steps: int) -> str:
    """Return the constant part of what comes in, which is there only within the window."""
    return f"drive*int({_during(window.takes, steps)})" if window else "drive"


def _maximum(
    step: Step, own: SynapticInput, place: int, window: Window | None, steps: int, clock
) -> tuple[Part, brian2.NetworkOperation]:
    """Return the sums of a maximum and its largest ones, and the operation that finds the latter."""
    settings = {"clock": clock, **_NUMPY}
    sums = brian2.NeuronGroup(len(own.constant), "total : 1\ndrive : 1 (constant)", **settings)
    sums.drive = own.constant
    sums.run_regularly(f"total += {_drive(window, steps)}", when=f"gather_{place}", **settings)
    largest = brian2.NeuronGroup(step.units, "largest : 1\ngrown : 1", **settings)
    units, outputs = own.windows
    starts = np.searchsorted(outputs, np.arange(step.units))

    def grow() -> None:  # Brian2 has no equation for a maximum over synapses
        found = np.maximum.reduceat(sums.total_[:][units], starts)
        largest.grown_ = found - largest.largest_[:]
        largest.largest_ = found

    return Part(sums, "total", "1", largest), brian2.NetworkOperation(grow, clock=clock, when=f"groups_{place}")


def _connect(source: Part, part: Part, weights: np.ndarray, place: int, delay, clock) -> brian2.Synapses:
    """Return the synapses from one part to another, wherever a weight is not zero."""
    port = f"{part.port}_post"
    growth = isinstance(source.sends, brian2.NeuronGroup) and "grown" in source.sends.variables
    synapses = brian2.Synapses(
        source.sends, part.takes, f"w : {part.unit} (constant)", on_pre=None if growth else f"{port} += w",
        delay=None if growth else delay, clock=clock, **_NUMPY,
    )  # fmt: skip
    pre, post = np.nonzero(weights)
    copies = len(source.sends) // len(weights)  # of pixels, which may send several spikes in a step
    for k in range(copies):
        synapses.connect(i=pre + k * len(weights), j=post)
    synapses.w_ = np.tile(weights[pre, post], copies)
    if growth:
        synapses.run_regularly(f"{port} += w*grown_pre", when=f"synapses_{place}", clock=clock, **_NUMPY)
    else:
        synapses.pre.when = f"synapses_{place}"
    return synapses
