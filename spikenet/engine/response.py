"""A table of responses to constant drives: neurons that get the same drive do the same, so simulate each drive once.

Made by another engine. The grid is refined where the midpoint of a cell is not what its ends foretell; drives that
fall into cells which stay unresolved are simulated themselves. What is left of the error is measured against direct
simulation of a random sample of the drives, and reported in ``Recording.made["error"]``.
"""

import json
import os
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import numpy as np
from threadpoolctl import threadpool_limits

from spikenet.engine.engine import Engine, engine_of
from spikenet.engine.job import Job, Timing, plan
from spikenet.engine.progress import Progress
from spikenet.engine.spec import spec_of
from spikenet.errors import InvalidValueError
from spikenet.recording import Recording

_TABLE_BYTES = 512 << 20  # of one table
_KEPT_TABLES = 4
_PIECE_BYTES = 4 << 20  # of logits at a time
_LEVELS = 5  # how often a cell may be halved
_PROBES = 256  # drives of the random sample
_MOST_EXACT = 50_000  # drives of unresolved cells that are simulated themselves
_STEPPED = {"count", "first_spike"}  # jump from cell to cell: nearest, not between


@dataclass(frozen=True, eq=False)
class ResponseTable:
    """Responses to a grid of constant drives, ``values[name]`` (point, ...) by what was kept.

    ``drives`` (point,) rise; ``unresolved`` (cell,) marks those between whose ends the response is not foretold.
    """

    drives: np.ndarray
    values: Mapping[str, np.ndarray]
    unresolved: np.ndarray
    output: str
    sample_dt: float

    @property
    def mean(self) -> np.ndarray:
        """Mean response to each drive, (point,)."""
        return self.values["mean"]

    @property
    def trace(self) -> np.ndarray:
        """Response to each drive over time, (point, time)."""
        return self.values["trace"]

    def locate(self, drive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The cell of each drive, and how far it lies in it, 0 to 1. Errors: InvalidValueError outside the table."""
        low, high = self.drives[[0, -1]]
        if drive.size and (drive.min() < low or drive.max() > high):
            raise InvalidValueError(
                f"drives from {drive.min():g} to {drive.max():g} are outside the response table's {low:g} to {high:g}; "
                "make a wider one"
            )
        cell = np.clip(np.searchsorted(self.drives, drive, side="right") - 1, 0, len(self.drives) - 2)
        return cell, (drive - self.drives[cell]) / (self.drives[cell + 1] - self.drives[cell])

    def look_up(self, name: str, drive: np.ndarray) -> np.ndarray:
        """The response to each drive, of its shape and, for a trace, with time as the last axis."""
        cell, part = self.locate(drive)
        rows = self.values[name]
        if name in _STEPPED:
            return rows[cell + (part > 0.5)]
        part = part.astype(rows.dtype).reshape(part.shape + (1,) * (rows.ndim - 1))
        return rows[cell] * (1 - part) + rows[cell + 1] * part

    def with_exact(self, drives: np.ndarray, values: Mapping[str, np.ndarray]) -> "ResponseTable":
        """Another table, with these drives among its points."""
        every, first = np.unique(np.concatenate([drives, self.drives]), return_index=True)
        joined = {name: np.concatenate([values[name], rows])[first] for name, rows in self.values.items()}
        inside = np.searchsorted(self.drives, (every[:-1] + every[1:]) / 2, side="right") - 1
        return replace(self, drives=every, values=joined, unresolved=self.unresolved[inside])


@dataclass(frozen=True)
class Response:
    """The engine ``response``: a table over constant drives, made by ``engine``.

    ``points`` is the grid to begin with; a cell is halved until its midpoint is foretold to within ``tolerance``
    times the spread of the output. Refuses drives that change in time, noise, and neurons of a layer that start
    differently: those have no table.
    """

    engine: str | Engine = "cpp"
    points: int = 4001
    tolerance: float = 0.002

    name = "response"

    def __post_init__(self):
        if not isinstance(self.points, int) or self.points < 2:
            raise InvalidValueError(f"points is {self.points!r}, wanted a whole number from 2")
        if not 0 < self.tolerance:
            raise InvalidValueError(f"tolerance is {self.tolerance!r}, wanted more than 0")
        if getattr(engine_of(self.engine), "name", "") == self.name:
            raise InvalidValueError("a response table cannot be made by the response engine; use 'cpp' or 'runtime'")

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Look every neuron up. Errors: InvalidValueError for what has no table, and those of the other engine."""
        started = time.perf_counter()
        port = _the_port(job, drives)
        drive = drives[port]
        table = self._resolving(job, drives, port, progress)
        values = {name: table.look_up(name, drive) for name in job.keep}
        if "trace" in values:
            values["trace"] = np.moveaxis(values["trace"], 2, 1)
        made = {"engine": self.name, **job.described(), "points": len(table.drives)}
        made["error"] = self.error(table, job, drives)
        return Recording(
            values, drive.shape, job.sample_dt, job.output, made | {"seconds": time.perf_counter() - started}
        )

    def read_out(self, job: Job, drives, weights: np.ndarray, progress: Progress) -> Iterator[tuple[slice, np.ndarray]]:
        """Traces times ``weights`` without making the traces, a piece of the samples at a time.

        A read-out is linear and so is the table between its points, so the two ends of each cell share the weight.
        """
        port = _the_port(job, drives)
        table = self._resolving(job, drives, port, progress)
        cells, parts = table.locate(drives[port])
        weights = np.ascontiguousarray(weights.T, dtype=np.float32)  # (class, unit)
        piece = max(1, _PIECE_BYTES // (4 * len(weights) * job.n_samples))
        pieces = [slice(start, min(start + piece, len(cells))) for start in range(0, len(cells), piece)]
        work = (partial(_mixed, table.trace, weights, cells[here], parts[here]) for here in pieces)
        for here, logits in zip(pieces, _in_order(work), strict=True):
            progress.at(here.stop / len(cells))
            yield here, logits.transpose(0, 2, 1)

    def table(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> ResponseTable:
        """The table for a job over the range of its drives; one of this process's last ones if it will do."""
        port = _the_port(job, drives)
        low, high = float(drives[port].min()), float(drives[port].max())
        key = self._key(job, drives, port)
        known = _tables.get(key)
        if known is not None:
            low, high = min(low, known.drives[0]), max(high, known.drives[-1])
            if low == known.drives[0] and high == known.drives[-1]:
                _tables.move_to_end(key)
                return known
        if low == high:
            low, high = low - 1e-3 * max(1.0, abs(low)), high + 1e-3 * max(1.0, abs(high))
        _tables[key] = self._make(job, drives, port, np.linspace(low, high, self.points), progress)
        while len(_tables) > _KEPT_TABLES:
            _tables.popitem(last=False)
        return _tables[key]

    def error(self, table: ResponseTable, job: Job, drives: Mapping[str, np.ndarray]) -> dict[str, float]:
        """Largest and root-mean-square distance to direct simulation, over a random sample of the drives."""
        port = _the_port(job, drives)
        flat = drives[port].ravel()
        some = np.random.default_rng(job.seed).choice(flat, min(_PROBES, flat.size), replace=False)
        direct = self._simulate(job, drives, port, some, Progress("checking the table", follow=lambda _: None))
        report = {"probes": len(some), "unresolved": float(np.mean(table.unresolved[table.locate(flat)[0]]))}
        for name, values in direct.items():
            distance = np.abs(table.look_up(name, some) - values, where=np.isfinite(values), out=np.zeros(values.shape))
            report[f"{name}_max"] = float(distance.max())
            report[f"{name}_rms"] = float(np.sqrt(np.mean(distance**2)))
        return report

    def _resolving(self, job: Job, drives, port: str, progress: Progress) -> ResponseTable:
        """The table, with the drives that fall into unresolved cells simulated themselves."""
        table = self.table(job, drives, progress)
        drive = drives[port].ravel()
        missing = np.setdiff1d(drive[table.unresolved[table.locate(drive)[0]]], table.drives)
        if not 0 < missing.size <= min(_MOST_EXACT, _most_points(job)):
            return table
        return table.with_exact(missing, self._simulate(job, drives, port, missing, progress))

    def _make(self, job: Job, drives, port: str, grid: np.ndarray, progress: Progress) -> ResponseTable:
        """Simulate the grid, then halve cell after cell until all are resolved or the table is full."""
        values = self._simulate(job, drives, port, grid, progress)
        table = ResponseTable(grid, MappingProxyType(values), np.ones(len(grid) - 1, bool), job.output, job.sample_dt)
        smooth = [name for name in job.keep if name not in _STEPPED]
        for _ in range(_LEVELS if smooth else 0):
            open_cells = np.flatnonzero(table.unresolved)
            if not open_cells.size or len(table.drives) + open_cells.size > _most_points(job):
                break
            middle = (table.drives[open_cells] + table.drives[open_cells + 1]) / 2
            found = self._simulate(job, drives, port, middle, progress)
            close = np.ones(len(middle), bool)
            for name in smooth:
                spread = np.std(table.values[name]) or 1.0
                close &= _distance(found[name], table.look_up(name, middle)) <= 4 * self.tolerance * spread
            finer = table.with_exact(middle, found)
            resolved = finer.unresolved.copy()
            resolved[finer.locate(middle[close])[0]] = False
            resolved[finer.locate(middle[close])[0] - 1] = False
            table = replace(finer, unresolved=resolved)
        return table if smooth else replace(table, unresolved=np.zeros_like(table.unresolved))

    def _simulate(self, job: Job, drives, port: str, grid: np.ndarray, progress: Progress) -> dict[str, np.ndarray]:
        """What is kept for each drive of a grid, (point, ...)."""
        shaped = {name: np.full((len(grid), 1), array.flat[0]) for name, array in drives.items()}
        shaped[port] = grid[:, None]
        recording = engine_of(self.engine).run(job, shaped, progress)
        values = {name: np.asarray(recording.values[name]) for name in job.keep}
        return {
            name: array[..., 0].astype(np.float32 if name == "trace" else array.dtype) for name, array in values.items()
        }

    def _key(self, job: Job, drives, port: str) -> str:
        """All that a table depends on but its range."""
        spec = spec_of(job)
        spec["values"] = {name: parameter.value for name, parameter in job.model.parameters.items()}
        spec["start"] = {name: float(value) for name, value in job.model.initial.items()}
        spec["others"] = {name: float(array.flat[0]) for name, array in drives.items() if name != port}
        return json.dumps([spec, repr(self), port], sort_keys=True)


_tables: OrderedDict[str, ResponseTable] = OrderedDict()


def _mixed(rows: np.ndarray, weights: np.ndarray, cells: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Logits (sample, class, time) of table rows (point, time), mixed for each sample's units by ``weights``."""
    logits = np.empty((len(cells), len(weights), rows.shape[1]), rows.dtype)
    for row, cell, part in zip(logits, cells, parts.astype(rows.dtype), strict=True):
        both = np.concatenate([weights * (1 - part), weights * part], axis=1)  # (class, 2 units)
        np.matmul(both, rows[np.concatenate([cell, cell + 1])], out=row)
    return logits


def _in_order(work: Iterable[Callable[[], np.ndarray]]) -> Iterator[np.ndarray]:
    """Results of the work in its order, one thread a core and no more results waiting than threads.

    BLAS keeps to one thread meanwhile: its own are of no use for matrices this small.
    """
    n_threads = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(n_threads) as pool, threadpool_limits(1, user_api="blas"):
        waiting = deque()
        for one in work:
            waiting.append(pool.submit(one))
            if len(waiting) > n_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _distance(found: np.ndarray, foretold: np.ndarray) -> np.ndarray:
    """Root mean square over time, for each drive."""
    difference = (found - foretold).reshape(len(found), -1)
    return np.sqrt(np.mean(difference**2, axis=1))


def _most_points(job: Job) -> int:
    return _TABLE_BYTES // (4 * (job.n_samples if "trace" in job.keep else 1))


def _the_port(job: Job, drives: Mapping[str, np.ndarray]) -> str:
    """The one port that differs from neuron to neuron. Errors: InvalidValueError for what a table cannot hold."""
    why = None
    if any(job.drive_steps.values()):
        why = "the drive changes in time"
    elif job.model.noisy:
        why = f"{job.model.name} is noisy"
    elif any(value.ndim for value in job.model.initial.values()):
        why = "the units start from different states"
    elif "spikes" in job.keep:
        why = "spikes are lists of different lengths"
    varying = [port for port, array in drives.items() if np.ptp(array) > 0]
    if why is None and len(varying) > 1:
        why = f"the ports {' and '.join(varying)} both vary"
    if why is not None:
        raise InvalidValueError(f"a response table cannot represent this: {why}; use engine='cpp' or 'runtime'")
    return varying[0] if varying else job.model.ports[0]


def respond(  # noqa: PLR0913 (as simulate)
    model,
    *,
    low: float,
    high: float,
    points: int = 4001,
    settle=0.0,
    record,
    dt=None,
    sample_dt=None,
    keep=("mean",),
    output: str | None = None,
    engine: str | Engine = "cpp",
) -> ResponseTable:
    """Responses to ``points`` constant drives from ``low`` to ``high`` (SI), as a `ResponseTable`.

    The grid is as asked for; nothing is refined. Durations and ``keep`` as in `simulate`.
    Errors: as simulate's, and InvalidValueError for an empty range.
    """
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise InvalidValueError(f"the range is {low!r} to {high!r}; wanted low below high, both finite")
    maker = Response(engine, points)
    grid = np.linspace(low, high, points)
    job, drives = plan(model, grid[:, None], Timing(settle, record, dt, sample_dt), keep=keep, output=output)
    with Progress(f"responses of {model.name}") as progress:
        values = maker._simulate(job, drives, _the_port(job, drives), grid, progress)
    return ResponseTable(grid, MappingProxyType(values), np.zeros(points - 1, bool), job.output, job.sample_dt)
