"""Engine cuda: Brian2's CUDA standalone, compiled once, run many times, in chunks that fit the memory of a GPU."""

import math
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikenet.cuda.gpu import Gpu, gpus, usable_gpu
from spikenet.cuda.toolchain import Toolchain, find_toolchain
from spikenet.engines.job import Job, check_range
from spikenet.engines.simulate import Simulation
from spikenet.engines.standalone.cuda.target import CudaTarget
from spikenet.engines.standalone.program import Program, shape_of
from spikenet.engines.standalone.project import generate_sources, project_for, use_project
from spikenet.engines.streaming import DirectEngine
from spikenet.errors import BuildError, InvalidTypeError, InvalidValueError, SimulationError
from spikenet.progress import Progress
from spikenet.recording import Recording
from spikenet.validate import check_positive, check_precision, check_whole

_NOISY_CHUNK = 1 << 16  # random numbers are drawn chunk by chunk, so that chunks with noise never change
_LARGEST_CHUNK = 1 << 28  # Brian2CUDA counts neurons in 32 bits, and in some places bytes of them
_MEMORY = 1 << 30  # bytes to work with where the memory of the GPU is not known
_SHARE = 0.7  # of a GPU's memory: other programs may use it too, and numbers drawn in advance take some
_BRIAN2_NUMBERS = 6  # that Brian2 keeps of a neuron: its index, its last spike, the list of those that spike


@dataclass(frozen=True)
class Cuda(DirectEngine):
    """Engine ``"cuda"``: a CUDA program, made by Brian2CUDA and compiled once, on an NVIDIA GPU.

    Works as `Cpp`, and gives the same numbers. Where there is no GPU that can be used it raises SimulationError;
    `write_project` works there, too. So far it ran on an emulator only, never on a GPU.

    Parameters
    ----------
    precision : {"float64", "float32"}
        Of the neurons. Means and times are always double precision.
    chunk : int, optional
        Largest number of neurons at a time; as many as fit the memory if left out.
    memory : int, optional
        Bytes that neurons may take on the GPU; most of what it has if left out.
    compute_capability : float, optional
        What to compile for, such as 9.0; for the GPU that is there if left out.

    Raises
    ------
    InvalidValueError
        For another precision, and for numbers below 1.

    Examples
    --------
    >>> import spikenet as sn
    >>> sn.engines.Cuda(precision="float32", compute_capability=9.0)
    Cuda(precision='float32', chunk=None, memory=None, compute_capability=9.0)
    """

    precision: str = "float64"
    chunk: int | None = None
    memory: int | None = None
    compute_capability: float | None = None

    name = "cuda"

    def __post_init__(self):
        check_precision(self.precision)
        for name in ("chunk", "memory"):
            check_whole(getattr(self, name), name, optional=True)
        if self.compute_capability is not None:
            check_positive(self.compute_capability, "compute_capability")

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Simulate every neuron; see `Engine.run`.

        Raises
        ------
        ToolchainError
            If there is no whole CUDA toolkit.
        BuildError
            If the program cannot be generated or compiled.
        SimulationError
            If there is no GPU that can be used, a state is not finite at the end, or the program fails.
        """
        check_range(job, drives, self.precision)
        check_random_numbers(job)
        toolchain = find_toolchain()
        gpu = usable_gpu(toolchain, self.compute_capability)
        if gpu is None and not toolchain.emulated:
            raise SimulationError(_no_gpu(toolchain, self.compute_capability))

        def run(project: Path) -> Recording:
            return self._program(project / "main", job, drives, gpu).run(job, drives, progress)

        return use_project(lambda: project_for(job, self._target(toolchain, gpu)), run)

    def write_project(
        self,
        simulation: Simulation,
        drive,
        directory: str | Path,
        *,
        record: str | Sequence[str] = ("mean",),
        variable: str | None = None,
    ) -> Path:
        """Write the CUDA project of one simulation, to compile and run it on another machine.

        Needs Brian2CUDA here, but no toolkit and no GPU. On the other machine, ``make`` compiles the program with the
        toolkit in ``/usr/local/cuda`` (another one: ``make NVCC="/path/to/nvcc -ccbin g++"``), and ``sh run.sh`` runs
        it. The results are files of plain numbers, which `numpy.fromfile` reads, neurons in the order of samples and
        units:

        ==================  =======================  =================================================================
        file                type                     content
        ==================  =======================  =================================================================
        out_mean            float64                  sum of the samples of a trace, not yet divided by their number
        out_trace           the engine's precision   (sample, time, unit)
        out_final           the engine's precision   value after the last step
        out_count           int32                    number of spikes
        out_first_spike     float64                  s from the start of settling; -1 without a spike
        out_spikes          int64, float64           pairs: number of the neuron, s from the start of the recording
        ==================  =======================  =================================================================

        Parameters
        ----------
        simulation : Simulation
            What to simulate. Its own engine plays no part.
        drive, record, variable
            As in `simulate`.
        directory : str or Path
            A new or an empty folder.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        InvalidValueError, InvalidTypeError, UnitError
            For arguments that cannot be used.
        BuildError
            If Brian2CUDA is missing, or cannot generate the sources.

        Examples
        --------
        >>> import spikenet as sn
        >>> simulation = sn.Simulation(sn.FHN, duration="100 ms")
        >>> folder = sn.engines.Cuda().write_project(simulation, [[0.1]], "fhn-cuda")  # doctest: +SKIP
        """
        if not isinstance(simulation, Simulation):
            raise InvalidTypeError(f"the simulation is {type(simulation).__name__}, wanted an sn.Simulation")
        job, drives = simulation.plan(drive, record, variable)
        check_random_numbers(job)
        check_range(job, drives, self.precision)
        folder = Path(directory).absolute()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InvalidValueError(f"directory is {str(directory)!r}, which is not empty; give a new folder")
        target = CudaTarget(None, self.precision, self.compute_capability)
        target.environment()  # raises an error where Brian2CUDA is not installed
        folder.mkdir(parents=True, exist_ok=True)
        generate_sources(job, target, folder)
        arguments = self._program(folder / "main", job, drives).write_inputs(folder, job, drives)
        (folder / "run.sh").write_text(f'cd "$(dirname "$0")" && exec ./main {shlex.join(arguments)}\n')
        return folder

    def _target(self, toolchain: Toolchain | None, gpu: Gpu | None = None) -> CudaTarget:
        """Return what a project is compiled for: the capability that was given, that of the GPU, or else all."""
        capability = self.compute_capability
        if capability is None and gpu is not None:
            capability = gpu.compute_capability
        return CudaTarget(toolchain, self.precision, capability)

    def _program(self, path: Path, job: Job, drives: Mapping[str, np.ndarray], gpu: Gpu | None = None) -> Program:
        """Return a program with chunks of neurons that fit the GPU, which runs on this one alone."""
        neurons = math.prod(shape_of(job, drives))
        chunk = _NOISY_CHUNK if job.neuron.noisy else self.chunk or self._fitting_chunk(job, gpu)
        prefix = gpu.only_this if gpu else ()
        return Program(path, self.name, self.precision, min(chunk, neurons, _LARGEST_CHUNK), prefix=prefix)

    def _fitting_chunk(self, job: Job, gpu: Gpu | None) -> int:
        """Return the number of neurons whose variables fill the memory, at the eight bytes of the widest each."""
        memory = self.memory or (int(_SHARE * gpu.memory) if gpu else 0) or _MEMORY
        return max(1, memory // (8 * (len(job.neuron.variables) + len(job.record) + _BRIAN2_NUMBERS)))


def check_random_numbers(job: Job) -> None:
    """Raise BuildError for ``poisson(rate)``: Brian2CUDA would fix the rate to its value when code is generated."""
    model = job.neuron
    code = " ".join((model.equations, model.threshold or "", model.reset or ""))
    for name in re.findall(r"\bpoisson\s*\(\s*(\w+)\s*\)", code):
        if name in model.parameters:
            raise BuildError(
                f"{model.name} has poisson({name}), and Brian2CUDA would fix {name} once and for all; wanted an "
                "expression such as poisson(rate*dt), or engine 'cpp'"
            )


def _no_gpu(toolchain: Toolchain, capability: float | None) -> str:
    """Say in one sentence what is missing and what can be done."""
    present = gpus()
    found = "no NVIDIA GPU that can be used" if present else "no NVIDIA GPU"
    why = "; ".join(f"{gpu.name}: {', '.join(gpu.shortcomings(toolchain.version, capability))}" for gpu in present)
    return (
        f"{found} is here{why and f' ({why})'}, so engine 'cuda' cannot run: take engine 'cpp', or run it on a machine "
        "that has one"
    )
