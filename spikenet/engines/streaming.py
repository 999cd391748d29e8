"""Simulations of a piece of the samples at a time: traces of any number of samples in little memory."""

from collections.abc import Iterator, Mapping

import numpy as np

from spikenet.engines.base import Engine
from spikenet.engines.job import Job
from spikenet.progress import Progress
from spikenet.recording import Recording

_PIECE_BYTES = 128 << 20  # of traces at a time


def stream_job(
    engine: Engine, job: Job, drives: Mapping[str, np.ndarray], progress: Progress
) -> Iterator[tuple[slice, Recording]]:
    """Yield the recordings of one piece of the samples after the other, each with its samples as a slice."""
    first = drives[job.neuron.ports[0]]
    samples, units = first.shape[0], first.shape[-1]
    piece = max(1, _PIECE_BYTES // (8 * units * (job.steps.samples if "trace" in job.record else 1)))
    if job.neuron.noisy:
        piece = samples  # every piece would draw the same numbers
    for start in range(0, samples, piece):
        here = slice(start, min(start + piece, samples))
        part = progress.part(here.start / samples, here.stop / samples)
        yield here, engine.run(job, {port: array[here] for port, array in drives.items()}, part)


class DirectEngine:
    """The part of an engine that all engines share which simulate every neuron; they add a name and ``run``."""

    recurrent = False

    @property
    def simulator(self):
        """This engine."""
        return self

    def read_out(
        self, job: Job, drives: Mapping[str, np.ndarray], weights: np.ndarray, progress: Progress
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield traces times ``weights`` (unit, class) as (sample, time, class), piece by piece."""
        for here, recording in stream_job(self, job, drives, progress):
            trace = recording.trace
            yield here, trace @ weights.astype(trace.dtype)

    def trace_at(
        self, job: Job, drives: Mapping[str, np.ndarray], instants: np.ndarray, progress: Progress
    ) -> np.ndarray:
        """Return the traces at some samples of the recording, (sample, instant, unit), without holding them whole."""
        pieces = stream_job(self, job, drives, progress)
        return np.concatenate([recording.trace[:, instants] for _, recording in pieces])

    def prepared(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress):
        """Return this engine."""
        return self
