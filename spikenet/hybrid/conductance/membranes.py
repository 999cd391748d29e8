"""Neurons in the place of a conductance layer: what they are fed, and one simulation of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from spikenet.engines.job import Job
from spikenet.engines.simulate import Simulation
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.conductance.graph import Step
from spikenet.layers.conductance import ConductanceLayer
from spikenet.neurons import NeuronModel, reversal_potential
from spikenet.neurons.conductance.soma import dendrite_of
from spikenet.progress import Progress
from spikenet.recording import Recording

PORTS = ("g_exc", "g_inh")
SOMA_PORT = "u"
_PARAMETERS = ("capacitance", "g_rest", "e_rest", "e_exc", "e_inh")


@dataclass(frozen=True, eq=False)
class Membranes:
    """Conductance neurons in one simulation; ``variable`` is what is recorded of them.

    Where layers are divided into dendrites and somata, ``soma`` is the neuron that stands for the latter.
    """

    simulation: Simulation
    variable: str
    soma: NeuronModel | None = None

    @property
    def neuron(self) -> NeuronModel:
        return self.simulation.neuron

    @property
    def seed(self) -> int:
        return self.simulation.seed

    @property
    def steps(self) -> int:
        """How many values in time a layer passes on."""
        return self.simulation.steps.samples

    def run(self, step: Step, drives: Mapping, record, variable=None, *, chance=(0, 0)) -> Recording:
        """Simulate the neurons of a step under ``drives`` in SI units, by port: (sample, unit) or (sample, time, unit).

        ``chance`` is the place of this simulation among those of the network: noisy neurons differ by it.
        """
        neuron = self._neuron(step)
        seed = self.seed
        if neuron.noisy:
            seed = int(np.random.SeedSequence([self.seed, *chance]).generate_state(1)[0] >> 1)
        simulation = replace(self.simulation, neuron=neuron, seed=seed)
        job, checked = simulation.plan(drives, record, variable or self._variable(step))
        with Progress(f"simulating {step.name}") as shown:
            return simulation.engine.run(job, checked, shown)

    def _neuron(self, step: Step) -> NeuronModel:
        if step.soma:
            return self.soma
        neuron = neuron_of(self.neuron, step.layer)
        return dendrite_of(neuron) if step.dendrite else neuron

    def _variable(self, step: Step) -> str:
        return "z" if step.dendrite else self.variable

    def job(self, record) -> Job:
        """What is asked of the engine, before there is a drive. Errors: for settings that no simulation can have."""
        return self.simulation.job(record, self.variable)


def check_neuron(neuron: NeuronModel, *, spiking: bool) -> None:
    """Errors: InvalidTypeError, InvalidValueError for what is no conductance neuron, or does not spike as wanted."""
    if not isinstance(neuron, NeuronModel):
        raise InvalidTypeError(f"the neuron is {type(neuron).__name__}, wanted a NeuronModel such as sn.CWA")
    missing = [name for name in _PARAMETERS if name not in neuron.parameters]
    missing += [name for name in PORTS if name not in neuron.ports]
    if spiking and "f_max" not in neuron.parameters:
        missing.append("f_max")
    if missing or neuron.spiking is not spiking:
        wanted = "sn.neurons.SpikingCWA or sn.neurons.StochasticCWA" if spiking else "sn.CWA"
        why = f"has no {', '.join(missing)}" if missing else f"{'never' if spiking else 'sends'} spikes"
        raise InvalidValueError(f"the neuron {neuron.name} {why}; wanted one such as {wanted} for this mode")

    for name in ("capacitance", "tau_syn", "f_max"):
        if name in neuron.parameters and not neuron.parameters[name].value > 0:
            raise InvalidValueError(
                f"the neuron {neuron.name} has {name}={neuron.parameters[name]}, wanted more than 0"
            )
    g_rest, e_exc, e_inh = (neuron.parameters[name].value for name in ("g_rest", "e_exc", "e_inh"))
    if not (g_rest > 0 and e_exc > e_inh):
        raise InvalidValueError(
            f"the neuron {neuron.name} has g_rest={g_rest:g} S, e_exc={e_exc:g} V and e_inh={e_inh:g} V; wanted a "
            "conductance above 0, and e_exc above e_inh"
        )


def neuron_of(neuron: NeuronModel, layer: ConductanceLayer) -> NeuronModel:
    """The neuron with the layer's potential at rest."""
    return neuron.with_parameters(e_rest=reversal_potential(neuron, layer.membrane.e_rest))


def in_siemens(neuron: NeuronModel, layer: ConductanceLayer, conductances: np.ndarray) -> np.ndarray:
    """A layer's scaled conductances, given that its ``g_rest`` is the neuron's.

    What is below zero is rounding: the layer's sums are differences, and its weights have been checked.
    """
    unit = neuron.parameters["g_rest"].value / layer.membrane.g_rest
    return np.maximum(conductances.astype(float), 0.0) * unit
