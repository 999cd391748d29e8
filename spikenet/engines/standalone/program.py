"""Run a compiled project: write the files that it reads, follow its progress, collect the files that it writes."""

import contextlib
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikenet.engines.divergence import check_finite, divergence_error
from spikenet.engines.job import Job, compiled_names
from spikenet.engines.standalone.blocks import RECURRENT_WEIGHTS
from spikenet.engines.standalone.processes import running, scratch_folder
from spikenet.errors import SimulationError
from spikenet.progress import Progress
from spikenet.recording import Recording, Spikes

# A program of Brian2 says this on standard error where a file has the wrong size, and goes on with the old values. The
# one assumption about Brian2 that is not in `brian2_internals`, which loads Brian2; it is tested with the others.
READ_ERROR = "Error reading"
_BUS_ERROR = f"ended by signal {signal.SIGBUS.value}"  # of a worker: a mapped file without room on the disk
_NOT_FINITE = 3  # the program's exit code
_EVENT = np.dtype([("neuron", np.int64), ("time", np.float64)])


class _NotFinite(Exception):
    """A program that ended because a variable, in a sample and a unit, is not finite."""


@dataclass(frozen=True)
class Program:
    """A compiled project, which can be run for any drive of its job.

    ``chunk`` is the number of neurons that each of its ``workers`` takes at a time; they are processes that the program
    starts itself. ``prefix`` is put before its command, such as ``env NAME=VALUE``.
    """

    path: Path
    engine: str
    precision: str
    chunk: int
    workers: int = 1
    prefix: tuple[str, ...] = ()

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Simulate every neuron. Raises SimulationError if the program fails."""
        shape = shape_of(job, drives)
        started = time.perf_counter()
        with scratch_folder() as folder:
            dtype = np.dtype(self.precision)
            _check_disk_space(folder, job, shape[0] * shape[1] * dtype.itemsize)
            with _file_errors(job, folder):
                arguments = self.write_inputs(folder, job, drives)
            try:
                binary_seconds = _run([*self.prefix, self.path, *arguments], folder, job, progress)
            except _NotFinite as error:
                raise divergence_error(job, drives, *error.args, self.precision) from None
            with _file_errors(job, folder):
                values = {name: _collect(name, folder, job, shape, dtype) for name in job.record}
        check_finite(job, drives, values, self.precision)
        provenance = {
            "engine": self.engine,
            "precision": self.precision,
            **job.provenance(),
            "seconds": time.perf_counter() - started,
            "binary_seconds": binary_seconds,
        }
        return Recording(values, shape, job.steps.sample_dt, job.variable, provenance)

    def write_inputs(self, folder: Path, job: Job, drives: Mapping[str, np.ndarray]) -> list[str]:
        """Write the files that the program reads; return its arguments.

        What differs from neuron to neuron goes into files of raw numbers, the rest into arguments.
        """
        (folder / "plan").write_text(self._plan(job, shape_of(job, drives)))
        dtype, names = np.dtype(self.precision), compiled_names(job.neuron)
        for name, array in drives.items():
            array.astype(dtype, copy=False).tofile(folder / f"in_{names[name]}")
        arguments = [f"neurons.{names[name]}={parameter.value!r}" for name, parameter in job.neuron.parameters.items()]
        for name, value in job.neuron.initial.items():
            if value.ndim:
                value.astype(dtype).tofile(folder / f"in_{names[name]}")
            else:
                arguments.append(f"neurons.{names[name]}={float(value)!r}")
        if job.recurrence:
            job.recurrence.weights.astype(dtype).tofile(folder / f"in_{RECURRENT_WEIGHTS}")
        return arguments

    def _plan(self, job: Job, shape: tuple[int, int]) -> str:
        """Return the file that the program reads first; see ``templates/spikenet_stream.h``."""
        lines = {
            "total": shape[0] * shape[1],
            "units": shape[1],
            "chunk": self.chunk,
            "samples": job.steps.samples,
            "workers": self.workers,
            "seed": job.seed,
            "record_start": repr(job.steps.settle * job.steps.dt),
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())


def shape_of(job: Job, drives: Mapping[str, np.ndarray]) -> tuple[int, int]:
    """Return the number of samples and of units."""
    shape = drives[job.neuron.ports[0]].shape
    return shape[0], shape[-1]


@contextlib.contextmanager
def _file_errors(job: Job, folder: Path) -> Iterator[None]:
    """Raise SimulationError where a file cannot be written or read: the disk is full, or somebody cleaned up."""
    try:
        yield
    except (OSError, ValueError) as error:
        if not folder.exists():
            cause = f"its folder {folder} was removed meanwhile"
        elif isinstance(error, OSError):
            cause = f"{error.strerror or error} (files in {folder.parent})"
        else:
            cause = f"a file of its results is cut off (files in {folder.parent}): {error}"
        raise SimulationError(f"the simulation of {job.neuron.name} failed: {cause}") from error


def _check_disk_space(folder: Path, job: Job, bytes_a_value: int) -> None:
    """Raise SimulationError if the results do not fit on the disk, where the program would be killed."""
    needed = bytes_a_value * (
        (job.steps.samples if "trace" in job.record else 0) + len(job.record) + len(job.neuron.ports)
    )
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise SimulationError(
            f"results of {job.neuron.name} need {needed / 1e9:.3g} GB, and {folder.parent} has {free / 1e9:.3g} GB "
            "left; record less, take pieces with stream(), or set TMPDIR to another folder"
        )


def _run(command: list, folder: Path, job: Job, progress: Progress) -> float:
    """Run the program in a folder and follow its progress; return the seconds that it took."""
    started = time.perf_counter()
    with (folder / "errors").open("w+", errors="replace") as errors:
        pipes = {"cwd": folder, "stdout": subprocess.PIPE, "stderr": errors, "text": True}
        with running(command, folder, **pipes) as process:
            for line in process.stdout:
                if line.startswith("progress "):
                    progress.at(float(line.split()[1]))
            code = process.wait()
        errors.seek(0)
        stderr = errors.read()
    if code == _NOT_FINITE and (where := re.search(r"spikenet: (\w+) of sample (\d+), unit (\d+) is not", stderr)):
        own_names = {other: name for name, other in compiled_names(job.neuron).items()}
        raise _NotFinite(own_names.get(where[1], where[1]), int(where[2]), int(where[3]))
    if "no room for" in stderr or code == -signal.SIGBUS or _BUS_ERROR in stderr:
        free = shutil.disk_usage(folder.parent).free / 1e6
        raise SimulationError(
            f"the disk of {folder.parent} became full while {job.neuron.name} was simulated ({free:.3g} MB are free "
            "now): record less, take pieces with stream(), or set TMPDIR to another folder"
        )
    if code and not folder.exists():
        raise SimulationError(f"the simulation of {job.neuron.name} failed: its folder {folder} was removed meanwhile")
    if code or READ_ERROR in stderr:
        silent = f"ended by signal {-code}" if code < 0 else "no message"
        cause = stderr.strip().splitlines()[-1] if stderr.strip() else silent
        raise SimulationError(f"the simulation of {job.neuron.name} failed (exit code {code}): {cause}")
    return time.perf_counter() - started


def _collect(name: str, folder: Path, job: Job, shape: tuple[int, int], dtype: np.dtype):
    """Return one recorded quantity from the program's files."""
    path = folder / f"out_{name}"
    match name:
        case "mean":
            return np.fromfile(path, np.float64).reshape(shape) / job.steps.samples
        case "trace":
            return np.fromfile(path, dtype).reshape(shape[0], job.steps.samples, shape[1])
        case "final":
            return np.fromfile(path, dtype).reshape(shape)
        case "count":
            return np.fromfile(path, np.int32).reshape(shape)
        case "first_spike":
            times = np.fromfile(path, np.float64).reshape(shape)
            return np.where(times < 0, np.inf, times - job.steps.settle * job.steps.dt)
    parts = sorted(folder.glob("out_spikes*"))  # a worker without spikes writes none
    events = np.concatenate([np.empty(0, _EVENT), *(np.fromfile(part, _EVENT) for part in parts)])
    return Spikes.from_neurons(events["neuron"], events["time"], shape[1])
