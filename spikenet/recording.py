"""The result of a simulation: recorded variables, spikes, and how they were simulated."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.renames import with_renames
from spikenet.units import SECOND, show
from spikenet.validate import check_whole

RECORDABLE = ("mean", "trace", "final", "count", "first_spike", "spikes")


@with_renames
@dataclass(frozen=True, eq=False)
class Spikes:
    """Spikes as events, in the order of sample, unit and time.

    Parameters
    ----------
    sample, unit : ndarray of int (event,)
        Sample and unit of each spike.
    time : ndarray (event,)
        Time of each spike in seconds from the start of the recording.

    Examples
    --------
    >>> import numpy as np
    >>> from spikenet.recording import Spikes
    >>> spikes = Spikes(np.array([0, 0, 0]), np.array([0, 1, 1]), np.array([0.01, 0.002, 0.03]))
    >>> len(spikes)
    3
    >>> spikes.times_of(sample=0, unit=1)
    array([0.002, 0.03 ])
    """

    sample: np.ndarray
    unit: np.ndarray
    time: np.ndarray

    @classmethod
    def from_neurons(cls, neuron: np.ndarray, time: np.ndarray, units: int) -> "Spikes":
        """Sort spikes of neurons that are numbered sample by sample.

        Parameters
        ----------
        neuron : ndarray of int (event,)
            Number of the neuron of each spike, ``sample * units + unit``, in any order.
        time : ndarray (event,)
            Time of each spike in seconds from the start of the recording.
        units : int
            Number of units in a sample.

        Returns
        -------
        Spikes
            The spikes in order.
        """
        order = np.lexsort((time, neuron))
        return cls(neuron[order] // units, neuron[order] % units, time[order])

    def __len__(self) -> int:
        return len(self.time)

    def __eq__(self, other) -> bool:
        """Compare the events."""
        if not isinstance(other, Spikes):
            return NotImplemented
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in ("sample", "unit", "time"))

    __hash__ = None

    def times_of(self, sample: int, unit: int) -> np.ndarray:
        """Return the spike times of one unit in one sample.

        Parameters
        ----------
        sample, unit : int
            Indices.

        Returns
        -------
        ndarray (event,)
            Times in seconds from the start of the recording, ascending.
        """
        sample, unit = check_whole(sample, "sample", least=0), check_whole(unit, "unit", least=0)
        return self.time[(self.sample == sample) & (self.unit == unit)]


@with_renames
@dataclass(frozen=True, eq=False)
class Recording:
    """Recorded variables and spikes of a simulation, with one attribute for each kind of recording.

    An array that was not recorded raises an `InvalidValueError` that says how to record it.

    Parameters
    ----------
    values : mapping of str to ndarray or Spikes
        What was recorded, by name; ``recording.mean`` is ``recording.values["mean"]``.
    shape : tuple of int
        Number of samples, and of units in a sample.
    sample_dt : float
        Time between two samples of the trace, in seconds.
    variable : str, optional
        Variable of the neurons that was recorded.
    provenance : mapping, optional
        How it was simulated: engine, model, parameters, durations, seed, seconds, and what the engine adds.

    Examples
    --------
    >>> import spikenet as sn
    >>> recording = sn.simulate(sn.FHN, [[0.1, 0.2]], duration="10 ms", record=("mean", "trace"), engine="runtime")
    >>> recording
    Recording(1 samples x 2 units: mean 1x2, trace 1x100x2 every 100 us; runtime)
    >>> recording.mean.shape
    (1, 2)
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
            recorded = ", ".join(sorted(self.values)) or "nothing"
            raise InvalidValueError(
                f"this recording holds {recorded}, not {name}; simulate with record=({name!r}, ...)"
            ) from None

    @property
    def mean(self) -> np.ndarray:
        """Mean of the variable over the recording, (sample, unit); equals ``trace.mean(axis=1)``."""
        return self._get("mean")

    @property
    def trace(self) -> np.ndarray:
        """Variable at every ``sample_dt`` from the start of the recording, (sample, time, unit)."""
        return self._get("trace")

    @property
    def final(self) -> np.ndarray:
        """Variable after the last step, (sample, unit)."""
        return self._get("final")

    @property
    def count(self) -> np.ndarray:
        """Number of spikes in the recording, (sample, unit) int."""
        return self._get("count")

    @property
    def first_spike(self) -> np.ndarray:
        """Time of the first spike from the start of the recording, (sample, unit) in s; infinite without spikes."""
        return self._get("first_spike")

    @property
    def spikes(self) -> Spikes:
        """Every spike of the recording."""
        return self._get("spikes")

    @property
    def times(self) -> np.ndarray:
        """Times of the samples of the trace from the start of the recording, (time,) in s."""
        return np.arange(self.trace.shape[1]) * self.sample_dt

    def __eq__(self, other) -> bool:
        """Compare what was recorded, numbers that are missing (NaN) included; not the provenance."""
        if not isinstance(other, Recording):
            return NotImplemented
        same = all(getattr(self, name) == getattr(other, name) for name in ("shape", "sample_dt", "variable"))
        if not same or self.values.keys() != other.values.keys():
            return False
        pairs = [(value, other.values[name]) for name, value in self.values.items()]
        return all(a == b if isinstance(a, Spikes) else np.array_equal(a, b, equal_nan=True) for a, b in pairs)

    __hash__ = None

    def __repr__(self) -> str:
        sizes = {
            name: len(value) if isinstance(value, Spikes) else "x".join(map(str, np.shape(value)))
            for name, value in self.values.items()
        }
        if "trace" in sizes:
            sizes["trace"] += f" every {show(self.sample_dt, SECOND)}"
        arrays = ", ".join(f"{name} {size}" for name, size in sizes.items())
        samples, units = self.shape
        return f"Recording({samples} samples x {units} units: {arrays}; {self.provenance.get('engine', '?')})"
