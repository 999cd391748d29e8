"""What neurons hand on to the next layer and to the read-out: a potential at rest, one that moves, or spikes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Protocol

import numpy as np

from spikenet.encode import bernoulli_spikes, regular_spikes
from spikenet.errors import InvalidValueError
from spikenet.recording import Recording

READOUTS = ("count", "potential")
DENDRITE_RECORD = ("trace", "final")


class Dynamics(Protocol):
    """How layers follow each other. Arrays that are handed on have ``steps`` values in time."""

    steps: int
    spiking: bool
    record: tuple[str, ...]

    def encode(self, p: np.ndarray, seed: int, first: int) -> np.ndarray | None:
        """Constant probabilities (sample, unit) as what a layer is fed over time, (sample, time, unit), or None."""

    def hand_on(self, recording: Recording) -> np.ndarray:
        """What the next layer is given, (sample, time, unit)."""

    def read(self, recording: Recording) -> np.ndarray:
        """What the read-out is given at the end, (sample, 1, unit)."""

    def read_over_time(self, recording: Recording) -> np.ndarray:
        """What it would be given if the run ended after each step, (sample, time, unit)."""


@dataclass(frozen=True)
class Settled:
    """Each layer comes to rest under what the one before it does at rest."""

    steps: ClassVar[int] = 1
    spiking: ClassVar[bool] = False
    record: ClassVar[tuple[str, ...]] = ("final",)

    def encode(self, p, seed, first):
        """Nothing: the drive is constant."""

    def hand_on(self, recording: Recording) -> np.ndarray:
        return recording.final[:, None]

    def read(self, recording: Recording) -> np.ndarray:
        return recording.final[:, None]

    def read_over_time(self, recording: Recording) -> np.ndarray:
        return recording.final[:, None]


@dataclass(frozen=True)
class Together:
    """All layers start from rest at once, and each follows the other: in step k it sees the others as k begins.

    A trace holds what neurons are as a step begins, the read-out takes what they are as it ends.
    """

    steps: int
    spiking: ClassVar[bool] = False
    record: ClassVar[tuple[str, ...]] = ("trace", "final")

    def encode(self, p, seed, first):
        """Nothing: images stand still."""

    def hand_on(self, recording: Recording) -> np.ndarray:
        return recording.trace

    def read(self, recording: Recording) -> np.ndarray:
        return recording.final[:, None]

    def read_over_time(self, recording: Recording) -> np.ndarray:
        return as_steps_end(recording)


def _regular(p, steps, seed, first):
    return regular_spikes(p, steps)


def _bernoulli(p, steps, seed, first):
    return bernoulli_spikes(p, steps, [np.random.default_rng([seed, first + k]) for k in range(len(p))])


def _analog(p, steps, seed, first):
    return None


INPUTS: Mapping[str, Callable] = MappingProxyType({"regular": _regular, "bernoulli": _bernoulli, "analog": _analog})


@dataclass(frozen=True)
class Spiking:
    """Layers send spikes, at most one a bin, and answer in the bin in which spikes arrive.

    ``inputs`` is a name of INPUTS: how pixels spike. ``readout`` is what stands for p behind the last neurons: spikes
    a bin (``count``), or the mean of p over the bins (``potential``).
    """

    steps: int
    inputs: str = "regular"
    readout: str = "count"
    spiking: ClassVar[bool] = True

    def __post_init__(self):
        for name, known in (("inputs", INPUTS), ("readout", READOUTS)):
            if getattr(self, name) not in known:
                raise InvalidValueError(f"unknown {name} {getattr(self, name)!r}; there are {', '.join(known)}")

    @property
    def record(self) -> tuple[str, ...]:
        return ("spikes",) if self.readout == "count" else ("spikes", "trace")

    def encode(self, p, seed, first):
        """Spike trains of the pixels. ``first`` is the first image's place: its spikes depend on it and the seed."""
        return INPUTS[self.inputs](p, self.steps, seed, first)

    def hand_on(self, recording: Recording) -> np.ndarray:
        return in_bins(recording, self.steps)

    def read(self, recording: Recording) -> np.ndarray:
        return self._sent(recording).mean(axis=1, keepdims=True)

    def read_over_time(self, recording: Recording) -> np.ndarray:
        bins = np.arange(1, self.steps + 1)[:, None]
        return self._sent(recording).cumsum(axis=1, dtype=float) / bins

    def _sent(self, recording: Recording) -> np.ndarray:
        return in_bins(recording, self.steps) if self.readout == "count" else recording.trace


def as_steps_end(recording: Recording) -> np.ndarray:
    """What neurons are as each step ends, (sample, time, unit), of a trace and what they are at last."""
    return np.concatenate([recording.trace[:, 1:], recording.final[:, None]], axis=1)


def in_bins(recording: Recording, steps: int) -> np.ndarray:
    """Spikes as 0 and 1, (sample, time, unit)."""
    spikes, (samples, units) = recording.spikes, recording.shape
    found = np.zeros((samples, steps, units), np.float32)
    found[spikes.sample, np.rint(spikes.time / recording.sample_dt).astype(int), spikes.unit] = 1
    return found
