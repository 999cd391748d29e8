"""A feed-forward network of conductance neurons as one Brian2 `Network`, its conductances as weights of `Synapses`.

For small networks, and to look inside: groups, synapses and monitors are plain Brian2 objects. Layers that are
simulated one after the other give the same results, as in both

- potentials flow without delay: in a step, every layer is driven by what the others release as the step begins;
- spikes are answered in the step in which they are sent: the layers have slots of their own, one after the other, in
  the network's schedule (Brian2's own schedule would delay them by a step a layer).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import brian2
import numpy as np

from spikenet.engines.active_device import runtime_device
from spikenet.errors import InvalidValueError
from spikenet.neurons.group import neuron_group
from spikenet.neurons.model import NeuronModel
from spikenet.recording import Recording, Spikes

_WEIGHTS = "w_exc : siemens (constant)\nw_inh : siemens (constant)"
_GRADED = (
    _WEIGHTS
    + """
    g_exc_post = w_exc*p_pre : siemens (summed)
    g_inh_post = w_inh*p_pre : siemens (summed)
"""
)
_LATERAL = "w_onto : siemens (constant)\ng_lateral_post = w_onto*p_pre : siemens (summed)"
_ON_PRE = "g_exc_post += w_exc\ng_inh_post += w_inh"
_CLOSE = "g_exc = 0*siemens\ng_inh = 0*siemens"


@dataclass(frozen=True, eq=False)
class Interneurons:
    """Neurons beside a layer that inhibit it.

    Attributes
    ----------
    g_exc, g_inh : ndarray, (unit, interneuron)
        Conductances in siemens that the layer opens in the interneurons.
    g_onto : ndarray, (interneuron, unit)
        Inhibitory conductances in siemens that they open in the layer.
    """

    g_exc: np.ndarray
    g_inh: np.ndarray
    g_onto: np.ndarray


@dataclass(frozen=True, eq=False)
class CircuitLayer:
    """Neurons, and the conductances that the layer before them, or the image, opens in them.

    Attributes
    ----------
    name : str
    neuron : NeuronModel
        A conductance neuron such as ``sn.CWA``.
    g_exc, g_inh : ndarray, (input, unit)
        Conductances in siemens.
    interneurons : Interneurons, optional
        Of the same kind of neuron, which must not spike.

    Raises
    ------
    InvalidValueError
        For conductances that do not fit each other or are below zero, and for interneurons of neurons that spike.
    """

    name: str
    neuron: NeuronModel
    g_exc: np.ndarray
    g_inh: np.ndarray
    interneurons: Interneurons | None = None

    def __post_init__(self):
        if self.interneurons is not None and self.neuron.spiking:
            raise InvalidValueError(
                f"{self.name} has interneurons and {self.neuron.name} spikes; wanted a graded neuron such as sn.CWA"
            )
        if np.ndim(self.g_exc) != 2 or np.shape(self.g_exc) != np.shape(self.g_inh):
            raise InvalidValueError(
                f"the conductances of {self.name} have the shapes {np.shape(self.g_exc)} and {np.shape(self.g_inh)}, "
                "wanted (input, unit) twice"
            )
        if not (np.min(self.g_exc) >= 0 and np.min(self.g_inh) >= 0):
            raise InvalidValueError(f"a conductance of {self.name} is negative or no number, wanted zero or more")


@dataclass(frozen=True, eq=False)
class Circuit:
    """A Brian2 network of layers that has not run yet.

    Attributes
    ----------
    network : brian2.Network
    groups, synapses : mapping of str to NeuronGroup, and to Synapses
        By the layer's name; those of interneurons by ``name:interneurons``, ``name:from`` and ``name:onto``.
    traces : mapping of str to StateMonitor
        They record the variable as each step begins.
    spikes : mapping of str to SpikeMonitor
        For neurons that spike.
    steps : int
        Steps of a run.
    dt : float
        Their length in s.
    seed : int
        For neurons that release by chance.
    variable : str
        What the traces record.
    begins : mapping of str to int
        The step at which the recording of a layer begins, 0 if left out.
    """

    network: brian2.Network
    groups: Mapping[str, brian2.NeuronGroup]
    synapses: Mapping[str, brian2.Synapses]
    traces: Mapping[str, brian2.StateMonitor]
    spikes: Mapping[str, brian2.SpikeMonitor]
    steps: int
    dt: float
    seed: int = 0
    variable: str = "z"
    begins: Mapping[str, int] = MappingProxyType({})

    def run(self) -> dict[str, Recording]:
        """Run the network for its steps from where it stands; return traces and spikes of one sample by the layer."""
        with runtime_device():
            brian2.seed(self.seed)
            self.network.run(self.steps * self.dt * brian2.second, namespace={})
        return {name: self._recording(name) for name in self.traces}

    def _recording(self, name: str) -> Recording:
        units, first = len(self.groups[name]), self.begins.get(name, 0)
        last = first + self.steps - max(self.begins.values(), default=0)
        trace = getattr(self.traces[name], self.variable)[:, first:last]
        values = {"trace": np.array(trace.T[None], order="C")}
        if name in self.spikes:
            monitor = self.spikes[name]
            times = np.asarray(monitor.t_[:]) - first * self.dt
            values["spikes"] = Spikes.from_neurons(np.asarray(monitor.i[:]), times, units)
        return Recording(values, (1, units), self.dt, self.variable, {"engine": "network"})


def build_circuit(layers: Sequence[CircuitLayer], inputs: np.ndarray, steps: int, dt: float, seed: int = 0) -> Circuit:
    """Build a network of layers, one after the other, that Brian2 runs in process.

    Parameters
    ----------
    layers : sequence of CircuitLayer
    inputs : array, (unit,) or (time, unit)
        What the first layer is given: constant release probabilities, or spikes as 0 and 1.
    steps : int
        Steps of a run.
    dt : float
        Their length in s.
    seed : int
        For neurons that release by chance.

    Raises
    ------
    InvalidValueError
        For layers that do not fit each other.
    """
    inputs = np.asarray(inputs, float)
    _check_sizes(layers, inputs, steps)
    with runtime_device():
        clock = brian2.Clock(dt * brian2.second)
        before = _input_group(inputs, clock)
        network = brian2.Network(before)
        network.schedule = _schedule(len(layers))
        groups, synapses, traces, spikes = {}, {}, {}, {}
        for place, layer in enumerate(layers, start=1):
            group = _group(layer.neuron, layer.g_exc.shape[1], place, clock)
            name = layer.name
            groups[name], synapses[name] = group, _connect(before, group, layer, place, clock)
            traces[name] = _monitor(group, clock)
            if layer.neuron.spiking:
                group.thresholder["spike"].when = f"thresholds_{place}"
                if "spike" in group.resetter:
                    group.resetter["spike"].when = f"resets_{place}"
                spikes[name] = brian2.SpikeMonitor(group, codeobj_class=brian2.NumpyCodeObject)
            if layer.interneurons is not None:
                beside = f"{name}:interneurons"
                groups[beside], *pair = _add_interneurons(group, layer, place, clock)
                synapses[f"{name}:from"], synapses[f"{name}:onto"] = pair
                traces[beside] = _monitor(groups[beside], clock)
            before = group
        for objects in (groups, synapses, traces, spikes):
            network.add(*objects.values())
    return Circuit(network, groups, synapses, traces, spikes, steps, dt, seed)


def _check_sizes(layers: Sequence[CircuitLayer], inputs: np.ndarray, steps: int) -> None:
    """Raise InvalidValueError unless each layer has as many inputs as there are units before it."""
    if inputs.ndim == 2 and len(inputs) != steps:
        raise InvalidValueError(f"the input spikes are for {len(inputs)} steps, wanted {steps}")
    units, before = inputs.shape[-1], "the image"
    for layer in layers:
        if layer.g_exc.shape[0] != units:
            raise InvalidValueError(f"{layer.name} has {layer.g_exc.shape[0]} inputs, and {before} has {units} units")
        units, before = layer.g_exc.shape[1], layer.name


def _schedule(layers: int) -> list[str]:
    """Return slots in which each layer does all that it does in a step, one layer after the other.

    Potentials are passed on in the slot ``groups``, before any layer moves.
    """
    own = [f"{slot}_{k}" for k in range(1, layers + 1) for slot in ("synapses", "groups", "thresholds", "resets")]
    return ["start", "groups", "thresholds", *own, "end"]


def _input_group(inputs: np.ndarray, clock) -> brian2.NeuronGroup | brian2.SpikeGeneratorGroup:
    """Return the image as a group that releases or spikes."""
    if inputs.ndim == 1:
        group = brian2.NeuronGroup(len(inputs), "p : 1 (constant)", clock=clock, codeobj_class=brian2.NumpyCodeObject)
        group.p = inputs
        return group
    steps, units = np.nonzero(inputs)
    times = steps * clock.dt
    return brian2.SpikeGeneratorGroup(inputs.shape[1], units, times, clock=clock, codeobj_class=brian2.NumpyCodeObject)


def _group(neuron: NeuronModel, units: int, place: int, clock) -> brian2.NeuronGroup:
    """Return neurons that move in their layer's slot."""
    group = neuron_group(
        neuron, units, equations="g_lateral : siemens", clock=clock, codeobj_class=brian2.NumpyCodeObject
    )
    group.state_updater.when = f"groups_{place}"
    return group


def _monitor(group: brian2.NeuronGroup, clock) -> brian2.StateMonitor:
    return brian2.StateMonitor(group, "z", record=True, clock=clock, codeobj_class=brian2.NumpyCodeObject)


def _add_interneurons(group, layer: CircuitLayer, place: int, clock) -> tuple:
    """Return the interneurons of a layer, the synapses from the layer onto them, and those back."""
    weights, settings = layer.interneurons, {"clock": clock, "codeobj_class": brian2.NumpyCodeObject}
    interneurons = _group(layer.neuron, weights.g_onto.shape[0], place, clock)
    onto = brian2.Synapses(interneurons, group, model=_LATERAL, **settings)
    onto.connect()
    onto.w_onto_ = weights.g_onto[onto.i[:], onto.j[:]]
    # Two kinds of synapses cannot sum into one variable.
    group.run_regularly("g_inh += g_lateral", when="after_groups", **settings)
    return interneurons, _synapses(group, interneurons, weights.g_exc, weights.g_inh, _GRADED, clock), onto


def _synapses(before, group, g_exc, g_inh, model: str, clock, **kind) -> brian2.Synapses:
    """Return synapses wherever a channel can open."""
    synapses = brian2.Synapses(before, group, model=model, clock=clock, codeobj_class=brian2.NumpyCodeObject, **kind)
    pre, post = np.nonzero((g_exc > 0) | (g_inh > 0))
    synapses.connect(i=pre, j=post)
    synapses.w_exc_, synapses.w_inh_ = g_exc[pre, post], g_inh[pre, post]
    return synapses


def _connect(before, group, layer: CircuitLayer, place: int, clock) -> brian2.Synapses:
    """Return the synapses between a layer and the one before it."""
    g_exc, g_inh = layer.g_exc, layer.g_inh
    if not isinstance(before, brian2.SpikeGeneratorGroup) and not before.thresholder:
        return _synapses(before, group, g_exc, g_inh, _GRADED, clock)
    synapses = _synapses(before, group, g_exc, g_inh, _WEIGHTS, clock, on_pre=_ON_PRE)
    synapses.pre.when = f"synapses_{place}"
    # The conductances that spikes open hold for the step in which they arrive.
    group.run_regularly(_CLOSE, clock=clock, when="start", codeobj_class=brian2.NumpyCodeObject)
    return synapses
