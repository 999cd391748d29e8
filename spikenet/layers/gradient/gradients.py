"""Gradients of simulated neurons for training: the table GRADIENTS.

Neurons of a layer do not interact, so the gradient of a neuron's output y by its pre-activation z is one slope dy/dz.
With the drive I(z):

- "sigmoid": e^-z / (1 + e^-z)^2, as if y were a sigmoid of z (Bogatenko et al., 2023);
- "response": dR/dI dI/dz, where R(I) is the measured and smoothed curve of response against constant drive;
- "sensitivity": dy/dI dI/dz, exact for smooth models, from variational equations that are simulated with the model;
- "step": through time by the model's differentiable step; exact except for spikes, which have a surrogate.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Protocol

import numpy as np
import tensorflow as tf

from spikenet.engines.lookup.response import response_curve
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.gradient.backward import BackwardThroughTime
from spikenet.layers.gradient.step import SPIKE, DifferentiableStep
from spikenet.layers.gradient.surrogate import SURROGATES, Surrogate, check_width, surrogate_of
from spikenet.layers.gradient.tangent import DriveGradient
from spikenet.layers.recurrent_neuron import RECURRENT
from spikenet.layers.simulation import DrivenSimulation

_CURVE_POINTS = 513
_SMOOTHED = 129  # points of the curve that a parabola is fitted to: a quarter of the range


class Gradient(Protocol):
    """The interface of an entry of GRADIENTS."""

    def check(self, driven: DrivenSimulation) -> None:
        """Raise InvalidValueError for neurons or outputs that this gradient does not support."""

    def backward(self, driven: DrivenSimulation, z: tf.Tensor, draw: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        """Return the gradient by ``z`` (sample, unit), given the one by the output, in training."""


def check_gradient(gradient: Gradient, driven: DrivenSimulation, name: object) -> None:
    """Raise InvalidValueError for what a gradient, which the user calls ``name``, does not support."""
    if driven.unfolds and not hasattr(gradient, "unfolded"):
        why = "units drive each other" if driven.recurrent else "the input changes in time"
        raise InvalidValueError(
            f"the surrogate {name!r} is one slope of a neuron with a constant input, and {why}; take surrogate='step', "
            f"or one of {', '.join(SURROGATES)}"
        )
    gradient.check(driven)


@dataclass(frozen=True)
class SlopeGradient:
    """A gradient by one slope for each neuron: ``slope(driven, z, draw)``, (sample, unit) or as the output is."""

    slope: Callable[[DrivenSimulation, np.ndarray, int], np.ndarray]
    checked: Callable[[DrivenSimulation], None] = lambda driven: None

    def check(self, driven: DrivenSimulation) -> None:
        self.checked(driven)

    def backward(self, driven, z, draw, upstream):
        work = partial(_chained, driven, self.slope)
        gradient = tf.numpy_function(work, [z, draw, upstream], z.dtype, stateful=False)
        gradient.set_shape(z.shape)
        return gradient


def _chained(driven: DrivenSimulation, slope, z: np.ndarray, draw: np.ndarray, upstream: np.ndarray) -> np.ndarray:
    """Return upstream times slope, summed over the instants of the output."""
    found = slope(driven, z, int(draw))
    if upstream.ndim == found.ndim + 1:
        return (upstream.sum(axis=1) * found).astype(z.dtype)
    product = upstream * found
    return (product.sum(axis=1) if product.ndim > z.ndim else product).astype(z.dtype)


def _sigmoid_slope(driven: DrivenSimulation, z: np.ndarray, draw: int) -> np.ndarray:
    """Return the slope of a sigmoid of the pre-activation. Bogatenko et al. (2023), section 4."""
    cut = np.exp(-np.abs(z))
    return cut / (1 + cut) ** 2


def _response_slope(driven: DrivenSimulation, z: np.ndarray, draw: int) -> np.ndarray:
    """Return the slope of the measured curve of response against drive, by the chain rule."""
    low, step, slopes = _measured(driven)
    place = (driven.drive(z) - low) / step
    point = np.clip(place.astype(np.int32), 0, len(slopes) - 2)  # even steps: several times as fast as np.interp
    here = slopes[point]
    return (here + (place - point) * (slopes[point + 1] - here)) * driven.drive.slope(z)


@lru_cache(maxsize=16)
def _measured(driven: DrivenSimulation) -> tuple[float, float, np.ndarray]:
    """Return the least drive, the step between drives, and the slope (point,) of the response at each.

    A parabola is fitted to a quarter of the range about each point: partial cycles and whole spikes make ripples that
    no training should follow.
    """
    from scipy.signal import savgol_filter  # noqa: PLC0415 (takes a second, and few need it)

    low, high = driven.drive.range
    measure = driven.output if driven.output in ("count", "final") else "mean"
    table = response_curve(
        driven.neuron, low=low, high=high, points=_CURVE_POINTS, record=(measure,), variable=driven.variable,
        engine=driven.engine.simulator, **asdict(driven.simulation.schedule),
    )  # fmt: skip
    curve = np.asarray(table.values[measure], float)
    step = (high - low) / (_CURVE_POINTS - 1)
    return low, step, savgol_filter(curve, _SMOOTHED, 2, deriv=1, delta=step)


def _check_response(driven: DrivenSimulation) -> None:
    if not np.isfinite(driven.drive.range).all():
        raise InvalidValueError(
            f"{driven.drive!r} has no bounds, and a response curve needs some; give low and high, or another surrogate"
        )
    if differing := driven.job().varying:
        raise InvalidValueError(
            f"{' and '.join(differing)} of {driven.neuron.name} differ from unit to unit, which have no common "
            "response curve; use surrogate='step' or 'sensitivity'"
        )
    if any(value.ndim for value in driven.neuron.initial.values()):
        raise InvalidValueError(
            "the units start from different states and have no common response curve; use surrogate='sensitivity'"
        )


def _sensitivity_slope(driven: DrivenSimulation, z: np.ndarray, draw: int) -> np.ndarray:
    """Return the derivative of the output from the variational equations, by the chain rule."""
    slope = driven.drive.slope(z)
    found = _sensitive(driven)(z, draw, True)
    return found * (slope[:, None] if found.ndim > slope.ndim else slope)


@lru_cache(maxsize=16)
def _sensitive(driven: DrivenSimulation) -> DrivenSimulation:
    from spikenet.neurons.equations.sensitivity import PREFIX, sensitivity_model  # noqa: PLC0415 (needs Brian2)

    variable = driven.variable or driven.neuron.outputs[0]
    return driven.with_neuron(sensitivity_model(driven.neuron), PREFIX + variable)


def _check_sensitivity(driven: DrivenSimulation) -> None:
    _sensitive(driven)


@dataclass(frozen=True)
class ThroughTime:
    """Gradient through time: the neuron's own steps, with a surrogate derivative of spikes.

    Parameters
    ----------
    surrogate : str or callable
        A name of SURROGATES, or a function of the distance from threshold and the steepness.
    width : float, optional
        Width of the surrogate, in units of the distance from reset to threshold; its own if left out. See
        `DifferentiableStep`.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the surrogate is unknown or its width is not above 0.

    Examples
    --------
    >>> import spikenet as sn
    >>> wide = sn.layers.ThroughTime("arctan", width=1.0)
    >>> drive = sn.linear_drive(scale=0.2e-9, offset=0.25e-9, low=0.0, high=1e-9)
    >>> neurons = sn.Population(sn.LIF, drive=drive, duration="25 ms", output="count", surrogate=wide)
    """

    surrogate: str | Surrogate = "fast_sigmoid"
    width: float | None = None

    def __post_init__(self):
        surrogate_of(self.surrogate)
        check_width(self.width, self.surrogate)

    def check(self, driven: DrivenSimulation) -> None:
        """Raise the errors of `DifferentiableStep`."""
        self._step(driven)

    def backward(self, driven, z, draw, upstream):
        """Return the gradient by ``z`` (sample, unit), given the one by the output, in training."""
        job = driven.job()
        steps = job.steps
        drive, slope = _of_drive(driven.drive, z), _of_drive(driven.drive.slope, z)
        upstream = _over_time(driven, draw, tf.cast(upstream, z.dtype))
        times = (steps.settle, steps.record, steps.sample)
        return _along_drive(self._step(driven), times, driven.recorded, job.variable)(drive, upstream) * slope

    def unfolded(self, driven, z, weights, draw, upstream):
        """Return the gradients by changing inputs ``z`` (sample, time, unit), and by recurrent weights or None.

        Inputs of recurrent units may be constant, (sample, unit). Forward, the steps are taken again from the start.
        """
        steps, changing = driven.simulation.steps, z.shape.rank == 3
        rows = tf.pad(tf.transpose(z, (1, 0, 2)), ((1, 0), (0, 0), (0, 0))) if changing else z[None]  # settle first
        upstream = _over_time(driven, draw, tf.cast(upstream, z.dtype))
        if not (driven.return_sequences or driven.recorded == "trace"):
            upstream = upstream[None]
        port, slope = driven.simulated.neuron.ports[0], 1.0
        if not driven.recurrent:
            slope = _of_drive(driven.drive.slope, rows)
            rows = _of_drive(driven.drive, rows)
        times, hold = (steps.settle, steps.record, steps.sample), driven.hold if changing else 0
        connected = (RECURRENT, driven.sent or SPIKE) if driven.recurrent else ()
        work = _backward_through_time(
            self._step(driven), times, hold, driven.recorded, driven.job().variable, port, *connected
        )
        found, weights_bar = work(rows, weights, upstream)
        found = found * slope
        return tf.transpose(found[1:], (1, 0, 2)) if changing else found[0], weights_bar

    def _step(self, driven: DrivenSimulation) -> DifferentiableStep:
        return _step(driven.simulated.neuron, driven.simulation.steps.dt, self.surrogate, self.width)


def _over_time(driven: DrivenSimulation, draw: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
    """Return the gradient by an output with time as (time, sample, unit), that of instants with all samples."""
    if upstream.shape.rank == 3:
        upstream = tf.transpose(upstream, (1, 0, 2))
    if driven.output == "instants":
        samples = driven.simulation.steps.samples
        instants = tf.numpy_function(lambda draw: driven.chosen(int(draw)).astype(np.int32), [draw], tf.int32)
        shape = tf.concat([[samples], tf.shape(upstream)[1:]], 0)
        upstream = tf.scatter_nd(tf.reshape(instants, (-1, 1)), upstream, shape)
        upstream.set_shape((samples, None, None))
    return upstream


def _of_drive(function: Callable, z: tf.Tensor) -> tf.Tensor:
    """Return a drive or its slope at pre-activations."""
    found = tf.numpy_function(lambda z: function(z).astype(z.dtype), [z], z.dtype, stateful=False)
    found.set_shape(z.shape)
    return found


@lru_cache(maxsize=16)
def _step(neuron, dt: float, surrogate: str | Surrogate, width: float | None) -> DifferentiableStep:
    return DifferentiableStep(neuron, dt, surrogate, width=width)


_along_drive = lru_cache(maxsize=16)(DriveGradient)
_backward_through_time = lru_cache(maxsize=16)(BackwardThroughTime)


GRADIENTS: Mapping[str, Gradient] = MappingProxyType(
    {
        "sigmoid": SlopeGradient(_sigmoid_slope),
        "response": SlopeGradient(_response_slope, _check_response),
        "sensitivity": SlopeGradient(_sensitivity_slope, _check_sensitivity),
        "step": ThroughTime(),
    }
)


def gradient_of(surrogate: str | Callable | Gradient) -> Gradient:
    """Return a gradient by name, one made of a slope ``f(z)``, or the given one.

    The name of a spike's surrogate (SURROGATES) is the gradient through time with it.

    Raises InvalidValueError for an unknown name, InvalidTypeError for anything else.
    """
    if isinstance(surrogate, str):
        if surrogate in SURROGATES:
            return ThroughTime(surrogate)
        if surrogate not in GRADIENTS:
            known = ", ".join((*GRADIENTS, *SURROGATES))
            raise InvalidValueError(f"unknown surrogate {surrogate!r}; there are {known}")
        return GRADIENTS[surrogate]
    if not isinstance(surrogate, type) and hasattr(surrogate, "backward") and hasattr(surrogate, "check"):
        return surrogate
    if callable(surrogate) and not isinstance(surrogate, type):
        return SlopeGradient(lambda driven, z, draw: np.asarray(surrogate(z)))
    raise InvalidTypeError(
        f"the surrogate is {surrogate!r}; wanted one of {', '.join(GRADIENTS)}, or a function of the pre-activation"
    )
