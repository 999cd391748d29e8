"""Simulations: a neuron, a schedule, an engine and a seed, run under any drive."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from types import MappingProxyType

import numpy as np

from spikenet.engines.base import ENGINES, Engine
from spikenet.engines.job import (
    NEED_SAMPLES,
    Job,
    TimeSteps,
    broadcast,
    check_drive,
    check_dt,
    check_record,
    check_units,
    check_variable,
    count_drive_steps,
)
from spikenet.engines.streaming import stream_job
from spikenet.engines.unit_parameters import split_parameters, with_parameter_ports
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.machine import imports_in_any_thread
from spikenet.neurons.model import NeuronModel
from spikenet.neurons.parameter import show_values
from spikenet.progress import Progress
from spikenet.recording import Recording
from spikenet.renames import renamed_arguments
from spikenet.units import SECOND, n_steps, show, to_seconds
from spikenet.validate import check_seed


@dataclass(frozen=True)
class Schedule:
    """The times of a simulation: settling, recording, and the steps of both.

    Parameters
    ----------
    duration : quantity, str or float
        Time that is recorded, such as ``100*ms``, ``"100 ms"`` or seconds.
    settle : quantity, str or float
        Time before it, of which nothing is kept.
    dt : quantity, str or float, optional
        Step of the integration; the neuron's own if left out.
    sample_dt : quantity, str or float, optional
        Time between two samples of a trace or a mean; the neuron's own if left out, or the largest part of it that
        divides both times.

    Raises
    ------
    UnitError, InvalidTypeError
        For what is no time.
    InvalidValueError
        For times below zero, and steps of zero.

    Examples
    --------
    >>> from spikenet import FHN, Schedule
    >>> Schedule("100 ms", settle="200 ms").steps(FHN).samples
    1000
    """

    duration: float
    settle: float = 0.0
    dt: float | None = None
    sample_dt: float | None = None

    def __post_init__(self):
        for name in ("duration", "settle", "dt", "sample_dt"):
            value = getattr(self, name)
            if value is not None or name in ("duration", "settle"):
                object.__setattr__(self, name, to_seconds(value, name))
        for name, wanted in (("duration", "at least one step"), ("dt", "more"), ("sample_dt", "at least dt")):
            if getattr(self, name) == 0:
                raise InvalidValueError(f"{name} is 0 s, wanted {wanted}")

    def steps(self, neuron: NeuronModel, *, sampled: bool = True) -> TimeSteps:
        """Count the steps of these times for a neuron, whose ``dt`` and ``sample_dt`` stand in for those left out.

        Raises
        ------
        InvalidValueError
            If a time is no whole number of steps, or, where samples are taken (``sampled``), of samples.
        """
        dt = neuron.dt if self.dt is None else self.dt
        settle, record = n_steps(self.settle, dt, "settle"), n_steps(self.duration, dt, "duration")
        if record == 0:
            raise InvalidValueError(f"duration is {show(self.duration, SECOND)}, wanted at least one step")
        if self.sample_dt is None:
            own = max(1, round(neuron.sample_dt / dt))
            return TimeSteps(dt, settle, record, math.gcd(own, settle, record))
        sample = n_steps(self.sample_dt, dt, "sample_dt")
        for name, steps in (("settle", settle), ("duration", record)):
            if sampled and steps % sample:
                raise InvalidValueError(
                    f"{name} is {show(steps * dt, SECOND)}, which is no whole number of samples of "
                    f"{show(sample * dt, SECOND)}; change {name} or sample_dt"
                )
        return TimeSteps(dt, settle, record, sample)


@dataclass(frozen=True, eq=False, init=False)
class Simulation:
    """A simulation, except for its drive: a neuron, a schedule, an engine and a seed.

    Frozen: `dataclasses.replace` makes another one, with another engine for example.

    Parameters
    ----------
    neuron : NeuronModel
    schedule : Schedule, optional
        The times; or give them one by one, as ``duration``, ``settle``, ``dt`` and ``sample_dt``.
    engine : str or Engine
        A name in `spikenet.engines.ENGINES`, or an engine such as ``sn.engines.Cpp(threads=1)``.
    seed : int
        For neurons with noise. The same seed gives the same numbers, whatever the number of threads.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        For arguments that cannot be used.

    Examples
    --------
    >>> import spikenet as sn
    >>> simulation = sn.Simulation(sn.FHN, settle="200 ms", duration="100 ms")
    >>> simulation.run([[-0.5, 0.0]], record="mean").mean.shape
    (1, 2)
    """

    neuron: NeuronModel
    schedule: Schedule
    engine: Engine
    seed: int

    def __init__(
        self,
        neuron: NeuronModel,
        schedule: Schedule | None = None,
        *,
        engine: str | Engine = "cpp",
        seed: int = 0,
        **times,
    ):
        if not isinstance(neuron, NeuronModel):
            raise InvalidTypeError(f"the neuron is {type(neuron).__name__}, wanted a NeuronModel such as sn.FHN")
        if schedule is not None and (times or not isinstance(schedule, Schedule)):
            raise InvalidTypeError(f"the schedule is {schedule!r}, wanted a Schedule, or times by name: duration=...")
        if schedule is None and not {"duration"} <= times.keys() <= {one.name for one in fields(Schedule)}:
            given = ", ".join(times) or "nothing"
            raise InvalidTypeError(f"the times are {given}; wanted duration, and perhaps settle, dt and sample_dt")
        object.__setattr__(self, "neuron", neuron)
        object.__setattr__(self, "schedule", Schedule(**times) if schedule is None else schedule)
        object.__setattr__(self, "engine", find_engine(engine))
        object.__setattr__(self, "seed", check_seed(seed))

    @property
    def steps(self) -> TimeSteps:
        """The schedule in steps. Raises InvalidValueError for times that are no whole number of them."""
        return self.schedule.steps(self.neuron)

    def job(self, record=("mean",), variable: str | None = None, drive_steps=None) -> Job:
        """Say what the engine is asked to do, before there is a drive.

        Drives are constant unless ``drive_steps`` gives how many values each port takes over the simulation.

        Raises
        ------
        InvalidValueError, InvalidTypeError
            For what cannot be recorded, for times that do not fit, and for a ``dt`` at which even a neuron without a
            drive is unstable.
        """
        neuron, values = self._split(None)
        if drive_steps is None:
            steps = self._steps(record)
            check_dt(neuron, dict.fromkeys(neuron.ports, 0.0) | values, steps.dt)
            drive_steps = dict.fromkeys(neuron.ports, 0)
        return self._job(neuron, values, record, variable, drive_steps)

    def _split(self, parameters: Mapping | None) -> tuple[NeuronModel, Mapping[str, np.ndarray]]:
        """Return the neuron with its parameters, and the values of those that differ."""
        if parameters is None and not any(one.varies for one in self.neuron.parameters.values()):
            return self.neuron, {}
        return split_parameters(self.neuron, parameters)

    def _steps(self, record) -> TimeSteps:
        sampled = bool(NEED_SAMPLES & set(check_record(self.neuron, record)))
        return self.schedule.steps(self.neuron, sampled=sampled)

    def _job(self, neuron: NeuronModel, values, record, variable: str | None, drive_steps: Mapping[str, int]) -> Job:
        """Return the job of a neuron with parameters that differ, of these values."""
        return Job(
            with_parameter_ports(neuron, tuple(values)) if values else neuron,
            check_variable(neuron, variable),
            check_record(neuron, record),
            self._steps(record),
            MappingProxyType({**drive_steps, **dict.fromkeys(values, 0)}),
            self.seed,
            MappingProxyType({name: show_values(v, neuron.parameters[name].dimensions) for name, v in values.items()}),
        )

    def plan(
        self, drive, record=("mean",), variable: str | None = None, parameters: Mapping | None = None
    ) -> tuple[Job, dict[str, np.ndarray]]:
        """Check a drive; return the job, and the drives in SI units by port. Nothing is compiled or simulated.

        Parameters that differ from unit to unit are ports of the job's neuron.

        Raises
        ------
        InvalidValueError, InvalidTypeError, UnitError
        """
        check_variable(self.neuron, variable)
        steps = self._steps(record)
        neuron, values = self._split(parameters)
        drives = check_drive(neuron, drive)
        drive_steps = {port: count_drive_steps(array, port, steps.total) for port, array in drives.items()}
        largest = {port: float(np.abs(array).max()) for port, array in drives.items()}
        drives = broadcast({**drives, **values}) if values else drives
        check_units(neuron, next(iter(drives.values())).shape[-1])
        check_dt(neuron, largest | values, steps.dt)
        return self._job(neuron, values, record, variable, drive_steps), drives

    def run(
        self,
        drive,
        *,
        record=("mean",),
        variable: str | None = None,
        parameters: Mapping | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Recording:
        """Drive neurons and record them. Parameters, result and errors as in `simulate`."""
        job, drives = self.plan(drive, record, variable, parameters)
        with Progress(f"simulating {self.neuron.name}", progress) as shown:
            return self.engine.run(job, drives, shown)

    def stream(
        self,
        drive,
        *,
        record=("trace",),
        variable: str | None = None,
        parameters: Mapping | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Iterator[tuple[slice, Recording]]:
        """Drive neurons and record them, a piece of the samples at a time. As in `stream`."""
        job, drives = self.plan(drive, record, variable, parameters)
        return self._pieces(job, drives, Progress(f"simulating {self.neuron.name}", progress))

    def _pieces(self, job: Job, drives, progress: Progress) -> Iterator[tuple[slice, Recording]]:
        with progress as shown:
            yield from stream_job(self.engine, job, drives, shown)


def find_engine(engine: str | Engine) -> Engine:
    """Return the engine of a name, with its default settings; return an engine as it is.

    Parameters
    ----------
    engine : str or Engine
        A name in `spikenet.engines.ENGINES`, or an engine.

    Raises
    ------
    InvalidValueError
        For an unknown name.
    InvalidTypeError
        For something that is no engine.

    Examples
    --------
    >>> from spikenet.engines.simulate import find_engine
    >>> find_engine("cpp")
    Cpp(precision='float64', threads=None, chunk=None)
    """
    if isinstance(engine, str):
        if engine not in ENGINES:
            raise InvalidValueError(f"unknown engine {engine!r}; there are {', '.join(ENGINES)}")
        module, _, name = ENGINES[engine].partition(":")
        with imports_in_any_thread():
            return getattr(import_module(module), name)()
    if isinstance(engine, type) or not isinstance(engine, Engine):
        raise InvalidTypeError(
            f"the engine is {engine!r}; wanted one of {', '.join(ENGINES)}, or an engine such as "
            "sn.engines.Cpp(threads=1)"
        )
    return engine


@renamed_arguments(record="duration", keep="record", output="variable")
def simulate(  # noqa: PLR0913 (a contract with the user; all but two are named)
    neuron: NeuronModel,
    drive,
    *,
    duration,
    settle=0.0,
    dt=None,
    sample_dt=None,
    record=("mean",),
    variable: str | None = None,
    parameters: Mapping | None = None,
    engine: str | Engine = "cpp",
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Recording:
    """Drive ``sample x unit`` neurons and record them.

    Parameters
    ----------
    neuron : NeuronModel
        A model such as ``sn.FHN``.
    drive : array, or mapping of str to array
        (sample, unit) for a constant drive, (sample, time, unit) for one that changes in equal steps over settle and
        duration; by port where the neuron has several. Quantities, or numbers in SI units. One sample or one unit
        stands for all, where another port or a parameter has more.
    duration, settle : quantity, str or float
        Time that is recorded, and time before it. ``100*ms``, ``"100 ms"`` or seconds.
    dt, sample_dt : quantity, str or float, optional
        Step of the integration, and time between two samples; the neuron's own if left out.
    record : str or sequence of str
        What to keep: "mean", "trace" and "final" of the ``variable``; "count", "first_spike" and "spikes".
    variable : str, optional
        The variable to record; the neuron's first output if left out.
    parameters : mapping of str to Quantity, str, float or array, optional
        Values of parameters for this simulation, by name: one number, or arrays (unit,) or (sample, unit).
    engine : str or Engine
        A name in `spikenet.engines.ENGINES`, or an engine such as ``sn.engines.Cpp(threads=1)``.
    seed : int
        For neurons with noise.
    progress : callable, optional
        Called with the part that is done, from 0 to 1. Without it a bar is shown after two seconds.

    Returns
    -------
    Recording
        Arrays (sample, unit), traces (sample, time, unit), in SI units.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        For arguments that cannot be used, before anything is compiled.
    BuildError
        If code cannot be generated or compiled.
    SimulationError
        If a state leaves the finite numbers, or the program fails.

    Examples
    --------
    >>> import spikenet as sn
    >>> recording = sn.simulate(sn.FHN, [[-0.5, 0.0, 0.5]], settle="100 ms", duration="50 ms")
    >>> recording.mean.round(1)  # the mean of an FHN neuron is -(a + I)
    array([[ 0.5,  0. , -0.5]])
    """
    schedule = Schedule(duration, settle, dt, sample_dt)
    simulation = Simulation(neuron, schedule, engine=engine, seed=seed)
    return simulation.run(drive, record=record, variable=variable, parameters=parameters, progress=progress)


@renamed_arguments(record="duration", keep="record", output="variable")
def stream(  # noqa: PLR0913 (as simulate)
    neuron: NeuronModel,
    drive,
    *,
    duration,
    settle=0.0,
    dt=None,
    sample_dt=None,
    record=("trace",),
    variable: str | None = None,
    parameters: Mapping | None = None,
    engine: str | Engine = "cpp",
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Iterator[tuple[slice, Recording]]:
    """Simulate a piece of the samples at a time: traces of any number of samples in little memory.

    Parameters and errors are those of `simulate`; arguments are checked at once, not when the first piece is asked for.

    Yields
    ------
    slice
        The samples of the piece.
    Recording
        Their recording. All pieces together are what `simulate` gives.

    Examples
    --------
    >>> import spikenet as sn
    >>> for samples, recording in sn.stream(sn.FHN, [[-0.5], [0.5]], duration="5 ms"):
    ...     print(samples, recording.trace.shape)
    slice(0, 2, None) (2, 50, 1)
    """
    schedule = Schedule(duration, settle, dt, sample_dt)
    simulation = Simulation(neuron, schedule, engine=engine, seed=seed)
    return simulation.stream(drive, record=record, variable=variable, parameters=parameters, progress=progress)
