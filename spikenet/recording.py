"""What a simulation gives back, and the only thing that encode, engine and decode share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from spikenet.errors import InvalidValueError

RECORDABLE = ("mean", "trace", "final", "count", "first_spike", "spikes")


@dataclass(frozen=True, eq=False)
class Spikes:
    """Spikes as events in the order of sample, unit, time; three arrays of one length.

    ``sample`` and ``unit`` are indices, ``time`` is in seconds from the start of the recording.
    """

    sample: np.ndarray
    unit: np.ndarray
    time: np.ndarray

    @classmethod
    def of_neurons(cls, neuron: np.ndarray, time: np.ndarray, units: int) -> "Spikes":
        """From neurons that are numbered sample by sample, in any order."""
        order = np.lexsort((time, neuron))
        return cls(neuron[order] // units, neuron[order] % units, time[order])

    def __len__(self) -> int:
        return len(self.time)

    def of(self, sample: int, unit: int) -> np.ndarray:
        """Spike times of one unit in one sample, (event,) s."""
        return self.time[(self.sample == sample) & (self.unit == unit)]


@dataclass(frozen=True, eq=False)
class Recording:
    """What was kept of a simulation; arrays are ``(sample, time, unit)`` less the axes that were reduced.

    ``values`` holds the arrays by name; ``rec.mean`` and ``rec.values["mean"]`` are the same.
    ``sample_dt`` is the time between two samples of the trace in seconds, ``provenance`` says how it came about
    (engine, model, durations, seconds it took, and what the engine adds).
    """

    values: Mapping[str, np.ndarray | Spikes]
    shape: tuple[int, int]  # (sample, unit)
    sample_dt: float
    variable: str = ""
    provenance: Mapping[str, object] = field(default_factory=dict)

    def _get(self, name: str):
        try:
            return self.values[name]
        except KeyError:
            kept = ", ".join(sorted(self.values)) or "nothing"
            raise InvalidValueError(
                f"this recording holds {kept}, not {name}; simulate with record=({name!r}, ...)"
            ) from None

    @property
    def mean(self) -> np.ndarray:
        """Mean of the output over the recording, (sample, unit); equals ``trace.mean(axis=1)``."""
        return self._get("mean")

    @property
    def trace(self) -> np.ndarray:
        """The output at every ``sample_dt`` from the start of the recording, (sample, time, unit)."""
        return self._get("trace")

    @property
    def final(self) -> np.ndarray:
        """The output after the last step, (sample, unit)."""
        return self._get("final")

    @property
    def count(self) -> np.ndarray:
        """Spikes in the recording, (sample, unit) int."""
        return self._get("count")

    @property
    def first_spike(self) -> np.ndarray:
        """Time of the first spike of the recording, (sample, unit) s; infinite where there is none."""
        return self._get("first_spike")

    @property
    def spikes(self) -> Spikes:
        """Every spike of the recording."""
        return self._get("spikes")

    @property
    def times(self) -> np.ndarray:
        """Times of the samples of the trace from the start of the recording, (time,) s."""
        return np.arange(self.trace.shape[1]) * self.sample_dt

    def __repr__(self) -> str:
        arrays = ", ".join(
            f"{name} {'x'.join(map(str, np.shape(value)))}" if isinstance(value, np.ndarray) else f"{name} {len(value)}"
            for name, value in self.values.items()
        )
        samples, units = self.shape
        return f"Recording({samples} samples x {units} units: {arrays}; {self.provenance.get('engine', '?')})"
