"""The protocol that every engine answers, and the table of engines."""

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
    """Whatever simulates: a frozen object with a name and ``run``."""

    name: str

    @property
    def simulator(self) -> "Engine":
        """Who simulates in the end: the engine itself, or the one that makes its tables."""

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Simulate a job whose drives are checked: SI floats (sample, unit) or (sample, time, unit) by port."""

    def read_out(
        self, job: Job, drives: Mapping[str, np.ndarray], weights: np.ndarray, progress: Progress
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Traces times ``weights`` (unit, class), piece by piece: the samples, and (sample, time, class)."""

    def trace_at(
        self, job: Job, drives: Mapping[str, np.ndarray], instants: np.ndarray, progress: Progress
    ) -> np.ndarray:
        """Traces at these samples of the recording only, (sample, instant, unit)."""

    def prepared(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> "Engine":
        """An engine for many runs of such jobs under drives that go no further than these."""
