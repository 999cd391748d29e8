"""Brian2 CUDA standalone: compiled once, run many times, chunks that fit the memory of the graphics card."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from spikenet.cuda.gpu import gpus, mode
from spikenet.cuda.toolchain import Toolchain, find_toolchain
from spikenet.engine.job import Job
from spikenet.engine.program import Program, check_counts, check_precision, shape_of
from spikenet.engine.progress import Progress
from spikenet.engine.streaming import Direct
from spikenet.errors import SimulationError
from spikenet.recording import Recording

_NOISY_CHUNK = 1 << 16  # chance is drawn chunk by chunk, so its chunks never change
_LARGEST_CHUNK = 1 << 28  # Brian2CUDA counts neurons in 32 bits, and bytes of theirs in some places
_MEMORY = 1 << 30  # bytes to work with where no card tells how many it has
_SHARE = 0.7  # of a card's memory: others may use it too, and numbers drawn in advance take some
_OWN_NUMBERS = 6  # a neuron's that are Brian2's: its index, its last spike, the list of those that fire


@dataclass(frozen=True)
class Cuda(Direct):
    """The engine ``cuda``. ``memory`` in bytes is what neurons may take on the card; None is most of what it has.

    ``precision`` is that of the neurons ("float64" or "float32"); means and times are always float64. ``chunk`` is
    the most neurons at a time; None is what fits the memory. ``compute_capability`` None is that of the card.
    """

    precision: str = "float64"
    chunk: int | None = None
    memory: int | None = None
    compute_capability: float | None = None

    name = "cuda"

    def __post_init__(self):
        check_precision(self.precision)
        check_counts(self, "chunk", "memory")

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Simulate every neuron. Errors: ToolchainError, BuildError, SimulationError, each before anything runs."""
        from spikenet.engine.cuda_target import CudaTarget  # noqa: PLC0415 (its settings load Brian2: 1.6 s)
        from spikenet.engine.project import project_for  # noqa: PLC0415

        toolchain = find_toolchain()
        _check_card(toolchain)
        project = project_for(job, CudaTarget(toolchain, self.precision, self.capability()))
        return self.program(project / "main", job, drives).run(job, drives, progress)
