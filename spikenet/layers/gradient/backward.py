"""The gradient of neurons by drives that change, and by the weights among them: backwards through all steps.

Forward, states are kept once a block of steps; backward, a block is computed again, last block first. A step and its
derivative are compiled, so that its dozens of operations are one pass over the neurons; what lies between steps is not:
matrix products of TensorFlow are several times as fast as XLA's, and compiling loops within loops takes XLA a minute.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import tensorflow as tf

from spikenet.layers.gradient.step import SPIKE, DifferentiableStep


@dataclass(frozen=True)
class BackwardThroughTime:
    """A function of (drive, weights, upstream) that returns the gradients by drive and by weights.

    ``drive`` is (step of the input, sample, unit), the first row for settling; or (1, sample, unit) if it is constant.
    ``weights`` (unit, unit) go from what was sent in one time step to the port ``connected`` in the next, or are None.
    ``upstream`` (step of the output, sample, unit) is the gradient by the output ``measure``: "mean", "final" or
    "count" of each step, or the "trace" with a step for each sample.

    Attributes
    ----------
    times : tuple of int
        Settle, record and sample_dt in time steps.
    hold : int
        Time steps that a step of the input lasts; 0 if the drive is constant.
    port, connected, sent : str
        The port that is driven, the one that is reached by the weights, and the variable that is sent.
    """

    step: DifferentiableStep
    times: tuple[int, int, int]
    hold: int
    measure: str
    variable: str
    port: str
    connected: str | None = None
    sent: str | None = None

    def __call__(self, drive: tf.Tensor, weights: tf.Tensor | None, upstream: tf.Tensor):
        return self._compiled(drive, weights, upstream)

    @cached_property
    def _compiled(self):
        return tf.function(self._gradient, autograph=False)

    @property
    def _block(self) -> int:
        """Return the number of steps between kept states, within which the drive is constant."""
        settle, record, _ = self.times
        longest, ideal = math.gcd(settle, self.hold or record), math.sqrt(settle + record)
        parts = (size for size in range(1, longest + 1) if longest % size == 0)
        return min(parts, key=lambda size: abs(math.log(size / ideal)))

    def _gradient(self, drive, weights, upstream):
        settle, record, _ = self.times
        size = self._block
        count = (settle + record) // size
        rows = self._rows(count, size)
        state = self.step.initial(tf.shape(drive)[1], drive.shape[2], drive.dtype.name)
        kept, last = self._forward(state, drive, weights, rows, count)
        bars = {name: tf.zeros_like(value) for name, value in state.items()}
        if self.measure == "final":
            bars |= self._read(last, drive[-1], upstream[-1])
        weights_bar = tf.zeros((), drive.dtype) if weights is None else tf.zeros_like(weights)
        drive_bars = tf.TensorArray(drive.dtype, count, element_shape=drive.shape[1:])

        def one(index, bars, weights_bar, drive_bars):
            index = count - 1 - index
            state = {name: array[index] for name, array in kept.items()}
            fed = drive[rows[index]], weights
            bars, weights_bar, drive_bar = self._block_backward(state, bars, weights_bar, fed, upstream, index * size)
            return bars, weights_bar, drive_bars.write(index, drive_bar)

        _, weights_bar, drive_bars = _repeat(count, one, (bars, weights_bar, drive_bars))
        total = tf.math.unsorted_segment_sum(drive_bars.stack(), rows, drive.shape[0])
        return total, None if weights is None else weights_bar

    def _rows(self, count: int, size: int) -> tf.Tensor:
        """Return the step of the input in each block."""
        settle = self.times[0] // size
        if not self.hold:
            return tf.zeros(count, tf.int32)
        blocks = range(count)
        return tf.constant([0 if block < settle else 1 + (block - settle) * size // self.hold for block in blocks])

    def _forward(self, state, drive, weights, rows, count: int):
        """Return the states before each block, stacked, and the last state."""

        def one(index, state, arrays):
            arrays = {name: array.write(index, state[name]) for name, array in arrays.items()}
            here = drive[rows[index]]
            (state,) = _repeat(self._block, lambda _, state: (self._after(state, here, weights),), (state,))
            return state, arrays

        last, arrays = _repeat(count, one, (state, _arrays(state, count)))
        return {name: array.stack() for name, array in arrays.items()}, last

    def _block_backward(self, state, bars, weights_bar, fed, upstream, start):
        """Return the gradients by the state before a block and by weights, so far, and by the drive of the block."""
        (drive, weights), size = fed, self._block

        def forward(index, state, arrays):
            arrays = {name: array.write(index, state[name]) for name, array in arrays.items()}
            return self._after(state, drive, weights), arrays

        def backward(index, bars, weights_bar, drive_bar):
            index = size - 1 - index
            state = {name: value[index] for name, value in states.items()}
            received = self._received(state, weights)
            reading_bar, spike_bar = self._output_bars(upstream, start + index)
            bars, here, received_bar = self._compiled_one_backward(state, drive, received, bars, reading_bar, spike_bar)
            if weights is not None:
                bars[self.sent] += tf.matmul(received_bar, weights, transpose_b=True)
                weights_bar += tf.matmul(state[self.sent], received_bar, transpose_a=True)
            return bars, weights_bar, drive_bar + here

        if size > 1:
            last, arrays = _repeat(size - 1, forward, (state, _arrays(state, size)))
            states = {name: array.write(size - 1, last[name]).stack() for name, array in arrays.items()}
        else:
            states = {name: value[None] for name, value in state.items()}
        return _repeat(size, backward, (bars, weights_bar, tf.zeros_like(drive)))

    def _after(self, state, drive, weights) -> dict:
        """Return the state after a step."""
        return self._compiled_one(state, drive, self._received(state, weights))

    def _output_bars(self, upstream, index):
        """Return the gradients by the reading before a time step, and by a spike in it."""
        settle, record, sample = self.times
        time, each = index - settle, record // upstream.shape[0]
        nothing = tf.zeros_like(upstream[0])
        if self.measure == "final":  # before the first step of the next output; that of the last is `_read`
            due = tf.logical_and(time > 0, time % each == 0)
            return tf.where(due, upstream[tf.maximum(time // each - 1, 0)], nothing), nothing
        here = upstream[tf.maximum(time, 0) // each]
        if self.measure == "count":
            return nothing, tf.where(time >= 0, here, nothing)
        due = tf.logical_and(time >= 0, time % sample == 0)
        return tf.where(due, here * (sample / each), nothing), nothing

    def _received(self, state, weights):
        """Return what units receive from each other; None if they do not."""
        return None if weights is None else tf.matmul(state[self.sent], weights)

    def _drives(self, drive, received) -> dict:
        return self.step.drives({self.port: drive} | ({} if received is None else {self.connected: received}))

    @cached_property
    def _compiled_one(self):
        return tf.function(self._one, autograph=False, jit_compile=True)

    @cached_property
    def _compiled_one_backward(self):
        return tf.function(self._one_backward, autograph=False, jit_compile=True)

    def _one(self, state, drive, received):
        return self.step(state, self._drives(drive, received))

    def _one_backward(self, state, drive, received, bars, reading_bar, spike_bar):
        """Return the gradients by the state before a step, by the drive, and by what was received."""
        given = [*state.values(), drive, *([] if received is None else [received])]
        with tf.GradientTape() as tape:
            tape.watch(given)
            drives = self._drives(drive, received)
            after = self.step(state, drives)
            reading = self.step.read(self.variable, state, drives)
        bars = bars | ({SPIKE: bars[SPIKE] + spike_bar} if SPIKE in bars else {})
        found = tape.gradient(
            [*after.values(), reading], given, output_gradients=[*(bars[name] for name in after), reading_bar],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )  # fmt: skip
        before = dict(zip(state, found, strict=False))
        return before, found[len(state)], None if received is None else found[-1]

    def _read(self, state, drive, upstream) -> dict:
        """Return the gradients by the last state, given the one by the output after it."""
        with tf.GradientTape() as tape:
            tape.watch(state)
            reading = self.step.read(self.variable, state, self._drives(drive, None))
        zero = tf.UnconnectedGradients.ZERO
        return tape.gradient(reading, state, output_gradients=upstream, unconnected_gradients=zero)


def _arrays(state: dict, count: int) -> dict:
    """Return room for that many states."""
    return {name: tf.TensorArray(value.dtype, count, element_shape=value.shape) for name, value in state.items()}


def _repeat(count: int, body, values: tuple) -> tuple:
    """Return ``values = body(index, *values)`` after ``count`` turns; a single one needs no loop."""
    if count == 1:
        return body(0, *values)
    return tf.while_loop(
        lambda index, *_: index < count, lambda index, *values: (index + 1, *body(index, *values)), (0, *values),
        maximum_iterations=count, parallel_iterations=1,
    )[1:]  # fmt: skip
