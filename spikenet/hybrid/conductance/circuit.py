"""A feed-forward network of conductance neurons as one Brian2 `Network`, its conductances as weights of `Synapses`.

For small networks and for a look inside: groups, synapses and monitors are plain Brian2 objects. Layers that are
simulated one after the other do the same, as in both

- potentials flow without delay: in a step, every layer is driven by what the others release as the step begins;
- spikes are answered in the step in which they are sent: the layers have slots of their own, one after the other, in
  the network's schedule (Brian2's own schedule would delay them by a step a layer).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
_SENT = "g_exc_post += w_exc\ng_inh_post += w_inh"
_CLOSED = "g_exc = 0*siemens\ng_inh = 0*siemens"


@dataclass(frozen=True, eq=False)
class Lateral:
    """Neurons beside a population: it opens ``g_exc`` and ``g_inh`` (unit, interneuron) of theirs, in siemens, and
    they open ``g_onto`` (interneuron, unit), which is inhibitory."""

    g_exc: np.ndarray
    g_inh: np.ndarray
    g_onto: np.ndarray


@dataclass(frozen=True, eq=False)
class Population:
    """Neurons, and the conductances (input, unit) in siemens that the population before them, or the image, opens.

    ``lateral`` are interneurons of the same kind, for neurons that do not spike.
    """

    name: str
    neuron: NeuronModel
    g_exc: np.ndarray
    g_inh: np.ndarray
    lateral: Lateral | None = None

    def __post_init__(self):
        if self.lateral is not None and self.neuron.spiking:
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
    """A network that has not run yet. Groups, synapses and monitors are by the population's name.

    ``traces`` watch z as each step begins; ``spikes`` are there for neurons that spike.
    """

    network: brian2.Network
    groups: Mapping[str, brian2.NeuronGroup]
    synapses: Mapping[str, brian2.Synapses]
    traces: Mapping[str, brian2.StateMonitor]
    spikes: Mapping[str, brian2.SpikeMonitor]
    steps: int
    dt: float
    seed: int = 0

    def run(self) -> dict[str, Recording]:
        """Run it once, from where it stands, and tell what the neurons did: z and spikes of one sample, by name."""
        with runtime_device():
            brian2.seed(self.seed)  # of neurons that release by chance
            self.network.run(self.steps * self.dt * brian2.second, namespace={})
        return {name: self._recording(name) for name in self.groups}

    def _recording(self, name: str) -> Recording:
        units = len(self.groups[name])
        values = {"trace": np.array(self.traces[name].z[:].T[None], order="C")}
        if name in self.spikes:
            monitor = self.spikes[name]
            values["spikes"] = Spikes.of_neurons(np.asarray(monitor.i[:]), np.asarray(monitor.t_[:]), units)
        return Recording(values, (1, units), self.dt, "z", {"engine": "network"})


def build_circuit(
    populations: Sequence[Population], inputs: np.ndarray, steps: int, dt: float, seed: int = 0
) -> Circuit:
    """Populations one after the other, the first behind ``inputs``, for ``steps`` of ``dt`` s.

    ``inputs`` (unit,) are release probabilities that stay; (time, unit) of 0 and 1 are spikes. Brian2 runs in
    process. Errors: InvalidValueError for populations that do not fit each other.
    """
    inputs = np.asarray(inputs, float)
    _check_sizes(populations, inputs, steps)
    with runtime_device():
        clock = brian2.Clock(dt * brian2.second)
        before = _pixels(inputs, clock)
        network = brian2.Network(before)
        network.schedule = _schedule(len(populations))
        groups, synapses, traces, spikes = {}, {}, {}, {}
        for place, population in enumerate(populations, start=1):
            group = _grouped(population.neuron, population.g_exc.shape[1], place, clock)
            name = population.name
            groups[name], synapses[name] = group, _connected(before, group, population, place, clock)
            traces[name] = _watched(group, clock)
            if population.neuron.spiking:
                group.thresholder["spike"].when = f"thresholds_{place}"
                if "spike" in group.resetter:
                    group.resetter["spike"].when = f"resets_{place}"
                spikes[name] = brian2.SpikeMonitor(group, codeobj_class=brian2.NumpyCodeObject)
            if population.lateral is not None:
                inter = f"{name}:interneurons"
                groups[inter], *pair = _inhibited(group, population, place, clock)
                synapses[f"{name}:from"], synapses[f"{name}:onto"] = pair
                traces[inter] = _watched(groups[inter], clock)
            before = group
        for objects in (groups, synapses, traces, spikes):
            network.add(*objects.values())
    return Circuit(network, groups, synapses, traces, spikes, steps, dt, seed)


def _check_sizes(populations: Sequence[Population], inputs: np.ndarray, steps: int) -> None:
    """Each population has as many inputs as there are units before it."""
    if inputs.ndim == 2 and len(inputs) != steps:
        raise InvalidValueError(f"the input spikes are for {len(inputs)} steps, wanted {steps}")
    units, before = inputs.shape[-1], "the image"
    for population in populations:
        if population.g_exc.shape[0] != units:
            raise InvalidValueError(
                f"{population.name} has {population.g_exc.shape[0]} inputs, and {before} has {units} units"
            )
        units, before = population.g_exc.shape[1], population.name


def _schedule(layers: int) -> list[str]:
    """Slots in which each layer does all that it does in a step, one layer after the other.

    Potentials are handed on in the slot ``groups``, before any layer moves.
    """
    own = [f"{slot}_{k}" for k in range(1, layers + 1) for slot in ("synapses", "groups", "thresholds", "resets")]
    return ["start", "groups", "thresholds", *own, "end"]


def _pixels(inputs: np.ndarray, clock) -> brian2.NeuronGroup | brian2.SpikeGeneratorGroup:
    """The image as a group that releases or spikes."""
    if inputs.ndim == 1:
        group = brian2.NeuronGroup(len(inputs), "p : 1 (constant)", clock=clock, codeobj_class=brian2.NumpyCodeObject)
        group.p = inputs
        return group
    steps, units = np.nonzero(inputs)
    times = steps * clock.dt
    return brian2.SpikeGeneratorGroup(inputs.shape[1], units, times, clock=clock, codeobj_class=brian2.NumpyCodeObject)


def _grouped(neuron: NeuronModel, units: int, place: int, clock) -> brian2.NeuronGroup:
    """Neurons that move in their layer's slot."""
    settings = {"clock": clock, "codeobj_class": brian2.NumpyCodeObject}
    group = neuron_group(neuron, units, equations="g_lateral : siemens", **settings)
    group.state_updater.when = f"groups_{place}"
    return group


def _watched(group: brian2.NeuronGroup, clock) -> brian2.StateMonitor:
    return brian2.StateMonitor(group, "z", record=True, clock=clock, codeobj_class=brian2.NumpyCodeObject)


def _inhibited(group, population: Population, place: int, clock) -> tuple:
    """The interneurons of a population, the synapses from it onto them, and those back."""
    lateral, settings = population.lateral, {"clock": clock, "codeobj_class": brian2.NumpyCodeObject}
    inter = _grouped(population.neuron, lateral.g_onto.shape[0], place, clock)
    onto = brian2.Synapses(inter, group, model=_LATERAL, **settings)
    onto.connect()
    onto.w_onto_ = lateral.g_onto[onto.i[:], onto.j[:]]
    # Two kinds of synapses cannot sum into one variable.
    group.run_regularly("g_inh += g_lateral", when="after_groups", **settings)
    return inter, _joined(group, inter, lateral.g_exc, lateral.g_inh, _GRADED, clock), onto


def _joined(before, group, g_exc, g_inh, model: str, clock, **kind) -> brian2.Synapses:
    """Synapses wherever a channel can open."""
    synapses = brian2.Synapses(before, group, model=model, clock=clock, codeobj_class=brian2.NumpyCodeObject, **kind)
    pre, post = np.nonzero((g_exc > 0) | (g_inh > 0))
    synapses.connect(i=pre, j=post)
    synapses.w_exc_, synapses.w_inh_ = g_exc[pre, post], g_inh[pre, post]
    return synapses


def _connected(before, group, population: Population, place: int, clock) -> brian2.Synapses:
    """What joins a population to the one before it."""
    g_exc, g_inh = population.g_exc, population.g_inh
    if not isinstance(before, brian2.SpikeGeneratorGroup) and not before.thresholder:
        return _joined(before, group, g_exc, g_inh, _GRADED, clock)
    synapses = _joined(before, group, g_exc, g_inh, _WEIGHTS, clock, on_pre=_SENT)
    synapses.pre.when = f"synapses_{place}"
    # What spikes ask for holds for the step in which they arrive.
    group.run_regularly(_CLOSED, clock=clock, when="start", codeobj_class=brian2.NumpyCodeObject)
    return synapses
