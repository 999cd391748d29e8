"""A job as Brian2 objects, the same for every device. What differs is given as a `DeviceInterface`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

import brian2
import numpy as np

from spikenet.brian2_internals import expect_no_run
from spikenet.engines.job import Job
from spikenet.errors import InvalidValueError, SpikenetError
from spikenet.neurons.equations.definitions import definitions, without_floor_division
from spikenet.neurons.group import neuron_group, set_values
from spikenet.neurons.model import NeuronModel
from spikenet.units import unit_text

# The variables in which neurons add up what is recorded of them.
REDUCTIONS = {"mean": "output_sum", "count": "n_spikes", "first_spike": "first_spike"}

_NO_SPIKE_YET = -1.0
# Objects of a neuron group, by what of the model they compute.
_PARTS = {"thresholder": "threshold", "resetter": "reset", "stateupdater": "equations"}


def final_variable(job: Job) -> str:
    """Return the variable that holds the output after the last step: a subexpression needs one of its own."""
    kind = definitions(job.neuron.equations, job.neuron.name)[job.variable].kind
    return "output_final" if kind == "subexpression" else job.variable


class DeviceInterface(Protocol):
    """How a device feeds neurons with drives that change, and records them."""

    def record_trace(self, group, job: Job, clock) -> brian2.BrianObject:
        """Make an object that records the output at every tick of the clock."""

    def record_spikes(self, group, job: Job) -> brian2.BrianObject:
        """Make an object that records every spike."""

    def feed(self, group, job: Job, port: str, clock) -> brian2.BrianObject:
        """Make an object that sets a port to the next value of its drive at every tick of the clock."""

    def connect(self, group, job: Job, clock) -> brian2.BrianObject:
        """Make an object that sets the port of a recurrence from what was sent, before every step of the clock."""


@dataclass(frozen=True)
class BuiltJob:
    """The neurons of a job with their network. ``recorders`` are not active while the neurons settle."""

    job: Job
    group: brian2.NeuronGroup
    network: brian2.Network
    recorders: tuple
    trace: object = None
    spikes: object = None

    def run(self, **report) -> None:
        """Settle, then record. ``report`` are arguments of ``Network.run``."""
        try:
            with _equation_errors(self.job.neuron.name, brian2.BrianObjectException):
                self._run(report)
        except InvalidValueError:
            for thing in self.network.objects:
                expect_no_run(thing)  # no warning, on top of the error
            raise

    def _run(self, report: dict) -> None:
        for recorder in self.recorders:
            recorder.active = False
        if self.job.steps.settle:
            self.network.run(self.job.steps.settle * self.job.steps.dt * brian2.second, namespace={}, **report)
        for recorder in self.recorders:
            recorder.active = True
        for name, variable in REDUCTIONS.items():
            if name in self.job.record:
                set_values(self.group, variable, _NO_SPIKE_YET if name == "first_spike" else 0)
        self.network.run(self.job.steps.record * self.job.steps.dt * brian2.second, namespace={}, **report)
        if "final" in self.job.record and final_variable(self.job) != self.job.variable:
            setattr(self.group, final_variable(self.job), self.job.variable)  # Brian2 works the expression out


def build(job: Job, n: int, interface: DeviceInterface, *, substeps: int = 1, **settings) -> BuiltJob:
    """Make ``n`` neurons with all that records them. One step of the group's clock is ``substeps`` of ``dt``."""
    clock = brian2.Clock(substeps * job.steps.dt * brian2.second, name="neuron_clock")
    settings |= {"equations": _reduction_lines(job), "dtype": _types(job)}
    job = replace(job, neuron=_with_true_divisions(job.neuron))
    with _equation_errors(job.neuron.name, Exception):
        group = neuron_group(_with_counters(job), n, clock=clock, name="neurons", **settings)
    feeders, recorders, trace, spikes = [], [], None, None
    if job.sampled:
        sampling = clock
        if job.steps.sample != substeps:
            sampling = brian2.Clock(job.steps.sample_dt * brian2.second, name="sample_clock")
        if "mean" in job.record:
            recorders.append(group.run_regularly(f"output_sum += {job.variable}", clock=sampling, name="mean_listener"))
        if "trace" in job.record:
            recorders.append(trace := interface.record_trace(group, job, sampling))
    if "spikes" in job.record:
        recorders.append(spikes := interface.record_spikes(group, job))
    for port, steps in job.drive_steps.items():
        if steps:
            feed_clock = brian2.Clock(
                job.steps.total // steps * job.steps.dt * brian2.second, name=f"feed_{port}_clock"
            )
            feeders.append(interface.feed(group, job, port, feed_clock))
    if job.recurrence:
        feeders.append(interface.connect(group, job, clock))
    network = brian2.Network(group, *feeders, *recorders, name="network")
    return BuiltJob(job, group, network, tuple(recorders), trace, spikes)


@contextmanager
def _equation_errors(model: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn errors of Brian2 about a model's equations into an InvalidValueError with all that Brian2 says."""
    try:
        yield
    except SpikenetError:
        raise
    except errors as error:
        chain = [error]
        while (one := chain[-1].__cause__ or chain[-1].__context__) is not None:
            chain.append(one)
        raise InvalidValueError(f"{model}: Brian2 cannot take this model: {_said(chain)}") from None


def _said(chain: list[BaseException]) -> str:
    """Return the part of the model that exceptions are about, and what they say."""
    where, said = "", []
    for one in chain:
        text = " ".join(str(one).split())
        if isinstance(one, brian2.BrianObjectException):  # which says only where
            where = next((f"{part}: " for name, part in _PARTS.items() if name in text), "")
        elif not any(text in before for before in said):
            said.append(text)
    return where + " <- ".join(said or [str(chain[0])])


def _reduction_lines(job: Job) -> str:
    """Return equations of the variables in which neurons add up what is recorded of them."""
    lines = {
        "mean": f"output_sum : {unit_text(job.neuron.variables[job.variable])}",
        "count": "n_spikes : integer",
        "first_spike": "first_spike : second",
    }
    if final_variable(job) == "output_final":
        lines["final"] = f"output_final : {unit_text(job.neuron.variables[job.variable])}"
    return "\n".join(line for name, line in lines.items() if name in job.record)


def _types(job: Job) -> dict[str, type]:
    """Return types by variable: sums and times stay in double precision whatever the neurons have."""
    types = {
        "mean": ("output_sum", np.float64),
        "count": ("n_spikes", np.int32),
        "first_spike": ("first_spike", np.float64),
    }
    return dict(types[name] for name in job.record if name in types)


def _with_counters(job: Job) -> NeuronModel:
    """Return the model with its spikes counted where it resets."""
    counters = {
        "count": "n_spikes += 1",
        "first_spike": "first_spike = first_spike*int(first_spike >= 0*second) + t*int(first_spike < 0*second)",
    }
    lines = [line for name, line in counters.items() if name in job.record]
    return replace(job.neuron, reset="\n".join([job.neuron.reset or "", *lines]).strip()) if lines else job.neuron


def _with_true_divisions(neuron: NeuronModel) -> NeuronModel:
    """Return the model with `without_floor_division` in its equations."""
    equations = neuron.equations
    for code in [one.code for one in neuron.definitions.values() if "//" in one.code]:
        equations = equations.replace(code, without_floor_division(code))
    return neuron if equations == neuron.equations else replace(neuron, equations=equations)
