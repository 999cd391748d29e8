"""Runs a compiled project: writes the files that it reads, follows it, and collects the files that it writes."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikenet.engines.job import Job
from spikenet.errors import InvalidValueError, SimulationError
from spikenet.progress import Progress
from spikenet.recording import Recording, Spikes

_NOT_FINITE = 3  # the program's exit code
_EVENT = np.dtype([("neuron", np.int64), ("time", np.float64)])


@dataclass(frozen=True)
class Program:
    """A compiled project that can be run for any drive of its job.

    ``chunk`` are the neurons that each of its ``workers``, processes of the program's own, takes at a time. ``before``
    are words before its command, such as ``env NAME=VALUE``.
    """

    path: Path
    engine: str
    precision: str
    chunk: int
    workers: int = 1
    before: tuple[str, ...] = ()

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Simulate every neuron. Errors: SimulationError."""
        shape = shape_of(job, drives)
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="spikenet-") as folder:
            place, dtype = Path(folder), np.dtype(self.precision)
            _check_room(place, job, shape[0] * shape[1] * dtype.itemsize)
            arguments = self.write_inputs(place, job, drives)
            binary_seconds = _run([*self.before, self.path, *arguments], place, job, progress)
            values = collect(place, job, shape, dtype)
        made = {
            "engine": self.engine,
            "precision": self.precision,
            **job.provenance(),
            "seconds": time.perf_counter() - started,
            "binary_seconds": binary_seconds,
        }
        return Recording(values, shape, job.steps.sample_dt, job.variable, made)

    def write_inputs(self, place: Path, job: Job, drives: Mapping[str, np.ndarray]) -> list[str]:
        """Write the plan, and files of raw numbers for what differs from neuron to neuron; the program's arguments."""
        (place / "plan").write_text(self._plan(job, shape_of(job, drives)))
        return _write_inputs(place, job, drives, np.dtype(self.precision))

    def _plan(self, job: Job, shape: tuple[int, int]) -> str:
        """What the program reads first: see ``templates/spikenet_stream.h``."""
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


def check_precision(precision: str) -> str:
    if precision not in ("float64", "float32"):
        raise InvalidValueError(f"precision is {precision!r}, wanted 'float64' or 'float32'")
    return precision


def check_counts(settings, *names: str) -> None:
    """Settings that are whole numbers, or None for whatever suits the machine."""
    for name in names:
        value = getattr(settings, name)
        if value is not None and (type(value) is not int or value < 1):
            raise InvalidValueError(f"{name} is {value!r}, wanted a whole number from 1, or None")


def shape_of(job: Job, drives: Mapping[str, np.ndarray]) -> tuple[int, int]:
    """Samples and units."""
    shape = drives[job.neuron.ports[0]].shape
    return shape[0], shape[-1]


def collect(place: Path, job: Job, shape: tuple[int, int], dtype: np.dtype) -> dict[str, np.ndarray | Spikes]:
    """All that was kept, from the program's files."""
    return {name: _collect(name, place, job, shape, dtype) for name in job.record}


def _check_room(place: Path, job: Job, bytes_a_value: int) -> None:
    """A program that runs out of disk is killed without a word: say so before."""
    needed = bytes_a_value * (
        (job.steps.samples if "trace" in job.record else 0) + len(job.record) + len(job.neuron.ports)
    )
    free = shutil.disk_usage(place).free
    if needed > free:
        raise SimulationError(
            f"results of {job.neuron.name} need {needed / 1e9:.3g} GB, and {place.parent} has {free / 1e9:.3g} GB "
            "left; record less, take pieces with stream(), or set TMPDIR to another folder"
        )


def _write_inputs(place: Path, job: Job, drives: Mapping[str, np.ndarray], dtype: np.dtype) -> list[str]:
    """Files of raw numbers for what differs from neuron to neuron; the program's arguments for the rest."""
    for name, array in drives.items():
        array.astype(dtype, copy=False).tofile(place / f"in_{name}")
    arguments = [f"neurons.{name}={parameter.value!r}" for name, parameter in job.neuron.parameters.items()]
    for name, value in job.neuron.initial.items():
        if value.ndim:
            value.astype(dtype).tofile(place / f"in_{name}")
        else:
            arguments.append(f"neurons.{name}={float(value)!r}")
    return arguments


def _run(command: list, place: Path, job: Job, progress: Progress) -> float:
    """Run the program in a folder and follow its progress; seconds it took."""
    started = time.perf_counter()
    with (place / "errors").open("w+") as errors:
        process = subprocess.Popen(
            command,
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # its workers end with it
        )
        try:
            for line in process.stdout:
                if line.startswith("progress "):
                    progress.at(float(line.split()[1]))
            code = process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):  # all have ended
                os.killpg(process.pid, signal.SIGKILL)
            process.stdout.close()
            process.wait()
        errors.seek(0)
        said = errors.read()
    if code == _NOT_FINITE:
        where = re.search(r"spikenet: (.*) is not finite", said)
        raise job.not_finite(where[1] if where else "a state")
    if code or "Error reading" in said:
        cause = said.strip().splitlines()[-1] if said.strip() else f"ended by signal {-code}" if code < 0 else "no word"
        raise SimulationError(f"the simulation of {job.neuron.name} failed (exit code {code}): {cause}")
    return time.perf_counter() - started


def _collect(name: str, place: Path, job: Job, shape: tuple[int, int], dtype: np.dtype):
    """One kept thing from the program's files."""
    path = place / f"out_{name}"
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
    parts = sorted(place.glob("out_spikes*"))  # a worker without spikes writes none
    events = np.concatenate([np.empty(0, _EVENT), *(np.fromfile(part, _EVENT) for part in parts)])
    return Spikes.of_neurons(events["neuron"], events["time"], shape[1])
