"""Brian2 in this Python process, with NumPy: slow and simple, a reference for small networks."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import brian2
import numpy as np

from spikenet.engines.active_device import runtime_device
from spikenet.engines.brian2_objects import BuiltJob, build
from spikenet.engines.divergence import check_finite, divergence_error
from spikenet.engines.job import Job
from spikenet.engines.streaming import DirectEngine
from spikenet.neurons.group import set_values
from spikenet.progress import Progress
from spikenet.recording import Recording, Spikes


class RuntimeInterface:
    """A `DeviceInterface` of Brian2's own monitors, and functions that Python calls in every step."""

    def __init__(self, drives: Mapping[str, np.ndarray]):
        self._drives = drives

    def record_trace(self, group, job: Job, clock):
        return brian2.StateMonitor(group, job.variable, record=True, clock=clock, codeobj_class=brian2.NumpyCodeObject)

    def record_spikes(self, group, job: Job):
        return brian2.SpikeMonitor(group, codeobj_class=brian2.NumpyCodeObject)

    def feed(self, group, job: Job, port: str, clock):
        drive = np.moveaxis(self._drives[port], 1, 0)  # (time, sample, unit)
        values = drive.reshape(len(drive), -1)

        @brian2.network_operation(clock=clock, when="start", order=-1)
        def feeder():
            set_values(group, port, values[min(round(clock.t_ / clock.dt_), len(values) - 1)])

        return feeder

    def connect(self, group, job: Job, clock):
        first = self._drives[job.neuron.ports[0]]
        recurrence, shape = job.recurrence, (first.shape[0], first.shape[-1])

        @brian2.network_operation(clock=clock, when="start", order=-1)
        def connections():
            if recurrence.variable is None:
                sent = np.zeros(len(group))
                sent[group.spikes] = 1  # of the step before
            else:
                sent = group.state(recurrence.variable, use_units=False)[:]
            set_values(group, recurrence.port, (sent.reshape(shape) @ recurrence.weights).ravel())

        return connections


@dataclass(frozen=True)
class Runtime(DirectEngine):
    """Engine ``"runtime"``: Brian2 in this Python process, with NumPy.

    It uses Brian2's own integrators, step by step, in double precision. Compiles nothing, so small simulations start at
    once; large ones are slow. The other engines are tested against it.

    Examples
    --------
    >>> import spikenet as sn
    >>> sn.simulate(sn.LIF, [[0.6e-9]], duration="50 ms", record="count", engine=sn.engines.Runtime()).count
    array([[6]], dtype=int32)
    """

    name, recurrent = "runtime", True

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Simulate every neuron; see `Engine.run`.

        Raises
        ------
        SimulationError
            If a state, or what is recorded, is not finite.
        """
        shape = drives[job.neuron.ports[0]].shape
        shape = shape[0], shape[-1]
        started = time.perf_counter()
        with simulated(job, drives, progress) as built:
            wrong = next(_not_finite(built), None)
            values = {name: _collect(name, built, shape) for name in job.record}
        if wrong:
            raise divergence_error(job, drives, wrong[0], *divmod(wrong[1], shape[1]))
        check_finite(job, drives, values)
        made = {"engine": self.name, **job.provenance(), "seconds": time.perf_counter() - started}
        return Recording(values, shape, job.steps.sample_dt, job.variable, made)


@contextmanager
def simulated(job: Job, drives: Mapping[str, np.ndarray], progress: Progress | None = None) -> Iterator[BuiltJob]:
    """Simulate a job; give its Brian2 objects, which can be read within the context."""
    shape = drives[job.neuron.ports[0]].shape

    def report(_, completed: float, start, duration) -> None:
        progress.at((float(start) + completed * float(duration)) / (job.steps.total * job.steps.dt))

    with runtime_device():
        brian2.seed(job.seed)
        built = build(job, shape[0] * shape[-1], RuntimeInterface(drives), codeobj_class=brian2.NumpyCodeObject)
        for port, array in drives.items():
            if array.ndim == 2:
                set_values(built.group, port, array.ravel())
        with np.errstate(all="ignore"):  # whoever reads the numbers looks for those that are not finite
            built.run(**({"report": report} if progress else {}))
            yield built


def _not_finite(built: BuiltJob) -> Iterator[tuple[str, int]]:
    """Yield each variable that is not finite, with the first neuron in which it is not."""
    for name in built.job.neuron.stored:
        bad = np.flatnonzero(~np.isfinite(getattr(built.group, f"{name}_")[:]))
        if bad.size:
            yield name, int(bad[0])


def _collect(name: str, built: BuiltJob, shape: tuple[int, int]):
    """Return one recorded quantity, from the group or its monitors."""
    job, group = built.job, built.group
    recorded_from = job.steps.settle * job.steps.dt
    match name:
        case "mean":
            return group.output_sum_[:].reshape(shape) / job.steps.samples
        case "trace":
            trace = getattr(built.trace, f"{job.variable}_")  # (neuron, time)
            # A copy, even where the order is right already: the monitor's memory goes with the monitor.
            return np.array(np.moveaxis(trace.reshape(*shape, -1), 2, 1), order="C")
        case "final":
            # Brian2 works an expression of parameters alone out once for all neurons.
            return np.array(np.broadcast_to(getattr(group, f"{job.variable}_")[:], len(group))).reshape(shape)
        case "count":
            return group.n_spikes_[:].reshape(shape)
        case "first_spike":
            times = group.first_spike_[:].reshape(shape)
            return np.where(times < 0, np.inf, times - recorded_from)
    times = np.asarray(built.spikes.t_[:]) - recorded_from
    return Spikes.from_neurons(np.asarray(built.spikes.i[:]), times, shape[1])
