"""Modes in which the neurons of a network run: at steady state, all layers at once, or with spikes.

A mode also says what a layer passes on to the next one and to the read-out: potentials at rest, potentials over time,
or spikes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Protocol

import numpy as np

from spikenet.encode import bernoulli_spikes, poisson_spikes, regular_spikes
from spikenet.engines.simulate import Schedule
from spikenet.errors import InvalidValueError
from spikenet.neurons import CWA, NeuronModel, SpikingCWA, time_constant
from spikenet.recording import Recording
from spikenet.units import to_seconds
from spikenet.validate import check_choice, check_whole

READOUTS = ("count", "potential")
_LONG = 40  # resting time constants after which exp(-40) is left, 4e-18
STEP = 1e-3  # s, of neurons without a largest rate
_STEPS = 20  # in one resting time constant, enough where all layers change at once


class Mode(Protocol):
    """A way to run the neurons. Arrays that are passed on hold one value for each sample of the simulation."""

    spiking: ClassVar[bool]
    neuron: ClassVar[NeuronModel]  # unless the user gives one
    record: tuple[str, ...]  # what the engine has to record
    decoder: str  # name of the network's own decoder

    def schedule(self, neuron: NeuronModel) -> Schedule:
        """Return the times of the simulation of each layer."""

    def encode(self, p: np.ndarray, seed: int, first: int) -> np.ndarray | None:
        """Return constant probabilities (sample, unit) as spikes (sample, time, unit); None leaves them constant."""

    def next_layer_input(self, recording: Recording) -> np.ndarray:
        """Return what the next layer is given, (sample, time, unit)."""

    def readout_input(self, recording: Recording) -> np.ndarray:
        """Return what the read-out is given at the end, (sample, 1, unit)."""

    def readout_input_over_time(self, recording: Recording) -> np.ndarray:
        """Return what the read-out would be given if the run ended after each step, (sample, time, unit)."""


@dataclass(frozen=True)
class SteadyState:
    """Run each layer until it is at rest, and only then the next one.

    Under constant conductances one step of exponential Euler is exact, however long, so a layer takes a single step.

    Parameters
    ----------
    duration : quantity, str or float, optional
        Simulated time of each layer; 40 resting time constants of the membrane if left out.
    dt : quantity, str or float, optional
        Step of the integration; the whole duration if left out.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        For what is no time above zero.

    Examples
    --------
    >>> import spikenet as sn
    >>> sn.SteadyState()
    SteadyState(duration=None, dt=None)
    """

    duration: float | None = None
    dt: float | None = None
    spiking: ClassVar[bool] = False
    neuron: ClassVar[NeuronModel] = CWA
    record: ClassVar[tuple[str, ...]] = ("final",)
    decoder: ClassVar[str] = "final"

    def __post_init__(self):
        _in_seconds(self)

    def schedule(self, neuron: NeuronModel) -> Schedule:
        """Return the times of a layer's simulation; only the last value is kept."""
        duration = _LONG * float(time_constant(neuron, 0.0, 0.0)) if self.duration is None else self.duration
        return Schedule(duration, dt=duration if self.dt is None else self.dt, sample_dt=duration)

    def encode(self, p, seed, first):
        """Return None: the drive is constant."""

    def next_layer_input(self, recording: Recording) -> np.ndarray:
        """Return the values at rest, (sample, 1, unit)."""
        return recording.final[:, None]

    readout_input = readout_input_over_time = next_layer_input


@dataclass(frozen=True)
class Transient:
    """Run all layers at once from rest, so that potentials change together.

    In each step a layer sees the others as they are when the step begins.

    Parameters
    ----------
    duration : quantity, str or float, optional
        Simulated time; 20 steps if left out.
    dt : quantity, str or float, optional
        Step of the integration, at most a resting time constant of the membrane; a twentieth of it if left out.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        For what is no time above zero.

    Examples
    --------
    >>> import spikenet as sn
    >>> sn.Transient(duration="40 ms", dt="1 ms")
    Transient(duration=0.04, dt=0.001)
    """

    duration: float | None = None
    dt: float | None = None
    spiking: ClassVar[bool] = False
    neuron: ClassVar[NeuronModel] = CWA
    record: ClassVar[tuple[str, ...]] = ("trace", "final")
    decoder: ClassVar[str] = "final"

    def __post_init__(self):
        _in_seconds(self)

    def schedule(self, neuron: NeuronModel) -> Schedule:
        """Return the times of a layer's simulation. Raises InvalidValueError for too large a ``dt``."""
        rest = float(time_constant(neuron, 0.0, 0.0))
        dt = rest / _STEPS if self.dt is None else self.dt
        if dt > rest:
            raise InvalidValueError(
                f"dt is {dt:g} s, too large for layers that change at once, as each sees the others as they were when "
                f"the step began; wanted the resting time constant, {rest:g} s, or less"
            )
        return Schedule(_STEPS * dt if self.duration is None else self.duration, dt=dt, sample_dt=dt)

    def encode(self, p, seed, first):
        """Return None: images are constant."""

    def next_layer_input(self, recording: Recording) -> np.ndarray:
        """Return the values at the start of each step, (sample, time, unit)."""
        return recording.trace

    def readout_input(self, recording: Recording) -> np.ndarray:
        """Return the values at the end of the last step, (sample, 1, unit)."""
        return recording.final[:, None]

    def readout_input_over_time(self, recording: Recording) -> np.ndarray:
        """Return the values at the end of each step, (sample, time, unit)."""
        return at_step_ends(recording)


def _regular(p, steps, seed, first):
    return regular_spikes(p, steps)


def _bernoulli(p, steps, seed, first):
    return bernoulli_spikes(p, steps, [np.random.default_rng([seed, first + k]) for k in range(len(p))])


def _poisson(p, steps, seed, first):
    return poisson_spikes(p, steps, [np.random.default_rng([seed, first + k]) for k in range(len(p))])


def _analog(p, steps, seed, first):
    return None


INPUTS: Mapping[str, Callable] = MappingProxyType(
    {"regular": _regular, "bernoulli": _bernoulli, "poisson": _poisson, "analog": _analog}
)


@dataclass(frozen=True)
class Spiking:
    """Run layers that send spikes, at most one a step, and answer in the step in which spikes arrive.

    A step lasts 1/f_max of conductance neurons, 1 ms with `spikenet.neurons.SpikingCWA`, and 1 ms of others.

    Parameters
    ----------
    steps : int
        Number of steps.
    input : str, optional
        How pixels enter the network: as "regular" spikes, as random spikes, at most one a step ("bernoulli") or several
        ("poisson"), or as "analog" values. If left out, pixels are regular spikes in networks with conductance layers,
        and analog values in others.
    readout : str
        What stands for the release probability p behind the last neurons: spikes a step ("count"), or the mean of p
        over the steps ("potential", for conductance layers only).
    wait : int
        Steps for which neurons of activations gather what comes before they may spike, after the layer before them has
        begun. With ``wait=steps`` a layer spikes when the one before it has ended: its spikes are then as exact as
        their number allows, and the network takes ``wait`` steps more for each layer.

    Raises
    ------
    InvalidValueError
        For what is no number of steps, and for unknown names.

    Examples
    --------
    >>> import spikenet as sn
    >>> sn.Spiking(steps=32, input="analog")
    Spiking(steps=32, input='analog', readout='count', wait=0)
    """

    steps: int = 50
    input: str | None = None
    readout: str = "count"
    wait: int = 0
    spiking: ClassVar[bool] = True
    neuron: ClassVar[NeuronModel] = SpikingCWA

    def __post_init__(self):
        object.__setattr__(self, "steps", check_whole(self.steps, "steps"))
        if self.input is not None:
            check_choice(self.input, "input", INPUTS)
        object.__setattr__(self, "wait", check_whole(self.wait, "wait", least=0, most=self.steps))
        check_choice(self.readout, "readout", READOUTS)

    @property
    def record(self) -> tuple[str, ...]:
        """Names of what is recorded of each layer."""
        return ("spikes",) if self.readout == "count" else ("spikes", "trace")

    @property
    def decoder(self) -> str:
        """Name of the decoder that `predict` uses if none is given."""
        return self.readout

    def schedule(self, neuron: NeuronModel) -> Schedule:
        """Return the times of a layer's simulation, a step for each possible spike."""
        step = 1 / neuron.parameters["f_max"].value if "f_max" in neuron.parameters else STEP
        return Schedule(self.steps * step, dt=step, sample_dt=step)

    def encode(self, p, seed, first):
        """Return spike trains of the pixels.

        ``first`` is the index of the first image among all. Spikes by chance depend on it and on the seed.
        """
        return INPUTS[self.input or "regular"](p, self.steps, seed, first)

    def next_layer_input(self, recording: Recording) -> np.ndarray:
        """Return spikes as 0 and 1, (sample, time, unit)."""
        return spikes_by_step(recording, self.steps)

    def readout_input(self, recording: Recording) -> np.ndarray:
        """Return spikes a step, or the mean of p, (sample, 1, unit)."""
        return self._released(recording).mean(axis=1, keepdims=True)

    def readout_input_over_time(self, recording: Recording) -> np.ndarray:
        """Return the same of the steps so far, (sample, time, unit)."""
        steps = np.arange(1, self.steps + 1)[:, None]
        return self._released(recording).cumsum(axis=1, dtype=float) / steps

    def _released(self, recording: Recording) -> np.ndarray:
        return spikes_by_step(recording, self.steps) if self.readout == "count" else recording.trace


def at_step_ends(recording: Recording) -> np.ndarray:
    """Return values at the end of each step, (sample, time, unit); a trace holds those at its start."""
    return np.concatenate([recording.trace[:, 1:], recording.final[:, None]], axis=1)


def spikes_by_step(recording: Recording, steps: int) -> np.ndarray:
    """Return spikes as 0 and 1, (sample, time, unit)."""
    spikes, (samples, units) = recording.spikes, recording.shape
    found = np.zeros((samples, steps, units), np.float32)
    found[spikes.sample, np.rint(spikes.time / recording.sample_dt).astype(int), spikes.unit] = 1
    return found


def sent_spikes(recording: Recording) -> np.ndarray:
    """Return the number of spikes in each step, (sample, time, unit), of the neurons of an activation.

    The recording has a trace of their count so far, ``sent``, or their spikes.
    """
    if recording.variable != "sent":
        return _counted(recording)
    sent, found = recording.trace, np.empty(recording.trace.shape, np.float32)
    np.subtract(sent[:, 1:], sent[:, :-1], out=found[:, :-1], casting="same_kind")
    np.subtract(recording.final, sent[:, -1], out=found[:, -1], casting="same_kind")
    return found


def _counted(recording: Recording) -> np.ndarray:
    """Return spikes by step, (sample, time, unit); neurons with short time steps may send several in one."""
    spikes, (samples, units) = recording.spikes, recording.shape
    steps = round(recording.provenance["duration"] / recording.sample_dt)
    found = np.zeros((samples, steps, units), np.float32)
    np.add.at(found, (spikes.sample, (spikes.time / recording.sample_dt + 1e-6).astype(int), spikes.unit), 1)
    return found


def _in_seconds(mode: SteadyState | Transient) -> None:
    """Store the times of a mode in seconds."""
    for name in ("duration", "dt"):
        value = getattr(mode, name)
        if value is not None:
            seconds = to_seconds(value, name)
            if seconds == 0:
                raise InvalidValueError(f"{name} is 0 s, wanted more")
            object.__setattr__(mode, name, seconds)


STEADY_STATE = SteadyState()
MODES = (SteadyState, Transient, Spiking)
