"""Brian2 C++ standalone: compiled once, run many times, OpenMP threads, chunks that fit the cache."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from spikenet.engine.blocks import BLOCK, BLOCKS_WORTH_A_THREAD, CAPACITY
from spikenet.engine.job import Job
from spikenet.engine.progress import Progress
from spikenet.engine.project import check_precision, project_for
from spikenet.engine.streaming import read_out_traces, trace_at
from spikenet.errors import InvalidValueError, SimulationError
from spikenet.machine import usable_cores
from spikenet.recording import Recording, Spikes

_NOISY_CHUNK = 1024  # chance is drawn chunk by chunk, so its chunks never change
_NOT_FINITE = 3  # the program's exit code
# Threads that wait for each other sleep. Spinning, as OpenMP does by default, takes 50 times as long beside one other
# busy process, and gains nothing on a quiet machine.
_ENVIRONMENT = {"OMP_WAIT_POLICY": "passive"}
_EVENT = np.dtype([("neuron", np.int64), ("time", np.float64)])


@dataclass(frozen=True)
class Cpp:
    """The engine ``cpp``. ``threads`` None takes every core; ``chunk`` None suits the processor's cache.

    ``precision`` is that of the neurons ("float64" or "float32"); means and times are always float64.
    """

    precision: str = "float64"
    threads: int | None = None
    chunk: int | None = None

    name = "cpp"

    def __post_init__(self):
        check_precision(self.precision)
        for name in ("threads", "chunk"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 1):
                raise InvalidValueError(f"{name} is {value!r}, wanted a whole number from 1, or None")

    @property
    def simulator(self) -> "Cpp":
        """This engine itself."""
        return self

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Simulate every neuron. Errors: BuildError, SimulationError."""
        shape = drives[job.model.ports[0]].shape
        samples, units = shape[0], shape[-1]
        project = project_for(job, self.precision)
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="spikenet-") as folder:
            place = Path(folder)
            dtype = np.dtype(self.precision)
            _check_room(place, job, samples * units * dtype.itemsize)
            arguments = _write_inputs(place, job, drives, dtype)
            (place / "plan").write_text(self._plan(job, samples * units, units))
            binary_seconds = _run(project / "main", arguments, place, job, progress)
            values = {name: _collect(name, place, job, (samples, units), dtype) for name in job.keep}
        made = {
            "engine": self.name,
            "precision": self.precision,
            **job.described(),
            "seconds": time.perf_counter() - started,
            "binary_seconds": binary_seconds,
        }
        return Recording(values, (samples, units), job.sample_dt, job.output, made)

    def read_out(self, job: Job, drives, weights: np.ndarray, progress: Progress):
        """Traces times ``weights``, piece by piece."""
        return read_out_traces(self, job, drives, weights, progress)

    def trace_at(self, job: Job, drives, instants: np.ndarray, progress: Progress) -> np.ndarray:
        """Traces at these samples of the recording only."""
        return trace_at(self, job, drives, instants, progress)

    def prepared(self, job: Job, drives, progress: Progress) -> "Cpp":
        """This engine itself."""
        return self

    def _plan(self, job: Job, total: int, units: int) -> str:
        """What the program reads first: see ``templates/spikenet_stream.h``."""
        threads = 1 if job.model.noisy else min(self.threads or usable_cores(), _useful_threads(total))
        lines = {
            "total": total,
            "units": units,
            "chunk": _NOISY_CHUNK if job.model.noisy else self.chunk or _fitting_chunk(job, self.precision, threads),
            "samples": job.n_samples,
            "threads": threads,
            "seed": job.seed,
            "record_start": repr(job.settle_steps * job.dt),
        }
        lines["chunk"] = min(-(-lines["chunk"] // BLOCK) * BLOCK, CAPACITY)
        return "".join(f"{name} {value}\n" for name, value in lines.items())


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


def _check_room(place: Path, job: Job, bytes_a_value: int) -> None:
    """A program that runs out of disk is killed without a word: say so before."""
    needed = bytes_a_value * ((job.n_samples if "trace" in job.keep else 0) + len(job.keep) + len(job.model.ports))
    free = shutil.disk_usage(place).free
    if needed > free:
        raise SimulationError(
            f"results of {job.model.name} need {needed / 1e9:.3g} GB, and {place.parent} has {free / 1e9:.3g} GB left; "
            "keep less, take pieces with stream(), or set TMPDIR to another folder"
        )


def _write_inputs(place: Path, job: Job, drives: Mapping[str, np.ndarray], dtype: np.dtype) -> list[str]:
    """Files of raw numbers for what differs from neuron to neuron; the program's arguments for the rest."""
    for name, array in drives.items():
        array.astype(dtype, copy=False).tofile(place / f"in_{name}")
    arguments = [f"neurons.{name}={parameter.value!r}" for name, parameter in job.model.parameters.items()]
    for name, value in job.model.initial.items():
        if value.ndim:
            value.astype(dtype).tofile(place / f"in_{name}")
        else:
            arguments.append(f"neurons.{name}={float(value)!r}")
    return arguments


def _run(program: Path, arguments: list[str], place: Path, job: Job, progress: Progress) -> float:
    """Run the program in its folder and follow its progress; seconds it took."""
    started = time.perf_counter()
    with (place / "errors").open("w+") as errors:
        process = subprocess.Popen(
            [program, *arguments],
            cwd=place,
            env=_ENVIRONMENT | os.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            for line in process.stdout:
                if line.startswith("progress "):
                    progress.at(float(line.split()[1]))
            code = process.wait()
        finally:
            process.kill()
            process.stdout.close()
            process.wait()
        errors.seek(0)
        said = errors.read()
    if code == _NOT_FINITE:
        where = re.search(r"spikenet: (.*) is not finite", said)
        raise job.blown_up(where[1] if where else "a state")
    if code or "Error reading" in said:
        cause = said.strip().splitlines()[-1] if said.strip() else f"ended by signal {-code}" if code < 0 else "no word"
        raise SimulationError(f"the simulation of {job.model.name} failed (exit code {code}): {cause}")
    return time.perf_counter() - started


def _collect(name: str, place: Path, job: Job, shape: tuple[int, int], dtype: np.dtype):
    """One kept thing from the program's files."""
    path = place / f"out_{name}"
    match name:
        case "mean":
            return np.fromfile(path, np.float64).reshape(shape) / job.n_samples
        case "trace":
            return np.fromfile(path, dtype).reshape(shape[0], job.n_samples, shape[1])
        case "final":
            return np.fromfile(path, dtype).reshape(shape)
        case "count":
            return np.fromfile(path, np.int32).reshape(shape)
        case "first_spike":
            times = np.fromfile(path, np.float64).reshape(shape)
            return np.where(times < 0, np.inf, times - job.settle_steps * job.dt)
    events = np.fromfile(path, _EVENT) if path.exists() else np.empty(0, _EVENT)
    return Spikes.of_neurons(events["neuron"], events["time"], shape[1])
