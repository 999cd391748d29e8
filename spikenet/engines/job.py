"""What is to be simulated, checked as far as it can be without compiling anything. Needs no Brian2."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError, SimulationError
from spikenet.neurons.model import NeuronModel
from spikenet.recording import KEEPABLE
from spikenet.units import SECOND, n_steps, show, to_seconds, to_si

_NEEDS_SPIKES = {"count", "first_spike", "spikes"}
_NEEDS_SAMPLES = {"mean", "trace"}
# |rate * dt| up to which an explicit method stays bounded on a decaying mode: its interval on the real axis.
_STABILITY = {"euler": 2.0, "rk2": 2.0, "rk4": 2.785}
_MOST_SEED = 2**31 - 1
_ROUNDING = 1e-9  # of a product of a rate and dt


@dataclass(frozen=True, eq=False)
class Job:
    """One simulation less its drive: a model, durations in steps of ``dt``, and what to keep.

    ``drive_steps`` tells, port by port, how many values the drive takes over the run: 0 for a constant one.
    """

    model: NeuronModel
    output: str
    keep: tuple[str, ...]
    dt: float
    settle_steps: int
    record_steps: int
    sample_steps: int
    drive_steps: Mapping[str, int]
    seed: int

    @property
    def n_samples(self) -> int:
        """Samples of a trace."""
        return self.record_steps // self.sample_steps

    @property
    def sample_dt(self) -> float:
        return self.sample_steps * self.dt

    @property
    def total_steps(self) -> int:
        return self.settle_steps + self.record_steps

    @property
    def samples_wanted(self) -> bool:
        return bool(_NEEDS_SAMPLES & set(self.keep))

    @property
    def substeps(self) -> int:
        """Steps of ``dt`` that may be taken between two moments at which anything happens to a neuron."""
        model = self.model
        if model.spiking or model.noisy or model.timed or model.method not in ("euler", "rk2", "rk4"):
            return 1
        moments = [self.settle_steps, self.record_steps]
        moments += [self.sample_steps] if self.samples_wanted else []
        moments += [self.total_steps // steps for steps in self.drive_steps.values() if steps]
        return math.gcd(*moments) or 1

    def blown_up(self, where: str) -> SimulationError:
        """The error for a simulation in which a state is not finite any more."""
        return SimulationError(
            f"{self.model.name} left the finite numbers: {where}; dt is {show(self.dt, SECOND)}: try a smaller one, "
            "or a weaker drive"
        )

    def described(self) -> dict[str, object]:
        """What a recording says of how it was made."""
        return {
            "model": self.model.name,
            "parameters": {name: str(value) for name, value in self.model.parameters.items()},
            "dt": self.dt,
            "settle": self.settle_steps * self.dt,
            "record": self.record_steps * self.dt,
            "seed": self.seed,
        }


@dataclass(frozen=True)
class Timing:
    """Durations as they came from the user; None takes the model's own ``dt`` and ``sample_dt``."""

    settle: object
    record: object
    dt: object = None
    sample_dt: object = None


def plan(model: NeuronModel, drive, timing: Timing, *, keep=("mean",), output: str | None = None, seed: int = 0):
    """A `Job`, and the drive as a mapping from port to SI floats (sample, unit) or (sample, time, unit).

    Everything that can be wrong with the arguments is an error here, before any compiling or simulating.
    """
    if not isinstance(model, NeuronModel):
        raise InvalidTypeError(f"the neuron is {type(model).__name__}, wanted a NeuronModel such as sn.FHN")
    keep, output = _check_keep(model, keep), model.outputs[0] if output is None else output
    if output not in model.outputs:
        raise InvalidValueError(f"{model.name} has no output {output!r}; it has {', '.join(model.outputs)}")
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or not 0 <= seed <= _MOST_SEED:
        raise InvalidValueError(f"seed is {seed!r}, wanted a whole number from 0 to {_MOST_SEED}")
    dt = to_seconds(model.dt if timing.dt is None else timing.dt, "dt")
    if dt == 0:
        raise InvalidValueError("dt is 0 s, wanted more")
    settle_steps = n_steps(to_seconds(timing.settle, "settle"), dt, "settle")
    record_steps = n_steps(to_seconds(timing.record, "record"), dt, "record")
    if record_steps == 0:
        raise InvalidValueError("record is 0 s, wanted at least one step")
    sample_steps = _sample_steps(model, timing, dt, (settle_steps, record_steps), bool(_NEEDS_SAMPLES & set(keep)))
    drives = _check_drive(model, drive)
    drive_steps = {port: _drive_steps(array, port, settle_steps + record_steps) for port, array in drives.items()}
    _check_initial(model, next(iter(drives.values())).shape[-1])
    _check_dt(model, drives, dt)
    job = Job(
        model, output, keep, dt, settle_steps, record_steps, sample_steps, MappingProxyType(drive_steps), int(seed)
    )
    return job, drives


def _check_keep(model: NeuronModel, keep) -> tuple[str, ...]:
    """What to keep, once each and in a fixed order."""
    try:
        keep = {keep} if isinstance(keep, str) else set(keep)
    except TypeError:
        raise InvalidTypeError(f"keep is {keep!r}, wanted names out of {', '.join(KEEPABLE)}") from None
    unknown = sorted(map(str, keep - set(KEEPABLE)))
    if unknown or not keep:
        raise InvalidValueError(f"keep has {', '.join(unknown) or 'nothing'}; choose from {', '.join(KEEPABLE)}")
    if keep & _NEEDS_SPIKES and not model.spiking:
        raise InvalidValueError(
            f"keep has {', '.join(sorted(keep & _NEEDS_SPIKES))}, but {model.name} has no threshold and never spikes"
        )
    return tuple(name for name in KEEPABLE if name in keep)


def _sample_steps(model, timing: Timing, dt: float, durations: tuple[int, int], wanted: bool) -> int:
    """Steps between two samples. The model's own interval gives way where it does not divide the durations."""
    if timing.sample_dt is None:
        own = max(1, round(model.sample_dt / dt))
        return own if not any(steps % own for steps in durations) else math.gcd(own, *durations)
    steps = n_steps(to_seconds(timing.sample_dt, "sample_dt"), dt, "sample_dt")
    if steps == 0:
        raise InvalidValueError("sample_dt is 0 s, wanted at least dt")
    for name, duration in zip(("settle", "record"), durations, strict=True):
        if wanted and duration % steps:
            raise InvalidValueError(
                f"{name} is {show(duration * dt, SECOND)}, which is no whole number of samples of "
                f"{show(steps * dt, SECOND)}; change {name} or sample_dt"
            )
    return steps


def _check_drive(model: NeuronModel, drive) -> dict[str, np.ndarray]:
    """The drive of every port, of one number of samples and units; ports that are not named get zero."""
    if not isinstance(drive, Mapping):
        if len(model.ports) != 1:
            raise InvalidValueError(
                f"{model.name} has the ports {', '.join(model.ports)}; give the drive as a mapping from port to array"
            )
        drive = {model.ports[0]: drive}
    unknown = [str(port) for port in drive if port not in model.ports]
    if unknown or not drive:
        raise InvalidValueError(
            f"the drive names {', '.join(unknown) or 'no port'}; {model.name} has {', '.join(model.ports)}"
        )
    variables = model.variables
    drives = {port: _check_array(values, variables[port], f"the drive of {port}") for port, values in drive.items()}
    for port in [port for port in model.nonnegative if port in drives]:
        _check_sign(model, port, drives[port])
    shapes = {(array.shape[0], array.shape[-1]) for array in drives.values()}
    if len(shapes) > 1:
        each = ", ".join(f"{port} {array.shape}" for port, array in drives.items())
        raise InvalidValueError(f"the drives have different samples or units: {each}; wanted the same for all ports")
    shape = shapes.pop()
    return {port: drives.get(port, np.zeros(shape)) for port in model.ports}


def _check_array(values, dimensions, name: str) -> np.ndarray:
    """A drive as finite SI floats, (sample, unit) or (sample, time, unit)."""
    array = to_si(values, dimensions, name)
    if array.ndim not in (2, 3) or not array.size:
        raise InvalidValueError(
            f"{name} has the shape {array.shape}; wanted (sample, unit), or (sample, time, unit) for one that changes, "
            "with at least one of each"
        )
    return np.ascontiguousarray(array)


def _check_sign(model: NeuronModel, port: str, array: np.ndarray) -> None:
    """Nothing below zero, at a port where it would have no meaning."""
    if (array < 0).any():
        index = tuple(int(axis[0]) for axis in np.nonzero(array < 0))
        raise InvalidValueError(
            f"the drive of {port} is negative: {show(float(array[index]), model.variables[port])} at {index} "
            f"({np.count_nonzero(array < 0)} of {array.size}); {model.name} takes zero or more at "
            f"{', '.join(model.nonnegative)}, so give each port its own share"
        )


def _drive_steps(array: np.ndarray, port: str, total_steps: int) -> int:
    """How many values the drive takes over the run; 0 for a constant one."""
    if array.ndim == 2:
        return 0
    if total_steps % array.shape[1]:
        raise InvalidValueError(
            f"the drive of {port} has {array.shape[1]} values in time for {total_steps} steps of settle and record "
            "together; wanted a number that divides them"
        )
    return array.shape[1]


def _check_initial(model: NeuronModel, units: int) -> None:
    for name, value in model.initial.items():
        if value.ndim and len(value) != units:
            raise InvalidValueError(
                f"the initial {name} of {model.name} is for {len(value)} units, but the drive has {units}"
            )


def _check_dt(model: NeuronModel, drives: Mapping[str, np.ndarray], dt: float) -> None:
    """An explicit method with too large a step blows up, however long one waits; and a step holds one spike."""
    largest = {port: float(np.abs(array).max()) for port, array in drives.items()}
    rate, limit = model.rate_bound(largest), _STABILITY.get(model.method)
    if rate and limit and rate * dt > limit:
        raise InvalidValueError(
            f"dt is {show(dt, SECOND)}, too large for {model.name}: {model.method} is unstable beyond "
            f"{show(float(f'{limit / rate:.3g}'), SECOND)} with these parameters and drives"
        )
    spikes = model.rate_bound(largest, "peak_rate")
    if spikes and spikes * dt > 1 + _ROUNDING:
        raise InvalidValueError(
            f"dt is {show(dt, SECOND)}, too large for {model.name}: it fires up to {spikes:g} times a second, and a "
            f"step holds one spike; wanted {show(float(f'{1 / spikes:.3g}'), SECOND)} or less"
        )
