"""Brian2 C++ standalone: compiled once, run many times, on every core, in chunks that fit the cache."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from spikenet.engines.job import Job
from spikenet.engines.standalone.blocks import BLOCK, CAPACITY
from spikenet.engines.standalone.cpp.target import CppTarget
from spikenet.engines.standalone.program import Program, check_counts, check_precision, shape_of
from spikenet.engines.standalone.project import project_for
from spikenet.engines.streaming import Direct
from spikenet.machine import usable_cores
from spikenet.progress import Progress
from spikenet.recording import Recording

_NOISY_CHUNK = 1024  # chance is drawn chunk by chunk, so its chunks never change
_WORTH_A_WORKER = 16 * BLOCK  # neurons: fewer are done sooner by one


@dataclass(frozen=True)
class Cpp(Direct):
    """The engine ``cpp``. ``threads`` None takes every core; ``chunk`` None suits the processor's cache.

    Each thread is a process of the program's own, which takes chunks of neurons through all of the time.

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
        neurons = math.prod(shape_of(job, drives))
        workers = min(self.threads or usable_cores(), max(1, neurons // _WORTH_A_WORKER))
        chunk = min(self.chunk or _fitting_chunk(job, self.precision), -(-neurons // workers))  # each has one
        chunk = _NOISY_CHUNK if job.neuron.noisy else min(-(-chunk // BLOCK) * BLOCK, CAPACITY)
        return Program(project / "main", self.name, self.precision, chunk, workers).run(job, drives, progress)


def _fitting_chunk(job: Job, precision: str) -> int:
    """Neurons whose states fill half of a core's second-level cache."""
    numbers = len(job.neuron.states) + len(job.neuron.ports) + len(job.record) + 2 * job.neuron.spiking
    per_neuron = numbers * np.dtype(precision).itemsize
    return _second_level_cache() // 2 // per_neuron


@cache
def _second_level_cache() -> int:
    """Bytes of the second-level cache of one core; 1 MiB where the system does not tell."""
    try:
        text = Path("/sys/devices/system/cpu/cpu0/cache/index2/size").read_text().strip()
        return int(text[:-1]) * {"K": 1 << 10, "M": 1 << 20}[text[-1]]
    except (OSError, ValueError, KeyError):
        return 1 << 20
