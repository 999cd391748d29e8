"""The times of a simulation: how long it settles, how long it is recorded, in which steps. Needs no drive."""

import math
from dataclasses import dataclass

from spikenet.errors import InvalidValueError
from spikenet.neurons.model import NeuronModel
from spikenet.units import SECOND, n_steps, show, to_seconds


@dataclass(frozen=True)
class Schedule:
    """How long neurons settle, how long they are recorded, and in which steps.

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

    def steps(self, neuron: NeuronModel, *, sampled: bool = True) -> "TimeSteps":
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


@dataclass(frozen=True)
class TimeSteps:
    """A schedule in whole steps of ``dt`` (in s): ``settle``, then ``record``, a sample every ``sample`` steps."""

    dt: float
    settle: int
    record: int
    sample: int = 1

    @property
    def total(self) -> int:
        """Steps of the whole simulation."""
        return self.settle + self.record

    @property
    def samples(self) -> int:
        """Samples of a trace."""
        return self.record // self.sample

    @property
    def sample_dt(self) -> float:
        """Time between two samples in s."""
        return self.sample * self.dt
