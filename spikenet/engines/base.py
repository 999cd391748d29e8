"""The protocol of engines, and the table of those that have a name."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import numpy as np

from spikenet.engines.job import Job
from spikenet.progress import Progress
from spikenet.recording import Recording

# Each engine is a class in a module of its own, which `simulate.find_engine` imports: Brian2 takes 1.6 s.
ENGINES: Mapping[str, str] = MappingProxyType(
    {
        "runtime": "spikenet.engines.runtime:Runtime",
        "cpp": "spikenet.engines.standalone.cpp.engine:Cpp",
        "cuda": "spikenet.engines.standalone.cuda.engine:Cuda",
        "response": "spikenet.engines.lookup.response:Response",
    }
)


@runtime_checkable
class Engine(Protocol):
    """The protocol of engines, which simulate neurons. Any frozen object with these methods is an engine.

    Every method gets a job, and drives that are checked already: by port, as floats in SI units, (sample, unit) or
    (sample, time, unit). ``progress`` is told of the part that is done.

    Attributes
    ----------
    name : str
        Stands in the provenance of recordings.
    recurrent : bool, optional
        Whether it simulates jobs with a ``recurrence``; an engine without this attribute is never given one.
    """

    name: str

    @property
    def simulator(self) -> "Engine":
        """The engine that simulates in the end: this one, or the one that makes its tables."""

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Simulate every neuron.

        Parameters
        ----------
        job : Job
            The neuron, what to record of it, and in which steps.
        drives : mapping of str to array
            (sample, unit) or (sample, time, unit) by port, in SI units.
        progress : Progress
            Told of the part that is done.

        Returns
        -------
        Recording
            All that ``job.record`` names.
        """

    def read_out(
        self, job: Job, drives: Mapping[str, np.ndarray], weights: np.ndarray, progress: Progress
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield traces times ``weights`` (unit, class), one piece of the samples after the other.

        Yields
        ------
        slice
            The samples of the piece.
        array
            (sample, time, class).
        """

    def trace_at(
        self, job: Job, drives: Mapping[str, np.ndarray], instants: np.ndarray, progress: Progress
    ) -> np.ndarray:
        """Return the traces at the samples of the recording that ``instants`` numbers, (sample, instant, unit)."""

    def prepared(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> "Engine":
        """Return an engine for many runs of such jobs, with drives inside the range of these."""
