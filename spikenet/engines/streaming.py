"""A piece of the samples at a time: traces of any number of samples in little memory."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from spikenet.engines.job import Job
from spikenet.progress import Progress
from spikenet.recording import Recording

if TYPE_CHECKING:
    from spikenet.engines.base import Engine

_PIECE_BYTES = 128 << 20  # of traces at a time


def stream_job(
    engine: "Engine", job: Job, drives: Mapping[str, np.ndarray], progress: Progress
) -> Iterator[tuple[slice, Recording]]:
    """Recordings of one piece of the samples after the other, each with the samples as a slice."""
    first = drives[job.neuron.ports[0]]
    samples, units = first.shape[0], first.shape[-1]
    piece = max(1, _PIECE_BYTES // (8 * units * (job.steps.samples if "trace" in job.record else 1)))
    if job.neuron.noisy:
        piece = samples  # every piece would draw the same numbers
    for start in range(0, samples, piece):
        here = slice(start, min(start + piece, samples))
        part = progress.part(here.start / samples, here.stop / samples)
        yield here, engine.run(job, {port: array[here] for port, array in drives.items()}, part)


def read_out_traces(
    engine: "Engine", job: Job, drives: Mapping[str, np.ndarray], weights: np.ndarray, progress: Progress
) -> Iterator[tuple[slice, np.ndarray]]:
    """Traces times ``weights`` (unit, class), as (sample, time, class) of one piece of the samples after the other."""
    for here, recording in stream_job(engine, job, drives, progress):
        trace = recording.trace
        yield here, trace @ weights.astype(trace.dtype)


def trace_at(
    engine: "Engine", job: Job, drives: Mapping[str, np.ndarray], instants: np.ndarray, progress: Progress
) -> np.ndarray:
    """The traces at these samples of the recording, (sample, instant, unit), without holding them whole."""
    return np.concatenate([recording.trace[:, instants] for _, recording in stream_job(engine, job, drives, progress)])


class Direct:
    """What engines have in common that simulate each neuron themselves; they add a name and ``run``."""

    @property
    def simulator(self):
        """This engine itself."""
        return self

    def read_out(self, job: Job, drives, weights: np.ndarray, progress: Progress):
        """Traces times ``weights``, piece by piece."""
        return read_out_traces(self, job, drives, weights, progress)

    def trace_at(self, job: Job, drives, instants: np.ndarray, progress: Progress) -> np.ndarray:
        """Traces at these samples of the recording only."""
        return trace_at(self, job, drives, instants, progress)

    def prepared(self, job: Job, drives, progress: Progress):
        """This engine itself."""
        return self
