"""Brian2 C++ standalone: compiled once, run many times, OpenMP threads, chunks that fit the cache."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from spikenet.engine.blocks import BLOCK, BLOCKS_WORTH_A_THREAD, CAPACITY
from spikenet.engine.cpp_target import CppTarget
from spikenet.engine.job import Job
from spikenet.engine.program import Program, check_counts, check_precision, shape_of
from spikenet.engine.progress import Progress
from spikenet.engine.project import project_for
from spikenet.engine.streaming import Direct
from spikenet.machine import usable_cores
from spikenet.recording import Recording

_NOISY_CHUNK = 1024  # chance is drawn chunk by chunk, so its chunks never change
# Threads that wait for each other sleep. Spinning, as OpenMP does by default, takes 50 times as long beside one other
# busy process, and gains nothing on a quiet machine.
_ENVIRONMENT = {"OMP_WAIT_POLICY": "passive"}


@dataclass(frozen=True)
class Cpp(Direct):
    """The engine ``cpp``. ``threads`` None takes every core; ``chunk`` None suits the processor's cache.

    ``precision`` is that of the neurons ("float64" or "float32"); means and times are always float64.
    """

    precision: str = "float64"
    threads: int | None = None
    chunk: int | None = None

    name = "cpp"

    def __post_init__(self):
        check_precision(self.precision)
        check_counts(self, "threads", "chunk")

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Simulate every neuron. Errors: BuildError, SimulationError."""
        project = project_for(job, CppTarget(self.precision))
        samples, units = shape_of(job, drives)
        threads = 1 if job.model.noisy else min(self.threads or usable_cores(), _useful_threads(samples * units))
        chunk = _NOISY_CHUNK if job.model.noisy else self.chunk or _fitting_chunk(job, self.precision, threads)
        chunk = min(-(-chunk // BLOCK) * BLOCK, CAPACITY)
        program = Program(project / "main", self.name, self.precision, chunk, threads, _ENVIRONMENT)
        return program.run(job, drives, progress)


def _useful_threads(neurons: int) -> int:
    """Threads that have enough to do for a step to be worth their meeting."""
    return max(1, neurons // (BLOCK * BLOCKS_WORTH_A_THREAD))


def _fitting_chunk(job: Job, precision: str, threads: int) -> int:
    """Neurons whose states fill half of the second-level caches that the threads have."""
    numbers = len(job.model.states) + len(job.model.ports) + len(job.keep) + 2 * job.model.spiking
    per_neuron = numbers * np.dtype(precision).itemsize
    return threads * _second_level_cache() // 2 // per_neuron


@cache
def _second_level_cache() -> int:
    """Bytes of the second-level cache of one core; 1 MiB where the system does not tell."""
    try:
        text = Path("/sys/devices/system/cpu/cpu0/cache/index2/size").read_text().strip()
        return int(text[:-1]) * {"K": 1 << 10, "M": 1 << 20}[text[-1]]
    except (OSError, ValueError, KeyError):
        return 1 << 20
