"""Many time steps of neurons, through which gradients flow back, in bounded memory.

The steps are taken in blocks. Only the states between blocks are stored; a block is computed again for its gradient,
which takes about a third more time. Chen et al. (2016), arXiv:1604.06174.
"""

import math
from dataclasses import dataclass

import tensorflow as tf

from spikenet.errors import InvalidValueError
from spikenet.layers.gradient.step import SPIKE, DifferentiableStep

_FEW = 64  # steps that need no recomputing


def unroll(  # noqa: PLR0913 (the durations of a simulation, in steps)
    step: DifferentiableStep, drive, *, settle_steps: int = 0, record_steps: int, variable: str | None = None,
    sample_steps: int = 1,
) -> dict:  # fmt: skip
    """Run many steps, as `simulate` does, so that gradients flow from the outputs to the drive.

    Works inside ``tf.function``.

    Parameters
    ----------
    step : DifferentiableStep
    drive : tensor or mapping from ports to tensors
        float32 or float64: (sample, unit) if constant, or (sample, time, unit) for values that follow each other in
        equal intervals over settling and recording.
    settle_steps, record_steps : int
        Number of steps before and during recording.
    variable : str, optional
        The recorded output; the model's first one if left out.
    sample_steps : int
        Steps from one sample of the trace to the next; ``record_steps`` is a multiple of it.

    Returns
    -------
    dict
        "mean" and "final" (sample, unit), "trace" (sample, time, unit), and for a spiking model "count" (sample, unit),
        its spikes while it is recorded.

    Raises
    ------
    InvalidValueError
        If durations and drives do not fit together, or an output or port is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> import spikenet as sn
    >>> step = sn.layers.DifferentiableStep(sn.FHN)
    >>> outputs = sn.layers.unroll(step, np.array([[-0.5, 0.5]]), settle_steps=100, record_steps=50)
    >>> outputs["trace"].shape.as_list()
    [1, 50, 2]
    """
    variable = step.model.outputs[0] if variable is None else variable
    if variable not in step.model.outputs:
        raise InvalidValueError(f"{step.model.name} has no output {variable!r}; it has {', '.join(step.model.outputs)}")
    drives = step.drives(drive)
    _check(drives, settle_steps, record_steps, sample_steps)
    run = _TickLoop.of(step, drives, variable, (settle_steps, record_steps, sample_steps))
    shape = tf.shape(next(iter(drives.values())))
    state = step.initial(shape[0], shape[-1], next(iter(drives.values())).dtype.name)
    state["_count"] = tf.zeros_like(next(iter(state.values())))
    settle_ticks = settle_steps // run.tick
    state, _ = run.ticks(state, 0, settle_ticks, reading=False)
    state["_count"] = tf.zeros_like(state["_count"])
    state, trace = run.ticks(state, settle_ticks, record_steps // run.tick, reading=True)
    trace = tf.transpose(trace[:: sample_steps // run.tick], (1, 0, 2))  # (time, sample, unit) before
    last = {port: value[-1] for port, value in run.moving.items()}
    results = {
        "mean": tf.reduce_mean(trace, 1),
        "final": step.read(variable, state, run.constant | last),
        "trace": trace,
    }
    return results | ({"count": state["_count"]} if step.model.spiking else {})


def _check(drives, settle_steps: int, record_steps: int, sample_steps: int) -> None:
    if settle_steps < 0 or record_steps < 1 or sample_steps < 1:
        raise InvalidValueError(
            f"settle, record and sample are {settle_steps}, {record_steps} and {sample_steps} steps; "
            "wanted at least 0, 1 and 1"
        )
    if record_steps % sample_steps:
        raise InvalidValueError(
            f"record is {record_steps} steps, which is no whole number of samples of {sample_steps} steps"
        )
    for port, value in drives.items():
        if value.shape.rank not in (2, 3):
            raise InvalidValueError(
                f"the drive of {port} has the shape {value.shape}; wanted (sample, unit) or (sample, time, unit)"
            )
        if value.shape.rank == 3 and (value.shape[1] is None or (settle_steps + record_steps) % value.shape[1]):
            raise InvalidValueError(
                f"the drive of {port} has {value.shape[1]} values in time for {settle_steps + record_steps} steps; "
                "wanted a known number that divides them"
            )


@dataclass(frozen=True)
class _TickLoop:
    """Time in ticks: ``tick`` steps within which no drive changes and no sample is taken.

    ``constant`` drives are (sample, unit), ``moving`` ones (tick, sample, unit).
    """

    step: DifferentiableStep
    output: str
    tick: int
    constant: dict
    moving: dict

    @classmethod
    def of(cls, step, drives, output: str, durations: tuple[int, int, int]) -> "_TickLoop":
        total = durations[0] + durations[1]
        held = {port: total // value.shape[1] for port, value in drives.items() if value.shape.rank == 3}
        tick = math.gcd(*durations, *held.values())
        moving = {
            port: tf.repeat(tf.transpose(drives[port], (1, 0, 2)), steps // tick, axis=0)
            for port, steps in held.items()
        }
        return cls(step, output, tick, {port: drives[port] for port in drives if port not in held}, moving)

    def ticks(self, state, start: int, count: int, reading: bool):
        """Return the state after ``count`` ticks from ``start``, and the output before each, (tick, sample, unit)."""
        moving = {port: value[start : start + count] for port, value in self.moving.items()}
        if count * self.tick <= _FEW:
            return self._block(state, moving, count, reading) if count else (state, None)
        size = _block_size(count, self.tick)
        whole, rest = divmod(count, size)
        grouped = {
            port: tf.reshape(value[: whole * size], (whole, size, *_like(value)[1:])) for port, value in moving.items()
        }

        def one(index, state):
            now = {port: value[index] for port, value in grouped.items()}
            return self._recomputed(state, now, size, reading)

        state, traces = _loop(one, state, whole, reading)
        if reading:
            traces = tf.reshape(traces, (whole * size, *_like(traces)[2:]))
        if not rest:
            return state, traces
        tail = {port: value[whole * size :] for port, value in moving.items()}
        state, last = self._recomputed(state, tail, rest, reading)
        return state, tf.concat([traces, last], 0) if reading else None

    def _recomputed(self, state, moving, count: int, reading: bool):
        """Run `_block` without keeping its inner states. Gradients only reach tensors that are passed as arguments."""
        groups = (state, self.constant, moving)
        names = [list(group) for group in groups]

        def block(*tensors):
            left = iter(tensors)
            state, constant, moving = ({name: next(left) for name in some} for some in names)
            run = _TickLoop(self.step, self.output, self.tick, constant, {})
            state, trace = run._block(state, moving, count, reading)
            return (*state.values(), *([trace] if reading else []))

        results = tf.recompute_grad(block)(*(tensor for group in groups for tensor in group.values()))
        return dict(zip(state, results, strict=False)), results[-1] if reading else None

    def _block(self, state, moving, count: int, reading: bool):
        """Run ticks one by one."""

        def one(index, state):
            drive = self.constant | {port: value[index] for port, value in moving.items()}
            before = self.step.read(self.output, state, drive) if reading else None
            state, _ = _loop(lambda _, state: (self._counted(state, drive), None), state, self.tick, False)
            return state, before

        return _loop(one, state, count, reading)

    def _counted(self, state, drive):
        after = self.step({name: value for name, value in state.items() if name != "_count"}, drive)
        return after | {"_count": state["_count"] + after[SPIKE] if SPIKE in after else state["_count"]}


def _block_size(count: int, tick: int) -> int:
    """Return about the root of all steps, in ticks; a divisor of ``count`` if one is near, to leave no rest."""
    ideal = math.sqrt(count * tick) / tick
    near = [size for size in range(1, count + 1) if count % size == 0 and ideal / 3 <= size <= 3 * ideal]
    return min(near, key=lambda size: abs(math.log(size / ideal)), default=math.ceil(ideal))


def _like(tensor) -> list:
    """Return the shape, in numbers as far as it is known."""
    known, now = tensor.shape.as_list(), tf.shape(tensor)
    return [now[axis] if size is None else size for axis, size in enumerate(known)]


def _loop(body, state: dict, count: int, reading: bool):
    """Repeat ``state, value = body(index, state)``; return the state, and the values stacked if ``reading``."""
    if count == 1:
        state, value = body(0, state)
        return state, value[None] if reading else None
    first = next(iter(state.values()))
    values = (tf.TensorArray(first.dtype, size=count),) if reading else ()  # an empty one would abort XLA

    def one(index, state, *values):
        state, value = body(index, state)
        return index + 1, state, *(array.write(index, value) for array in values)

    _, state, *values = tf.while_loop(
        lambda index, *_: index < count, one, (0, state, *values), maximum_iterations=count, parallel_iterations=1
    )
    return state, values[0].stack() if reading else None
