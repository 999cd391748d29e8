"""Engine cpp: Brian2's C++ standalone, compiled once, run many times, on every core, in chunks that fit the cache."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from spikenet.engines.job import Job, check_range
from spikenet.engines.standalone.blocks import BLOCK, CAPACITY
from spikenet.engines.standalone.cpp.target import CppTarget
from spikenet.engines.standalone.program import Program, shape_of
from spikenet.engines.standalone.project import project_for, use_project
from spikenet.engines.streaming import DirectEngine
from spikenet.errors import InvalidValueError
from spikenet.machine import usable_cores
from spikenet.progress import Progress
from spikenet.recording import Recording
from spikenet.validate import check_precision, check_whole

_NOISY_CHUNK = 1024  # random numbers are drawn chunk by chunk, so that chunks with noise never change
_STEPS_PER_WORKER = 1 << 20  # of all its neurons, at least: fewer take less time than starting another process


@dataclass(frozen=True)
class Cpp(DirectEngine):
    """Engine ``"cpp"``: a C++ program, made by Brian2 and compiled once, on every core.

    The program is kept in a cache and found again for the same equations, times and variables to record; values of
    parameters, drives and the number of neurons may change. Each worker simulates chunks of neurons, one after another.

    Parameters
    ----------
    precision : {"float64", "float32"}
        Of the neurons. Means and times are always double precision.
    threads : int, optional
        Number of workers; all cores if left out. Results do not depend on it.
    chunk : int, optional
        Neurons that a worker takes at a time; as many as fit the processor's cache if left out.

    Raises
    ------
    InvalidValueError
        For another precision, and for numbers below 1.

    Examples
    --------
    >>> import spikenet as sn
    >>> engine = sn.engines.Cpp(precision="float32", threads=1)
    >>> sn.simulate(sn.FHN, [[0.1, 0.2]], duration="5 ms", record="trace", engine=engine).trace.dtype
    dtype('float32')
    """

    precision: str = "float64"
    threads: int | None = None
    chunk: int | None = None

    name, recurrent = "cpp", True

    def __post_init__(self):
        check_precision(self.precision)
        for name in ("threads", "chunk"):
            check_whole(getattr(self, name), name, optional=True)

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Simulate every neuron; see `Engine.run`.

        Raises
        ------
        BuildError
            If the program cannot be generated or compiled.
        SimulationError
            If a state is not finite at the end, or the program fails.
        """
        check_range(job, drives, self.precision)
        neurons = math.prod(shape_of(job, drives))
        most = min(-(-neurons // BLOCK), neurons * job.steps.total // _STEPS_PER_WORKER)
        workers = min(self.threads or usable_cores(), max(1, most))
        chunk = min(self.chunk or _fitting_chunk(job, self.precision), -(-neurons // workers))  # at least one a worker
        chunk = _NOISY_CHUNK if job.neuron.noisy else min(-(-chunk // BLOCK) * BLOCK, CAPACITY)
        chunk = _whole_samples(chunk, shape_of(job, drives)[1]) if job.recurrence else chunk

        def run(project: Path) -> Recording:
            return Program(project / "main", self.name, self.precision, chunk, workers).run(job, drives, progress)

        return use_project(lambda: project_for(job, CppTarget(self.precision)), run)


def _fitting_chunk(job: Job, precision: str) -> int:
    """Return the number of neurons whose states fill half of a core's second-level cache."""
    numbers = len(job.neuron.states) + len(job.neuron.ports) + len(job.record) + 2 * job.neuron.spiking
    per_neuron = numbers * np.dtype(precision).itemsize
    return _second_level_cache() // 2 // per_neuron


def _whole_samples(chunk: int, units: int) -> int:
    """Return the number of neurons of a chunk that holds whole samples, whose units drive each other."""
    if units > CAPACITY:
        raise InvalidValueError(f"{units} units drive each other; engine cpp takes {CAPACITY} at most: take fewer")
    return max(chunk // units, 1) * units


@cache
def _second_level_cache() -> int:
    """Return the bytes of the second-level cache of one core; 1 MiB where the system does not say."""
    try:
        text = Path("/sys/devices/system/cpu/cpu0/cache/index2/size").read_text().strip()
        return int(text[:-1]) * {"K": 1 << 10, "M": 1 << 20}[text[-1]]
    except (OSError, ValueError, KeyError):
        return 1 << 20
