"""Simulation of a layer of neurons: pre-activations in, recorded values out. No Keras here."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from spikenet.encode import Drive, check_drive_unit
from spikenet.engines.base import Engine
from spikenet.engines.job import Job, check_drive
from spikenet.engines.recurrence import Recurrence
from spikenet.engines.simulate import Simulation
from spikenet.errors import InvalidValueError
from spikenet.layers.recurrent_neuron import PRE_ACTIVATION, RECURRENT, recurrent_neuron
from spikenet.neurons.model import NeuronModel
from spikenet.progress import Progress, silent
from spikenet.recording import Recording
from spikenet.units import SECOND, show
from spikenet.validate import check_choice, check_whole

OUTPUTS = ("mean", "final", "count", "trace", "instants")
# What an engine records for an output of each step of the input.
_SEQUENCES = {"mean": ("trace",), "final": ("trace", "final"), "count": ("spikes",)}


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
    return_sequences : bool
        If set, the output is that of each step of the input, (sample, time, unit).
    recurrent : bool
        If set, units drive each other: what they send, times weights, adds to the pre-activations of the next step.
    input_steps : int
        How many pre-activations follow each other over the duration; 0 if they are constant.
    """

    simulation: Simulation
    drive: Drive
    output: str = "mean"
    variable: str | None = None
    instants: int = 8
    return_sequences: bool = False
    recurrent: bool = False
    input_steps: int = 0

    def __post_init__(self):
        check_choice(self.output, "output", OUTPUTS)
        check_whole(self.instants, "instants")
        neuron, port = self.neuron, self.neuron.ports[0]
        check_drive_unit(self.drive, neuron.name, port, neuron.variables[port])
        if self.return_sequences and self.output not in _SEQUENCES:
            raise InvalidValueError(
                f"output {self.output!r} has all samples already; wanted return_sequences=False, or output "
                f"{', '.join(_SEQUENCES)} of each step of the input"
            )
        if self.recurrent:
            self._check_recurrent()
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
        if self.input_steps:
            self._check_input_steps()

    def _check_recurrent(self) -> None:
        if not getattr(self.engine, "recurrent", False):
            raise InvalidValueError(
                f"engine {self.engine.name!r} cannot simulate units that drive each other; take engine='cpp' or "
                "'runtime'"
            )
        if self.output != "count" or not self.neuron.spiking:
            name = self.variable or self.neuron.outputs[0]
            if self.neuron.variables.get(name) and self.neuron.definitions[name].kind == "subexpression":
                raise InvalidValueError(
                    f"{name} of {self.neuron.name} is a formula; wanted a state to record of recurrent units: "
                    f"{', '.join(self.neuron.stored)}"
                )

    def _check_input_steps(self) -> None:
        steps = self.simulation.steps
        each = show(float(f"{steps.record * steps.dt / self.input_steps:.6g}"), SECOND)
        if self.tabulated:
            raise InvalidValueError(
                f"the input has {self.input_steps} steps in time, and a response table is one of constant inputs; take "
                "engine='cpp'"
            )
        if steps.record % self.input_steps:
            raise InvalidValueError(
                f"the input has {self.input_steps} steps in time, of {each} each for a duration of "
                f"{show(steps.record * steps.dt, SECOND)}, which is no whole number of dt, {show(steps.dt, SECOND)}; "
                "change duration or dt"
            )
        if "trace" in self.record and self.return_sequences and self.hold % steps.sample:
            raise InvalidValueError(
                f"a step of the input is {each}, which is no whole number of samples of "
                f"{show(steps.sample_dt, SECOND)}; give a smaller sample_dt"
            )

    @property
    def neuron(self) -> NeuronModel:
        return self.simulation.neuron

    @property
    def engine(self) -> Engine:
        return self.simulation.engine

    @property
    def recorded(self) -> str:
        """Return the measure that the output is."""
        return "trace" if self.output == "instants" else self.output

    @property
    def record(self) -> tuple[str, ...]:
        """Return what the engine records."""
        return _SEQUENCES[self.output] if self.return_sequences else (self.recorded,)

    @property
    def tabulated(self) -> bool:
        """Tell if the engine looks up what another one has simulated."""
        return self.engine.simulator != self.engine

    @property
    def unfolds(self) -> bool:
        """Tell if the input of a neuron changes as time goes on, so that its gradient has to go through time."""
        return self.recurrent or self.input_steps > 0

    @property
    def hold(self) -> int:
        """Return the number of time steps that a step of the input lasts."""
        return self.simulation.steps.record // self.input_steps

    @cached_property
    def simulated(self) -> Simulation:
        """Return what an engine simulates: recurrent neurons sum their pre-activations up themselves."""
        if not self.recurrent:
            return self.simulation
        return replace(self.simulation, neuron=recurrent_neuron(self.neuron, self.drive))

    @property
    def sent(self) -> str | None:
        """Return the variable that recurrent units send to each other; None for spikes."""
        return None if self.neuron.spiking else self.variable or self.neuron.outputs[0]

    def job(self) -> Job:
        """Return the job of the engine, before there is a drive."""
        return self.simulated.job(self.record, self.variable)

    def __call__(self, z: np.ndarray, draw: int, training: bool, weights: np.ndarray | None = None) -> np.ndarray:
        """Simulate neurons with pre-activations ``z``, (sample, unit) or (sample, time, unit).

        ``draw`` is the seed of noise and of random samples, ``weights`` (unit, unit) are those of recurrent units.
        Returns (sample, unit), sequences (sample, time, unit) or a trace (sample, time, unit); output "instants" has
        (sample, instant, unit) in training.
        """
        z = self._over_time(z)
        drive = {PRE_ACTIVATION: z} if self.recurrent else self.drive(z)
        simulation = replace(self.simulated, seed=draw if self.neuron.noisy else 0)
        job, drives = simulation.plan(drive, self.record, self.variable)
        if self.recurrent:
            recurrence = Recurrence(RECURRENT, self.sent, np.asarray(weights, float))
            recurrence.check(z.shape[-1])
            job = replace(job, recurrence=recurrence)
        if self.output == "instants" and training:
            return self._engine.trace_at(job, drives, self.chosen(draw), Progress("", silent))
        recording = self._engine.run(job, drives, Progress("", silent))
        return self._sequences(recording) if self.return_sequences else recording.values[self.recorded]

    def _over_time(self, z: np.ndarray) -> np.ndarray:
        """Return pre-activations that follow each other at equal intervals over settle and duration, first zeros."""
        if z.ndim == 2:
            return z
        settle = self.simulation.steps.settle
        interval = math.gcd(settle, self.hold)
        z = np.repeat(z, self.hold // interval, axis=1)
        return np.pad(z, ((0, 0), (settle // interval, 0), (0, 0)))

    def _sequences(self, recording: Recording) -> np.ndarray:
        """Return the output of each step of the input, (sample, time, unit)."""
        steps, (samples, units) = self.simulation.steps, recording.shape
        if self.output == "count":
            spikes = recording.spikes
            time = np.rint(spikes.time / steps.dt).astype(np.int64) // self.hold
            place = (spikes.sample * self.input_steps + time) * units + spikes.unit
            counts = np.bincount(place, minlength=samples * self.input_steps * units)
            return counts.reshape(samples, self.input_steps, units)
        each = self.hold // steps.sample
        if self.output == "mean":
            return recording.trace.reshape(samples, self.input_steps, each, units).mean(axis=2)
        return np.concatenate([recording.trace[:, each::each], recording.final[:, None]], axis=1)

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

    def with_input(self, shape: tuple) -> "DrivenSimulation":
        """Return the one for inputs of a shape (sample, unit) or (sample, time, unit); this one, if it is.

        Raises
        ------
        InvalidValueError
            If a step of the input does not fit into the duration, or sequences are wanted of a constant input.
        """
        steps = shape[1] if len(shape) == 3 else 0
        if self.return_sequences and not steps:
            raise InvalidValueError(
                f"return_sequences is set, and the input has the shape {tuple(shape)}; wanted (sample, time, unit)"
            )
        return self if steps == self.input_steps else replace(self, input_steps=steps)
