"""Brian2 CUDA standalone: compiled once, run many times, chunks that fit the memory of the graphics card."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikenet.cuda.gpu import Gpu, card_for, gpus
from spikenet.cuda.toolchain import Toolchain, find_toolchain
from spikenet.engines.job import Job
from spikenet.engines.standalone.cuda.target import CudaTarget
from spikenet.engines.standalone.program import Program, check_counts, check_precision, shape_of
from spikenet.engines.standalone.project import project_for
from spikenet.engines.streaming import Direct
from spikenet.errors import BuildError, SimulationError
from spikenet.progress import Progress
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
        """Simulate every neuron. Errors: ToolchainError, BuildError, SimulationError, all before anything runs."""
        check_chance(job)
        toolchain = find_toolchain()
        card = card_for(toolchain, self.compute_capability)
        if card is None and not toolchain.emulated:
            raise SimulationError(_no_card(toolchain, self.compute_capability))
        project = project_for(job, self.target(toolchain, card))
        return self.program(project / "main", job, drives, card).run(job, drives, progress)

    def target(self, toolchain: Toolchain | None, card: Gpu | None = None) -> CudaTarget:
        """What projects are compiled for: a kind of card that was named, that of ``card``, or else all."""
        capability = self.compute_capability
        if capability is None and card is not None:
            capability = card.compute_capability
        return CudaTarget(toolchain, self.precision, capability)

    def program(self, path: Path, job: Job, drives: Mapping[str, np.ndarray], card: Gpu | None = None) -> Program:
        """A compiled project with chunks of neurons that fit the card, and that runs on this one alone."""
        neurons = math.prod(shape_of(job, drives))
        chunk = _NOISY_CHUNK if job.neuron.noisy else self.chunk or self._fitting_chunk(job, card)
        before = card.alone if card else ()
        return Program(path, self.name, self.precision, min(chunk, neurons, _LARGEST_CHUNK), before=before)

    def _fitting_chunk(self, job: Job, card: Gpu | None) -> int:
        """Neurons whose variables fill the memory: each is counted with the eight bytes of the widest."""
        memory = self.memory or (int(_SHARE * card.memory) if card else 0) or _MEMORY
        return max(1, memory // (8 * (len(job.neuron.variables) + len(job.record) + _OWN_NUMBERS)))


def check_chance(job: Job) -> None:
    """Brian2CUDA draws ``poisson(rate)`` in advance, with the rate's value when code is generated."""
    model = job.neuron
    code = " ".join((model.equations, model.threshold or "", model.reset or ""))
    for name in re.findall(r"\bpoisson\s*\(\s*(\w+)\s*\)", code):
        if name in model.parameters:
            raise BuildError(
                f"{model.name} has poisson({name}), and Brian2CUDA would fix {name} once and for all; wanted an "
                "expression such as poisson(rate*dt), or engine 'cpp'"
            )


def _no_card(toolchain: Toolchain, capability: float | None) -> str:
    """One sentence on what is missing and what can be done."""
    cards = gpus()
    found = "no NVIDIA GPU that can be used" if cards else "no NVIDIA GPU"
    why = "; ".join(f"{gpu.name}: {', '.join(gpu.shortcomings(toolchain.version, capability))}" for gpu in cards)
    return (
        f"{found} is here{why and f' ({why})'}, so engine 'cuda' "
        "cannot run: take engine 'cpp', or run it on a machine that has one"
    )
