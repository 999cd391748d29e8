"""The gradient of neurons by a constant drive, through all steps, in one pass and in constant memory.

Each neuron has one drive I that does not change, so that the derivative of its state by I can be carried along with the
state (forward-mode differentiation): no step has to be kept or computed again, as backpropagation would. The sum over
all steps is the same.
"""

from dataclasses import dataclass
from functools import cached_property

import tensorflow as tf

from spikenet.layers.gradient.step import SPIKE, DifferentiableStep


@dataclass(frozen=True)
class DriveGradient:
    """A function of (drive, upstream) that returns the gradient by the drive, (sample, unit).

    ``upstream`` is the gradient by the output ``measure``: (sample, unit) for "mean", "final" or "count", and (time,
    sample, unit) for "trace". ``times`` are settle, record and sample_dt in steps.
    """

    step: DifferentiableStep
    times: tuple[int, int, int]
    measure: str
    variable: str

    def __call__(self, drive: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        return self._compiled(drive, upstream)

    @cached_property
    def _compiled(self):
        # XLA merges the dozens of operations of a step into one pass over the neurons, ten times as fast.
        return tf.function(self._gradient, autograph=False, jit_compile=True)

    def _gradient(self, drive, upstream):
        port = self.step.model.ports[0]
        drives = self.step.drives({port: drive})
        along = {name: tf.ones_like(value) if name == port else tf.zeros_like(value) for name, value in drives.items()}
        state = self.step.initial(tf.shape(drive)[0], drive.shape[1], drive.dtype.name)
        tangent = {name: tf.zeros_like(value) for name, value in state.items()}
        run = _Tangents(self.step, drives, along)
        settle, record, sample = self.times
        state, tangent, _ = run.steps(state, tangent, settle)
        if self.measure in ("count", "final"):
            state, tangent, spikes = run.steps(state, tangent, record)
            return upstream * (spikes if self.measure == "count" else run.read(self.variable, state, tangent))

        def one(index, state, tangent, total):
            here = upstream[index] if self.measure == "trace" else upstream / samples
            total += here * run.read(self.variable, state, tangent)
            return index + 1, *run.steps(state, tangent, sample)[:2], total

        samples = record // sample
        start = (0, state, tangent, tf.zeros_like(drive))
        return tf.while_loop(lambda index, *_: index < samples, one, start, maximum_iterations=samples)[-1]


@dataclass(frozen=True)
class _Tangents:
    """States with their derivatives by the drive. ``along`` is the derivative of each port's drive by it, 1 or 0."""

    step: DifferentiableStep
    drives: dict
    along: dict

    def steps(self, state: dict, tangent: dict, count: int) -> tuple[dict, dict, tf.Tensor]:
        """Return state and tangent after ``count`` steps, and the derivative of the number of spikes."""

        def one(index, state, tangent, spikes):
            state, tangent = self._moved(self.step, state, tangent)
            return index + 1, state, tangent, spikes + tangent[SPIKE] if SPIKE in tangent else spikes

        spikes = tf.zeros_like(next(iter(state.values())))
        start = (0, state, tangent, spikes)
        return tf.while_loop(lambda index, *_: index < count, one, start, maximum_iterations=count)[1:]

    def read(self, variable: str, state: dict, tangent: dict) -> tf.Tensor:
        """Return the derivative of an output of the model."""
        return self._moved(lambda *given: {variable: self.step.read(variable, *given)}, state, tangent)[1][variable]

    def _moved(self, function, state: dict, tangent: dict) -> tuple[dict, dict]:
        """Return what a function of state and drives gives, and its derivative, both by name."""
        given = (*state.values(), *self.drives.values())
        with tf.autodiff.ForwardAccumulator(given, (*tangent.values(), *self.along.values())) as accumulator:
            drives = dict(zip(self.drives, given[len(state) :], strict=True))
            found = function(dict(zip(state, given, strict=False)), drives)
        zero = tf.UnconnectedGradients.ZERO
        return found, {name: accumulator.jvp(value, unconnected_gradients=zero) for name, value in found.items()}
