"""Jobs, which are the tasks of engines, and the checks of their parts. Needs no Brian2."""

import math
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np

from spikenet.engines.recurrence import Recurrence
from spikenet.engines.unit_parameters import single_rows
from spikenet.errors import ImplausibleDriveWarning, InvalidTypeError, InvalidValueError
from spikenet.neurons.equations.definitions import names_in_programs, rename
from spikenet.neurons.equations.drive_scale import strongest_drive
from spikenet.neurons.equations.linear import check_exact_solution
from spikenet.neurons.model import NeuronModel, Parameter
from spikenet.recording import RECORDABLE
from spikenet.units import SECOND, dimensions_of, show, to_si, unit_text

NEED_SPIKES = frozenset({"count", "first_spike", "spikes"})
NEED_SAMPLES = frozenset({"mean", "trace"})
# |rate * dt| up to which an explicit method stays bounded on a decaying mode: its interval on the real axis.
_STABILITY = {"euler": 2.0, "rk2": 2.0, "rk4": 2.785}
_ROUNDING = 1e-9  # of a product of a rate and dt


@dataclass(frozen=True)
class TimeSteps:
    """A schedule in steps of ``dt`` (in s): ``settle`` steps, then ``record`` steps with a sample every ``sample``."""

    dt: float
    settle: int
    record: int
    sample: int = 1

    @property
    def total(self) -> int:
        """Number of steps of the whole simulation."""
        return self.settle + self.record

    @property
    def samples(self) -> int:
        """Number of samples of a trace."""
        return self.record // self.sample

    @property
    def sample_dt(self) -> float:
        """Time between two samples in s."""
        return self.sample * self.dt


@dataclass(frozen=True, eq=False)
class Job:
    """The task of an engine, except for the drive: a neuron, what to record of it, and in which steps.

    Attributes
    ----------
    neuron : NeuronModel
    variable : str
        The variable whose mean, trace and final value are recorded.
    record : tuple of str
        What is recorded, out of `spikenet.recording.RECORDABLE`, in the order of that list.
    steps : TimeSteps
    drive_steps : mapping of str to int
        For each port, how many values its drive takes over the simulation; 0 for a constant drive.
    seed : int
    varying : mapping of str to str
        Parameters that differ from unit to unit, which are ports of this neuron, and their values in words.
    recurrence : Recurrence, optional
        Connections among the units of a sample.
    """

    neuron: NeuronModel
    variable: str
    record: tuple[str, ...]
    steps: TimeSteps
    drive_steps: Mapping[str, int]
    seed: int
    varying: Mapping[str, str] = field(default_factory=dict)
    recurrence: Recurrence | None = None

    @property
    def sampled(self) -> bool:
        """True if samples are taken, for a mean or a trace."""
        return bool(NEED_SAMPLES & set(self.record))

    @property
    def substeps(self) -> int:
        """Number of steps of ``dt`` that can be taken at a time: nothing reads or changes a neuron in between."""
        neuron, steps = self.neuron, self.steps
        together = not (neuron.spiking or neuron.noisy or neuron.timed or self.recurrence)
        if not together or neuron.method not in ("euler", "rk2", "rk4"):
            return 1
        moments = [steps.settle, steps.record]
        moments += [steps.sample] if self.sampled else []
        moments += [steps.total // values for values in self.drive_steps.values() if values]
        return math.gcd(*moments) or 1

    def provenance(self) -> dict[str, object]:
        """Return what was simulated, for a recording."""
        return {
            "model": self.neuron.name,
            "parameters": {name: str(value) for name, value in self.neuron.parameters.items()} | dict(self.varying),
            "dt": self.steps.dt,
            "settle": self.steps.settle * self.steps.dt,
            "duration": self.steps.record * self.steps.dt,
            "seed": self.seed,
        }


def spec_of(job: Job) -> dict:
    """Return all that changes the generated code, as JSON. Values of parameters, initial states and seeds do not."""
    neuron, names = job.neuron, compiled_names(job.neuron)
    code = {what: getattr(neuron, what) for what in ("equations", "threshold", "reset", "refractory")}
    if any(name != other for name, other in names.items()):
        code = {what: text and rename(text, names) for what, text in code.items()}
    return {
        "model": {
            "name": neuron.name,
            "equations": code["equations"],
            "outputs": [names[name] for name in neuron.outputs],
            "ports": [names[name] for name in neuron.ports],
            "threshold": code["threshold"],
            "reset": code["reset"],
            "refractory": code["refractory"],
            "method": neuron.method,
        },
        "parameters": {names[name]: list(parameter.dimensions) for name, parameter in neuron.parameters.items()},
        "initial": {names[name]: "units" if value.ndim else "one" for name, value in neuron.initial.items()},
        "variable": names[job.variable],
        "record": list(job.record),
        "steps": asdict(job.steps),
        "drive_steps": {names[port]: steps for port, steps in job.drive_steps.items()},
    } | ({"recurrence": _connected(job.recurrence, names)} if job.recurrence else {})


def _connected(recurrence: Recurrence, names: Mapping[str, str]) -> dict:
    return {"port": names[recurrence.port], "variable": recurrence.variable and names[recurrence.variable]}


def compiled_names(neuron: NeuronModel) -> dict[str, str]:
    """Return the name in compiled programs of each parameter and variable."""
    names = (*neuron.parameters, *neuron.variables)
    return {name: name for name in names} | names_in_programs(names)


def job_from_spec(spec: dict) -> Job:
    """Return the job of a `spec_of`, with ones for the parameters and zeros for the initial states."""
    neuron = NeuronModel(
        **spec["model"],
        parameters={name: Parameter(1.0, tuple(dimensions)) for name, dimensions in spec["parameters"].items()},
        initial={name: [0.0] if kind == "units" else 0.0 for name, kind in spec["initial"].items()},
    )
    recurrence = Recurrence(**spec["recurrence"], weights=np.zeros((1, 1))) if "recurrence" in spec else None
    return Job(
        neuron, spec["variable"], tuple(spec["record"]), TimeSteps(**spec["steps"]), spec["drive_steps"], seed=0,
        recurrence=recurrence,
    )  # fmt: skip


def check_record(neuron: NeuronModel, record) -> tuple[str, ...]:
    """Return what to record, once each and in the order of RECORDABLE.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        For what is no name in RECORDABLE, for nothing, and for spikes of a neuron without a threshold.
    """
    known = ", ".join(RECORDABLE)
    try:
        record = {record} if isinstance(record, str) else set(record)
    except TypeError:
        raise InvalidTypeError(f"record is {record!r}, wanted names out of {known}") from None
    unknown = sorted(map(str, record - set(RECORDABLE)))
    if unknown or not record:
        raise InvalidValueError(f"record has {', '.join(unknown) or 'nothing'}; choose from {known}")
    if record & NEED_SPIKES and not neuron.spiking:
        raise InvalidValueError(
            f"record has {', '.join(sorted(record & NEED_SPIKES))}, but {neuron.name} has no threshold and never spikes"
        )
    return tuple(name for name in RECORDABLE if name in record)


def check_variable(neuron: NeuronModel, variable: str | None) -> str:
    """Return the variable to record, by default the first output. Raises InvalidValueError for one that is none."""
    if variable is None:
        return neuron.outputs[0]
    if variable not in neuron.outputs:
        raise InvalidValueError(f"{neuron.name} has no output {variable!r}; it has {', '.join(neuron.outputs)}")
    return variable


def check_drive(neuron: NeuronModel, drive) -> dict[str, np.ndarray]:
    """Return the drive of every port in SI units, of one number of samples and units; ports without one get zero.

    Raises
    ------
    UnitError, InvalidTypeError, InvalidValueError
        For wrong units, numbers that are not finite or below zero where that has no meaning, unknown ports, and
        shapes other than (sample, unit) or (sample, time, unit).
    """
    if not isinstance(drive, Mapping):
        if len(neuron.ports) != 1:
            raise InvalidValueError(
                f"{neuron.name} has the ports {', '.join(neuron.ports)}; give the drive as a mapping from port to array"
            )
        drive = {neuron.ports[0]: drive}
    unknown = [str(port) for port in drive if port not in neuron.ports]
    if unknown or not drive:
        raise InvalidValueError(
            f"the drive names {', '.join(unknown) or 'no port'}; {neuron.name} has {', '.join(neuron.ports)}"
        )
    variables = neuron.variables
    drives = {port: _check_array(values, variables[port], f"the drive of {port}") for port, values in drive.items()}
    for port in [port for port, values in drive.items() if any(variables[port]) and dimensions_of(values) is None]:
        _warn_of_implausible(neuron, port, float(np.abs(drives[port]).max()))
    for port in [port for port in neuron.nonnegative if port in drives]:
        _check_sign(neuron, port, drives[port])
    drives = broadcast(drives)
    first = next(iter(drives.values()))
    return {port: drives.get(port, np.zeros((first.shape[0], first.shape[-1]))) for port in neuron.ports}


def broadcast(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return drives and parameters for the same samples and units: one of either stands for all.

    Raises InvalidValueError where they differ otherwise.
    """
    try:
        samples, units = np.broadcast_shapes(*((array.shape[0], array.shape[-1]) for array in arrays.values()))
    except ValueError:
        each = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise InvalidValueError(
            f"different samples or units: {each}; wanted the same first and last axis for all, or 1 where one value "
            "stands for all"
        ) from None
    return {
        name: np.ascontiguousarray(np.broadcast_to(array, (samples, *array.shape[1:-1], units)))
        if (array.shape[0], array.shape[-1]) != (samples, units)
        else array
        for name, array in arrays.items()
    }


def _check_array(values, dimensions, name: str) -> np.ndarray:
    """A drive as finite SI floats, (sample, unit) or (sample, time, unit)."""
    array = to_si(values, dimensions, name)
    if array.ndim not in (2, 3) or not array.size:
        raise InvalidValueError(
            f"{name} has the shape {array.shape}; wanted (sample, unit), or (sample, time, unit) for one that changes, "
            "with at least one of each"
        )
    return np.ascontiguousarray(array)


def _warn_of_implausible(neuron: NeuronModel, port: str, largest: float) -> None:
    """Warn of a plain number that is far beyond what the neuron is driven with: its unit was forgotten."""
    strongest = strongest_drive(neuron, port)
    if strongest is not None and largest > strongest:
        unit = unit_text(neuron.variables[port])
        example = {"amp": "0.3*nA", "siemens": "1*nS", "volt": "10*mV"}.get(unit, f"1*{unit}")
        warnings.warn(
            f"the drive of {port} is up to {largest:g} {unit}, which takes {neuron.name} to its threshold in less than "
            f"a step; plain numbers are in {unit}: give quantities, such as {example}",
            ImplausibleDriveWarning,
            stacklevel=2,
        )


def _check_sign(neuron: NeuronModel, port: str, array: np.ndarray) -> None:
    """Nothing below zero, at a port where it would have no meaning."""
    if (array < 0).any():
        index = tuple(int(axis[0]) for axis in np.nonzero(array < 0))
        raise InvalidValueError(
            f"the drive of {port} is negative: {show(float(array[index]), neuron.variables[port])} at {index} "
            f"({np.count_nonzero(array < 0)} of {array.size}); {neuron.name} takes zero or more at "
            f"{', '.join(neuron.nonnegative)}, so give each port its own share"
        )


def check_range(job: Job, drives: Mapping[str, np.ndarray], precision: str) -> None:
    """Raise InvalidValueError for drives, initial values and parameters beyond the largest number of a precision."""
    largest, neuron = np.finfo(precision).max, job.neuron
    given = {f"the drive of {port}": array for port, array in drives.items()}
    given |= {f"the initial {name}": array for name, array in neuron.initial.items()}
    given |= {f"the parameter {name}": np.asarray(one.value) for name, one in neuron.parameters.items()}
    for what, array in given.items():
        if max(array.max(), -array.min()) > largest:
            raise InvalidValueError(
                f"{what} of {neuron.name} has numbers beyond {largest:.3g}, the largest of {precision}; take "
                "precision='float64', or smaller ones"
            )


def count_drive_steps(array: np.ndarray, port: str, total_steps: int) -> int:
    """Count the values that a drive takes over the simulation; 0 for a constant drive."""
    if array.ndim == 2:
        return 0
    if total_steps % array.shape[1]:
        raise InvalidValueError(
            f"the drive of {port} has {array.shape[1]} values in time for {total_steps} steps of settle and duration "
            "together; wanted a number that divides them"
        )
    return array.shape[1]


def check_units(neuron: NeuronModel, units: int) -> None:
    """Raise InvalidValueError if initial values are given for another number of units."""
    for name, value in neuron.initial.items():
        if value.ndim and len(value) != units:
            raise InvalidValueError(
                f"the initial {name} of {neuron.name} is for {len(value)} units, but the drive has {units}"
            )


def check_dt(neuron: NeuronModel, largest: Mapping[str, object], dt: float) -> None:
    """Raise InvalidValueError for a step at which the method is unstable, or that could hold more than one spike.

    ``largest`` is the largest absolute value of each port's drive, and the values of parameters that differ.
    """
    if neuron.method == "exact" and len(neuron.states) > 1:
        for one in single_rows(neuron, {name: largest[name] for name in neuron.parameters if name in largest}):
            check_exact_solution(one)
    rate, limit = neuron.rate_bound(largest), _STABILITY.get(neuron.method)
    if rate and limit and rate * dt > limit:
        raise InvalidValueError(
            f"dt is {show(dt, SECOND)}, too large for {neuron.name}: {neuron.method} is unstable beyond "
            f"{show(float(f'{limit / rate:.3g}'), SECOND)} with these parameters and drives"
        )
    spikes = neuron.rate_bound(largest, "peak_rate")
    if spikes and spikes * dt > 1 + _ROUNDING:
        raise InvalidValueError(
            f"dt is {show(dt, SECOND)}, too large for {neuron.name}: it fires up to {spikes:g} times a second, and a "
            f"step holds one spike; wanted {show(float(f'{1 / spikes:.3g}'), SECOND)} or less"
        )
