"""A graph of an ordinary Keras network becomes one whose activations are neurons that send spikes."""

from collections.abc import Mapping
from dataclasses import replace

import keras

from spikenet.engines.base import Engine
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.activations.functions import is_activation, is_softmax, own_activation, sides_of
from spikenet.hybrid.activations.keras_layers import LAYERS, Treatment
from spikenet.hybrid.activations.rate_line import rate_line
from spikenet.hybrid.activations.spiking_activation import RateLine, SpikingActivation
from spikenet.hybrid.conductance.checks import is_affine
from spikenet.hybrid.network.graph import Graph, Step, StepKind, WithoutActivation, identity
from spikenet.hybrid.network.modes import STEP, Mode, Spiking
from spikenet.neurons import NeuronModel, SoftResetIF

_MAXIMA = tuple(  # those that this version of Keras has
    getattr(keras.layers, name)
    for name, (treatment, _) in LAYERS.items()
    if treatment is Treatment.MAXIMUM and hasattr(keras.layers, name)
)
# Layers that only prepare images: spikes for pixels come after them.
_PREPARING = (
    keras.layers.Rescaling,
    keras.layers.Normalization,
    keras.layers.Reshape,
    keras.layers.Flatten,
    keras.layers.ZeroPadding1D,
    keras.layers.ZeroPadding2D,
    keras.layers.Permute,
    keras.layers.Dropout,
    keras.layers.Identity,
)


def check_activations_can_spike(graph: Graph, mode: Mode, calibrate) -> None:
    """Raise an error for a mode without spikes, and where there are no images to calibrate on."""
    kinds = ", ".join(dict.fromkeys(type(step.layer).__name__ for step in graph.steps))
    if not mode.spiking and graph.conductance_steps:
        raise InvalidValueError(
            f"the mode is {type(mode).__name__}, and only spikes are calibrated; leave out calibrate"
        )
    if not mode.spiking:
        raise InvalidValueError(
            f"the mode is {type(mode).__name__}, and the model has no conductance layer, only {kinds}; wanted "
            "sn.Spiking(), whose neurons stand in for activations, or layers such as sn.layers.CWADense and "
            "sn.layers.CWAConv2D"
        )
    if mode.readout != "count":
        raise InvalidValueError(f"readout is {mode.readout!r}, and activations have no potential; wanted 'count'")
    if calibrate is None:
        raise InvalidValueError(
            f"the model has no conductance layer, only {kinds}; to turn its activations into spikes, give some hundred "
            "training images: to_brian(model, sn.Spiking(), calibrate=images)"
        )


def with_spiking_activations(graph: Graph, neuron: NeuronModel, mode: Spiking, engine: str | Engine) -> Graph:
    """Return the graph with neurons for its activations, exact maxima of spikes, and spikes for pixels if asked.

    A softmax at the end is left out: the network gives logits.

    Parameters
    ----------
    graph : Graph
        All models within it are taken apart.
    neuron : NeuronModel
        What sends spikes in the place of each activation.
    mode : Spiking
        Its ``input`` says how pixels enter the network.
    engine : str or Engine
        Measures the f-I curve of the neuron.

    Raises
    ------
    InvalidValueError
        For activations that have no rule, and for a network without any that has one.
    """
    steps = [part for step in graph.steps for part in _split(step)]
    end = graph.end
    while steps and is_softmax(steps[-1].layer) and steps[-1].gives == (end,):
        end = steps.pop().takes[0]
    found = replace(graph, steps=tuple(steps), end=end)
    line = rate_line(neuron, STEP, engine)
    before, potentials = _before_activations(found), _potentials(found)
    steps = [
        step if potentials & set(step.takes) else _with_neurons(step, before, neuron, line) for step in found.steps
    ]
    found = replace(found, steps=tuple(steps))
    if not any(step.simulated for step in found.steps):
        for step in found.steps:
            if is_activation(step.layer):
                sides_of(step.layer, step.name)  # raises an error that says what to do
        kinds = ", ".join(dict.fromkeys(type(step.layer).__name__ for step in graph.steps))
        raise InvalidValueError(
            f"the model has no activation for neurons to stand in for, only {kinds}; wanted layers with relu, or "
            "conductance layers such as sn.layers.CWADense"
        )
    encoded = mode.input not in (None, "analog") and not found.conductance_steps
    return _with_encoder(found) if encoded else found


def activation_neuron(neuron: NeuronModel | None) -> NeuronModel:
    """Return a neuron that can send spikes for activations, `SoftResetIF` by default. Raises an error for others."""
    if neuron is None:
        return SoftResetIF
    if not isinstance(neuron, NeuronModel):
        raise InvalidTypeError(f"the neuron is {type(neuron).__name__}, wanted a NeuronModel such as sn.LIF")
    if not neuron.spiking or len(neuron.ports) != 1:
        does = f"takes {' and '.join(neuron.ports)}" if neuron.spiking else "never spikes"
        raise InvalidValueError(
            f"the neuron {neuron.name} {does}, and in the place of activations neurons have one drive and send spikes; "
            "take sn.neurons.SoftResetIF or sn.LIF"
        )
    steps = STEP / neuron.dt
    if abs(steps - round(steps)) > 1e-6 or steps < 0.999:
        raise InvalidValueError(
            f"the neuron {neuron.name} has dt={1e3 * neuron.dt:g} ms, wanted a whole part of a step, {1e3 * STEP:g} ms"
        )
    return neuron


def _before_activations(graph: Graph) -> frozenset[int]:
    """Return the values on which some activation depends."""
    found = set()
    for step in reversed(graph.steps):
        if is_activation(step.layer) or found & set(step.gives):
            found |= set(step.takes)
    return frozenset(found)


def _potentials(graph: Graph) -> frozenset[int]:
    """Return the values that are membrane potentials of conductance layers, or sums of them: releases take these."""
    found = set()
    for step in graph.steps:
        keeps = found & set(step.takes) and not is_affine(step.layer) and not is_activation(step.layer)
        if step.has_conductances or keeps:
            found |= set(step.gives)
    return frozenset(found)


def _split(step: Step) -> tuple[Step, ...]:
    """Return a layer with weights and its activation function as two steps."""
    activation = own_activation(step.layer)
    if activation is None:
        return (step,)
    between = -step.gives[0]  # keys of other values are positive
    behind = keras.layers.Activation(activation, dtype=step.layer.dtype_policy, name=step.name)
    behind = activation if isinstance(activation, keras.Layer) else behind
    before = replace(step, layer=WithoutActivation(step.layer), name=f"{step.name}:z", gives=(between,))
    return before, replace(step, layer=behind, fill=lambda values: ((values[between],), {}), takes=(between,))


def _with_neurons(step: Step, before: frozenset[int], neuron: NeuronModel, line: RateLine) -> Step:
    """Return a step with its kind: neurons, a maximum of spikes, or a Keras layer.

    ``before`` are the values that some activation depends on, where functions without a rule cannot be.
    """
    if is_activation(step.layer):
        try:
            sides, ceiling = sides_of(step.layer, step.name)
        except InvalidValueError:
            if before & set(step.gives):
                raise
            return step  # behind all neurons: it is applied to their mean
        neurons = SpikingActivation(neuron, sides, step.shape, ceiling, curve=line)
        return replace(step, kind=StepKind.ACTIVATION, neurons=neurons)
    if isinstance(step.layer, _MAXIMA):
        return replace(step, kind=StepKind.MAXIMUM)
    return step


def _with_encoder(graph: Graph) -> Graph:
    """Return the graph with spikes in the place of pixels, behind the layers that prepare images."""
    key, shape = graph.start, tuple(graph.model.inputs[0].shape[1:])
    while True:
        uses = [step for step in graph.steps if key in step.takes]
        if len(uses) > 1 or not (uses[0].layer is identity or isinstance(uses[0].layer, _PREPARING)):
            break
        key, shape = uses[0].gives[0], uses[0].shape
    pixels, place = -key, graph.steps.index(uses[0])
    encoder = Step(identity, "pixels", StepKind.ENCODER, lambda values: ((values[key],), {}), (key,), (pixels,), shape)
    steps = [_retake(step, {key: pixels}) if step in uses else step for step in graph.steps]
    return replace(graph, steps=(*steps[:place], encoder, *steps[place:]))


def _retake(step: Step, names: Mapping[int, int]) -> Step:
    """Return a step that takes other values; ``names`` has the key of each by the one that it had."""
    own = step.fill

    def fill(values):
        return own({key: values[names.get(key, key)] for key in step.takes})

    return replace(step, fill=fill, takes=tuple(names.get(key, key) for key in step.takes))
