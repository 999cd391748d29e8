"""Simulation of a layer of neurons: pre-activations in, recorded values out. No Keras here."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from spikenet.encode import Drive, check_drive_unit
from spikenet.engines.base import Engine
from spikenet.engines.job import Job, check_drive
from spikenet.engines.simulate import Simulation
from spikenet.errors import InvalidValueError
from spikenet.neurons.model import NeuronModel
from spikenet.progress import Progress, silent
from spikenet.validate import check_choice, check_whole

OUTPUTS = ("mean", "final", "count", "trace", "instants")


@dataclass(frozen=True, eq=False)
class DrivenSimulation:
    """A simulation whose drive is a function of pre-activations.

    Parameters
    ----------
    simulation : Simulation
    drive : Drive
        Function from pre-activations to the drive of the neurons.
    output : str
        One of OUTPUTS.
    variable : str, optional
        The recorded variable; the neuron's first output if left out.
    instants : int
        Number of random samples of the trace that a call in training returns, for output "instants".
    """

    simulation: Simulation
    drive: Drive
    output: str = "mean"
    variable: str | None = None
    instants: int = 8

    def __post_init__(self):
        check_choice(self.output, "output", OUTPUTS)
        check_whole(self.instants, "instants")
        neuron, port = self.neuron, self.neuron.ports[0]
        check_drive_unit(self.drive, neuron.name, port, neuron.variables[port])
        differing = self.job().varying
        if self.tabulated and differing:
            raise InvalidValueError(
                f"{' and '.join(differing)} of {neuron.name} differ from unit to unit, which have no common response "
                "table; take engine='cpp'"
            )
        if self.tabulated and not np.isfinite(self.drive.range).all():
            raise InvalidValueError(
                f"{self.drive!r} has no bounds, and a response table needs some; give low and high, or another engine"
            )

    @property
    def neuron(self) -> NeuronModel:
        return self.simulation.neuron

    @property
    def engine(self) -> Engine:
        return self.simulation.engine

    @property
    def recorded(self) -> str:
        """Return the measure that the engine records."""
        return "trace" if self.output == "instants" else self.output

    @property
    def tabulated(self) -> bool:
        """Tell if the engine looks up what another one has simulated."""
        return self.engine.simulator != self.engine

    def job(self) -> Job:
        """Return the job of the engine, before there is a drive."""
        return self.simulation.job((self.recorded,), self.variable)

    def __call__(self, z: np.ndarray, draw: int, training: bool) -> np.ndarray:
        """Simulate neurons with pre-activations ``z``, (sample, unit) or (sample, time, unit).

        ``draw`` is the seed of noise and of random samples. Returns (sample, unit) or a trace (sample, time, unit);
        output "instants" has (sample, instant, unit) in training.
        """
        simulation = replace(self.simulation, seed=draw if self.neuron.noisy else 0)
        job, drives = simulation.plan(self.drive(z), (self.recorded,), self.variable)
        if self.output == "instants" and training:
            return self._engine.trace_at(job, drives, self.chosen(draw), Progress("", silent))
        return self._engine.run(job, drives, Progress("", silent)).values[self.recorded]

    def chosen(self, draw: int) -> np.ndarray:
        """Draw the numbers of the samples that a call in training gives, (instant,), rising."""
        samples = self.simulation.steps.samples
        return np.sort(np.random.default_rng(draw).choice(samples, min(self.instants, samples), replace=False))

    @cached_property
    def _engine(self) -> Engine:
        """Return the engine; one that looks up responses has made its table for all drives."""
        if not self.tabulated:
            return self.engine
        widest = check_drive(self.neuron, np.array(self.drive.range)[:, None])
        with Progress(f"responses of {self.neuron.name}") as shown:
            return self.engine.prepared(self.job(), widest, shown)

    def with_engine(self, engine: Engine) -> "DrivenSimulation":
        """Return a copy with another engine."""
        return replace(self, simulation=replace(self.simulation, engine=engine))

    def with_neuron(self, neuron: NeuronModel, variable: str) -> "DrivenSimulation":
        """Return a copy with another neuron, of which another variable is recorded."""
        return replace(self, simulation=replace(self.simulation, neuron=neuron), variable=variable)
