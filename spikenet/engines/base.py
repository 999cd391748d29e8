"""The front door: ``simulate`` and ``stream``, and the one small protocol that every engine answers."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import numpy as np

from spikenet.engines.job import Job, Timing, plan
from spikenet.engines.streaming import stream_job
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons.model import NeuronModel
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


def engine_of(engine: str | Engine) -> Engine:
    """An engine by name with its default settings, or the one that came.

    Errors: InvalidValueError for a name that is not in ENGINES, InvalidTypeError for what is no engine.
    """
    if isinstance(engine, str):
        if engine not in ENGINES:
            raise InvalidValueError(f"unknown engine {engine!r}; there are {', '.join(ENGINES)}")
        module, _, name = ENGINES[engine].partition(":")
        return getattr(import_module(module), name)()
    if isinstance(engine, type) or not isinstance(engine, Engine):
        raise InvalidTypeError(
            f"the engine is {engine!r}; wanted one of {', '.join(ENGINES)}, or an engine such as sn.Cpp(threads=1)"
        )
    return engine


def simulate(  # noqa: PLR0913 (a contract with the user; all but two are named)
    model: NeuronModel,
    drive,
    *,
    settle=0.0,
    record,
    dt=None,
    sample_dt=None,
    keep=("mean",),
    output: str | None = None,
    engine: str | Engine = "cpp",
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Recording:
    """Drive ``sample x unit`` neurons and record them: after ``settle``, for the time ``record``.

    ``drive`` is (sample, unit) for a constant input or (sample, time, unit) for one that changes in equal steps over
    settle and record; a mapping from port to such arrays for several ports. Durations are quantities, texts
    (``"200 ms"``) or seconds. ``keep`` names what to hold of ``output``: mean, trace, final (all of the output), and
    count, first_spike, spikes. The trace and the mean take a sample every ``sample_dt``.

    Errors: InvalidValueError, InvalidTypeError and UnitError for arguments, all before anything is compiled;
    BuildError; SimulationError if neurons leave the finite numbers.
    """
    job, drives = plan(model, drive, Timing(settle, record, dt, sample_dt), keep=keep, output=output, seed=seed)
    with Progress(f"simulating {model.name}", progress) as shown:
        return engine_of(engine).run(job, drives, shown)


def stream(  # noqa: PLR0913 (as simulate)
    model: NeuronModel,
    drive,
    *,
    settle=0.0,
    record,
    dt=None,
    sample_dt=None,
    keep=("trace",),
    output: str | None = None,
    engine: str | Engine = "cpp",
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Iterator[tuple[slice, Recording]]:
    """Like `simulate`, a piece of the samples at a time: traces of any number of samples in little memory.

    Yields the samples as a slice, and their recording. The pieces together are what simulate gives. Arguments are
    checked at once, and not only when the first piece is asked for.
    """
    job, drives = plan(model, drive, Timing(settle, record, dt, sample_dt), keep=keep, output=output, seed=seed)
    return _pieces(engine_of(engine), job, drives, Progress(f"simulating {model.name}", progress))


def _pieces(engine: Engine, job: Job, drives, progress: Progress) -> Iterator[tuple[slice, Recording]]:
    with progress as shown:
        yield from stream_job(engine, job, drives, shown)
