"""An engine that looks neurons up in a table of responses, and never simulates."""

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
class TableEngine:
    """A table that ``simulator`` made, as an engine. Raises InvalidValueError for drives outside of the table."""

    table: ResponseTable
    simulator: "Engine"

    name = "response"

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Look up every neuron; see `Engine.run`."""
        started = time.perf_counter()
        drive, table = drives[varying_port(job, drives)], self.table
        values = {name: table.look_up(name, drive) for name in job.record}
        if "trace" in values:
            values["trace"] = np.moveaxis(values["trace"], 2, 1)
        provenance = {"engine": self.name, **job.provenance(), "points": len(table.drives), "exact": len(table.exact)}
        progress.at(1.0)
        return Recording(
            values,
            drive.shape,
            job.steps.sample_dt,
            job.variable,
            provenance | {"seconds": time.perf_counter() - started},
        )

    def read_out(self, job: Job, drives, weights: np.ndarray, progress: Progress) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield traces times ``weights`` without computing the traces, a piece of the samples at a time.

        A response is a weighted sum of rows of the table, so the weights of a unit are shared out to these rows.
        """
        drive = drives[varying_port(job, drives)]
        weights = np.ascontiguousarray(weights.T, dtype=np.float32)  # (class, unit)
        piece = max(1, _PIECE_BYTES // (4 * len(weights) * job.steps.samples))
        pieces = [slice(start, min(start + piece, len(drive))) for start in range(0, len(drive), piece)]
        work = (partial(_read_out, self.table, drive[here], weights) for here in pieces)
        for here, logits in zip(pieces, _in_order(work), strict=True):
            progress.at(here.stop / len(drive))
            yield here, logits.transpose(0, 2, 1)

    def trace_at(self, job: Job, drives, instants: np.ndarray, progress: Progress) -> np.ndarray:
        """Return the traces at some samples of the recording."""
        drive = drives[varying_port(job, drives)]
        found = self.table.values["trace"].at(instants, *self.table.interpolation(drive))
        progress.at(1.0)
        return np.moveaxis(found, 2, 1)

    def prepared(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> "TableEngine":
        """Return this engine. Raises InvalidValueError if its table is too narrow."""
        self.table.cell_of(drives[varying_port(job, drives)])
        return self


def varying_port(job: Job, drives: Mapping[str, np.ndarray]) -> str:
    """Return the one port whose drive differs. Raises InvalidValueError for what a table cannot represent."""
    why = None
    if any(job.drive_steps.values()):
        why = "the drive changes in time"
    elif job.recurrence:
        why = "the units drive each other"
    elif job.neuron.noisy:
        why = f"{job.neuron.name} is noisy"
    elif any(value.ndim for value in job.neuron.initial.values()):
        why = "the units start from different states"
    elif job.varying:
        why = f"{' and '.join(job.varying)} of {job.neuron.name} differ from unit to unit"
    elif "spikes" in job.record:
        why = "spikes are lists of different lengths"
    varying = [port for port, array in drives.items() if np.ptp(array) > 0]
    if why is None and len(varying) > 1:
        why = f"the ports {' and '.join(varying)} both vary"
    if why is not None:
        raise InvalidValueError(f"a response table cannot represent this: {why}; use engine='cpp' or 'runtime'")
    return varying[0] if varying else job.neuron.ports[0]


def _read_out(table: ResponseTable, drive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return traces for ``drive`` (sample, unit) times ``weights`` (class, unit) as (sample, class, time)."""
    rows, shares = (one.swapaxes(0, 1) for one in table.interpolation(drive))  # (sample, row, unit)
    mixing = weights[:, None] * shares.astype(np.float32)[:, None]  # (sample, class, row, unit)
    flat = mixing.reshape(len(drive), len(weights), -1)
    return table.values["trace"].weighted_sums(rows.reshape(len(drive), -1), flat)


def _in_order(work: Iterable[Callable[[], np.ndarray]]) -> Iterator[np.ndarray]:
    """Do the work in as many threads as there are cores; yield its results in order, with few of them waiting.

    The linear algebra library (BLAS) is held to one thread: more are of no use for matrices this small.
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
