"""Simulations that another machine runs: written to a folder that builds with ``make``, and found there again.

A folder holds ``programs/KEY``, the sources of a job's program, and ``simulations/KEY-NUMBER``: what the program reads,
and, once ``make`` ran there, what it wrote and a file ``done`` with the size of each of these.
"""

import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikenet.engine.cuda import Cuda
from spikenet.engine.job import Job
from spikenet.engine.program import collect, shape_of
from spikenet.engine.project import digest, generate_sources
from spikenet.engine.spec import spec_of
from spikenet.errors import BuildError, SimulationError
from spikenet.recording import Recording, Spikes

MOST_SIMULATIONS = 1000
_FILES = Path(__file__).parent / "templates" / "export"
# What the user of another machine chooses there; and a header that CUDA includes by itself before 13.2 only.
_CHANGED = {"-arch=all-major": "-arch=$(ARCH)", "NVCCFLAGS = ": "NVCCFLAGS = -include thrust/pair.h "}
_SUM = "sum"
_SAME_DRIVE = 1e-6  # of its largest value: what a network trained anew may differ by


class PendingError(SimulationError):
    """A simulation that has to run elsewhere before there is a result."""


@dataclass(frozen=True)
class Elsewhere:
    """A folder of simulations. What it lacks is written to it if it is ``open``, and an error if not.

    While it is open, what has not run yet is answered with zeros, so that further simulations of an experiment become
    known that do not hang on its results.
    """

    folder: Path
    open: bool = False

    def run(self, engine: Cuda, job: Job, drives: Mapping[str, np.ndarray]) -> Recording:
        """The result, or zeros.

        Errors: PendingError; SimulationError for what is damaged; BuildError for too many simulations.
        """
        place = self._find(engine, job, drives)
        if place is None and self.open:
            place = self._write(engine, job, drives)
        done = place is not None and (place / "done").exists()
        if not (done or self.open):
            raise PendingError(f"a simulation of {job.model.name} has not run yet in {self.folder}")
        shape = shape_of(job, drives)
        values = _collected(place, job, shape, engine.precision) if done else _zeros(job, shape, engine)
        made = {"engine": engine.name, "precision": engine.precision, **job.described(), "elsewhere": done}
        return Recording(values, shape, job.sample_dt, job.output, made)

    def pending(self) -> tuple[int, int]:
        """How many simulations have not run yet, and how many there are."""
        plans = list(self.folder.glob("simulations/*/plan"))
        return sum(not (plan.parent / "done").exists() for plan in plans), len(plans)

    def complete(self) -> None:
        """Write what builds and runs all of it."""
        for name in ("Makefile", "README.md"):
            shutil.copy(_FILES / name, self.folder / name)

    def _find(self, engine: Cuda, job: Job, drives) -> Path | None:
        for place in sorted(self.folder.glob(f"simulations/{_key(engine, job, drives)}-*")):
            if all(_same(place / f"in_{port}", array, engine.precision) for port, array in drives.items()):
                return place
        return None

    def _write(self, engine: Cuda, job: Job, drives) -> Path:
        number = len(list(self.folder.glob("simulations/*/plan")))
        if number == MOST_SIMULATIONS:
            raise BuildError(
                f"there are {number} simulations already, and more to come; wanted at most {MOST_SIMULATIONS}. A "
                "training with neurons in the loop has to run where the GPU is: spikenet run ... --engine cuda"
            )
        target = engine.target(None)
        program = self.folder / "programs" / digest([spec_of(job), target.settings()])
        if not program.exists():
            with _made_whole(program) as making:
                generate_sources(job, target, making)
                _change_makefile(making / "makefile")
        place = self.folder / "simulations" / f"{_key(engine, job, drives)}-{number:03}"
        with _made_whole(place) as making:
            arguments = engine.program(program, job, drives).write_inputs(making, job, drives)
            (making / "arguments").write_text(shlex.join(arguments) + "\n")
            (making / "program").write_text(program.name + "\n")
            (making / _SUM).write_text(_sum(making) + "\n")
        return place


def _change_makefile(makefile: Path) -> None:
    text = makefile.read_text()
    for old, new in _CHANGED.items():
        text = text.replace(old, new)
    makefile.write_text(text)


class _made_whole:  # noqa: N801 (a context manager, used like a function)
    """A folder that gets its name when it is complete."""

    def __init__(self, folder: Path):
        self._folder, self._making = folder, folder.with_name(f"{folder.name}.{os.getpid()}.making")

    def __enter__(self) -> Path:
        self._making.mkdir(parents=True)
        return self._making

    def __exit__(self, error, *_) -> None:
        if error is None:
            self._making.rename(self._folder)
        else:
            shutil.rmtree(self._making, ignore_errors=True)


def _key(engine: Cuda, job: Job, drives) -> str:
    """All of a simulation but its drive, which may differ in its last bits from one training to the next."""
    model = job.model
    parameters = {name: parameter.value for name, parameter in model.parameters.items()}
    initial = {name: value.tolist() for name, value in model.initial.items()}
    return digest([spec_of(job), parameters, initial, job.seed, engine.precision, shape_of(job, drives)])


def _same(path: Path, array: np.ndarray, precision: str) -> bool:
    """Whether a drive is the one in this file."""
    kept = np.fromfile(path, precision)
    return kept.size == array.size and np.allclose(
        kept, array.ravel(), rtol=0, atol=_SAME_DRIVE * max(np.abs(array).max(), np.finfo(float).tiny)
    )


def _sum(place: Path) -> str:
    """Tells whether somebody has changed what a simulation is; drives are compared themselves."""
    return digest([(place / name).read_text() for name in ("plan", "arguments", "program")])


def _collected(place: Path, job: Job, shape: tuple[int, int], precision: str) -> dict[str, np.ndarray | Spikes]:
    """What a program wrote, if that is whole and the program did what it was to do. Errors: SimulationError."""
    try:
        if (place / _SUM).read_text().strip() != _sum(place):
            raise SimulationError(
                f"the plan, the arguments or the program of {place} are not those that were written, so its results "
                "are of something else; put them back and run make there again, or export the experiment anew"
            )
        sizes = [line.split(maxsplit=1) for line in (place / "done").read_text().splitlines()]
        partial = [name for size, name in sizes if name != "total" and (place / name).stat().st_size != int(size)]
        if partial or not sizes:
            raise ValueError(f"{', '.join(partial) or 'done'} is cut off")
        return collect(place, job, shape, np.dtype(precision))
    except (OSError, ValueError) as error:
        raise SimulationError(
            f"the results of {job.model.name} in {place} are not whole ({error}); copy them again, or remove "
            f"{place / 'done'} and run make once more"
        ) from error


def _zeros(job: Job, shape: tuple[int, int], engine: Cuda) -> dict[str, np.ndarray | Spikes]:
    """What stands for a recording: nothing ever happened."""
    none = np.empty(0)
    values = {
        "mean": np.zeros(shape),
        "trace": np.zeros((shape[0], job.n_samples, shape[1]), engine.precision),
        "final": np.zeros(shape, engine.precision),
        "count": np.zeros(shape, np.int32),
        "first_spike": np.full(shape, np.inf),
        "spikes": Spikes(none.astype(int), none.astype(int), none),
    }
    return {name: values[name] for name in job.keep}
