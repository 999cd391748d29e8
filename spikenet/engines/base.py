"""The protocol that every engine answers, and the table of engines."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import numpy as np

from spikenet.engines.job import Job
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.progress import Progress
from spikenet.recording import Recording

# Each engine is a class in a module of its own, imported when it is asked for: Brian2 takes 1.6 s.
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


def find_engine(engine: str | Engine) -> Engine:
    """Return an engine by name with its default settings, or the engine that is given.

    Raises
    ------
    InvalidValueError
        For a name that is not in ENGINES.
    InvalidTypeError
        For what is no engine.
    """
    if isinstance(engine, str):
        if engine not in ENGINES:
            raise InvalidValueError(f"unknown engine {engine!r}; there are {', '.join(ENGINES)}")
        module, _, name = ENGINES[engine].partition(":")
        return getattr(import_module(module), name)()
    if isinstance(engine, type) or not isinstance(engine, Engine):
        raise InvalidTypeError(
            f"the engine is {engine!r}; wanted one of {', '.join(ENGINES)}, or an engine such as "
            "sn.engines.Cpp(threads=1)"
        )
    return engine
