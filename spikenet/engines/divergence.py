"""Simulations that leave the finite numbers: where, when, and what to do about it. Needs Brian2 only for an error."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from spikenet.engines.job import NEED_SAMPLES, Job, TimeSteps
from spikenet.errors import SimulationError
from spikenet.units import SECOND, show

_FINER = 10  # dt over the step that is tried to find the cause
_LARGEST = 50_000  # steps of a neuron that is simulated again: a few seconds


def check_finite(
    job: Job, drives: Mapping[str, np.ndarray], values: Mapping[str, object], precision: str = "float64"
) -> None:
    """Raise SimulationError if a recorded mean, trace or final value is not finite."""
    for name in sorted(NEED_SAMPLES | {"final"}):
        array = values.get(name)
        # The extremes are not finite if any number is not, and take no memory as large as a trace.
        if array is not None and not (np.isfinite(array.min()) and np.isfinite(array.max())):
            bad = np.argwhere(~np.isfinite(array))[0]
            raise divergence_error(job, drives, job.variable, int(bad[0]), int(bad[-1]), precision)


def divergence_error(
    job: Job, drives: Mapping[str, np.ndarray], variable: str, sample: int, unit: int, precision: str = "float64"
) -> SimulationError:
    """Make the error for a neuron with a value that is not finite.

    The neuron is simulated again, alone and in double precision, to find out when it happens and whether a smaller
    ``dt`` helps; not so if it is noisy, is driven by other units, or takes too many steps.
    """
    where, advice, neuron = f"{variable} of sample {sample}, unit {unit}", None, job.neuron
    finer = show(float(f"{job.steps.dt / _FINER:.3g}"), SECOND)
    if not neuron.noisy and not job.recurrence and job.steps.total <= _LARGEST:
        alone, own = _alone(job, drives, variable, sample, unit)
        when = _first_not_finite(alone, own)
        if when is not None:
            where += f", {show(float(f'{when:.4g}'), SECOND)} after its start"
            advice = _advice(alone, own, when, finer)
        elif precision != "float64":
            advice = "it stays finite in double precision: take precision='float64'"
    return SimulationError(
        f"{neuron.name} left the finite numbers: {where}; dt is {show(job.steps.dt, SECOND)}: "
        f"{advice or 'try a smaller one, or a weaker drive'}"
    )


def _advice(job: Job, drives: Mapping[str, np.ndarray], when: float, finer: str) -> str | None:
    """Return what to do, from what a smaller step does; None where that would take too long."""
    steps, neuron = job.steps, job.neuron
    total = steps.total
    if not any(job.drive_steps.values()):
        total = min(total, 2 * round(when / steps.dt) + 10)
    if neuron.definitions[job.variable].kind != "state":
        return (
            f"{job.variable} is no state, so look at its formula: a division by zero, a logarithm or a root of what is "
            "not above zero, or a power that is too large"
        )
    if total * _FINER > _LARGEST:
        return None
    smaller = replace(job, steps=TimeSteps(steps.dt / _FINER, 0, total * _FINER))
    if _first_not_finite(smaller, drives) is None:
        explicit = neuron.method not in ("exponential_euler", "exact")
        also = ", or try method='exponential_euler'" if explicit else ""
        return f"it stays finite with {finer}, so take a smaller dt{also}"
    cut = "a threshold nearer to where the spike begins" if neuron.spiking else "a threshold with a reset"
    return f"a smaller dt does not help, {job.variable} leaves them with {finer}, too: take a weaker drive, or {cut}"


def _alone(job: Job, drives: Mapping[str, np.ndarray], variable: str, sample: int, unit: int):
    """Return the job of one of the neurons, with every step in its trace, and its drives."""
    starts = {name: value[unit] for name, value in job.neuron.initial.items() if value.ndim}
    neuron = job.neuron.with_initial(**starts) if starts else job.neuron
    steps = TimeSteps(job.steps.dt, 0, job.steps.total)
    alone = replace(job, neuron=neuron, variable=variable, record=("trace",), steps=steps)
    return alone, {port: array[sample : sample + 1, ..., unit : unit + 1] for port, array in drives.items()}


def _first_not_finite(job: Job, drives: Mapping[str, np.ndarray]) -> float | None:
    """Return when the variable is not finite for the first time, in s after the start; None if it always is."""
    from spikenet.engines.runtime import simulated  # noqa: PLC0415 (Brian2 takes 1.6 s to import, for an error only)

    with simulated(job, drives) as built:
        trace = getattr(built.trace, f"{job.variable}_")[0]
        values = np.append(trace, getattr(built.group, f"{job.variable}_")[:])
    bad = np.flatnonzero(~np.isfinite(values))
    return float(bad[0] * job.steps.dt) if bad.size else None
