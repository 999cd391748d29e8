"""An engine that looks neurons up in a table of responses, and nothing else."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from spikenet.engines.job import Job
from spikenet.engines.lookup.response_table import ResponseTable
from spikenet.errors import InvalidValueError
from spikenet.machine import usable_cores
from spikenet.progress import Progress
from spikenet.recording import Recording

if TYPE_CHECKING:
    from spikenet.engines.base import Engine

_PIECE_BYTES = 4 << 20  # of logits at a time


@dataclass(frozen=True, eq=False)
class Tabulated:
    """A table that ``simulator`` made, as an engine. Errors: InvalidValueError for drives outside the table."""

    table: ResponseTable
    simulator: "Engine"

    name = "response"

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Look every neuron up."""
        started = time.perf_counter()
        drive, table = drives[the_port(job, drives)], self.table
        values = {name: table.look_up(name, drive) for name in job.record}
        if "trace" in values:
            values["trace"] = np.moveaxis(values["trace"], 2, 1)
        made = {"engine": self.name, **job.provenance(), "points": len(table.drives), "exact": len(table.exact)}
        progress.at(1.0)
        return Recording(
            values, drive.shape, job.steps.sample_dt, job.variable, made | {"seconds": time.perf_counter() - started}
        )

    def read_out(self, job: Job, drives, weights: np.ndarray, progress: Progress) -> Iterator[tuple[slice, np.ndarray]]:
        """Traces times ``weights`` without making the traces, a piece of the samples at a time.

        A read-out is linear and so is the table in its points, so the points about a drive share the unit's weight.
        """
        drive = drives[the_port(job, drives)]
        weights = np.ascontiguousarray(weights.T, dtype=np.float32)  # (class, unit)
        piece = max(1, _PIECE_BYTES // (4 * len(weights) * job.steps.samples))
        pieces = [slice(start, min(start + piece, len(drive))) for start in range(0, len(drive), piece)]
        work = (partial(_mixed, self.table, drive[here], weights) for here in pieces)
        for here, logits in zip(pieces, _in_order(work), strict=True):
            progress.at(here.stop / len(drive))
            yield here, logits.transpose(0, 2, 1)

    def trace_at(self, job: Job, drives, instants: np.ndarray, progress: Progress) -> np.ndarray:
        """Traces at these samples of the recording only."""
        drive = drives[the_port(job, drives)]
        found = self.table.values["trace"].at(instants, *self.table.mixture(drive))
        progress.at(1.0)
        return np.moveaxis(found, 2, 1)

    def prepared(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> "Tabulated":
        """This engine itself, if its table is wide enough."""
        self.table.cell_of(drives[the_port(job, drives)])
        return self


def the_port(job: Job, drives: Mapping[str, np.ndarray]) -> str:
    """The one port that differs from neuron to neuron. Errors: InvalidValueError for what a table cannot hold."""
    why = None
    if any(job.drive_steps.values()):
        why = "the drive changes in time"
    elif job.neuron.noisy:
        why = f"{job.neuron.name} is noisy"
    elif any(value.ndim for value in job.neuron.initial.values()):
        why = "the units start from different states"
    elif "spikes" in job.record:
        why = "spikes are lists of different lengths"
    varying = [port for port, array in drives.items() if np.ptp(array) > 0]
    if why is None and len(varying) > 1:
        why = f"the ports {' and '.join(varying)} both vary"
    if why is not None:
        raise InvalidValueError(f"a response table cannot represent this: {why}; use engine='cpp' or 'runtime'")
    return varying[0] if varying else job.neuron.ports[0]


def _mixed(table: ResponseTable, drive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Logits (sample, class, time) under ``drive`` (sample, unit), of traces that are read out by (class, unit)."""
    rows, shares = (one.swapaxes(0, 1) for one in table.mixture(drive))  # (sample, row, unit)
    mixing = weights[:, None] * shares.astype(np.float32)[:, None]  # (sample, class, row, unit)
    flat = mixing.reshape(len(drive), len(weights), -1)
    return table.values["trace"].mixed(rows.reshape(len(drive), -1), flat)


def _in_order(work: Iterable[Callable[[], np.ndarray]]) -> Iterator[np.ndarray]:
    """Results of the work in its order, one thread a core and no more results waiting than threads.

    BLAS keeps to one thread meanwhile: its own are of no use for matrices this small.
    """
    n_threads = usable_cores()
    with ThreadPoolExecutor(n_threads) as pool, threadpool_limits(1, user_api="blas"):
        waiting = deque()
        for one in work:
            waiting.append(pool.submit(one))
            if len(waiting) > n_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
