"""Engine response: a table of responses to constant drives, between which it interpolates.

Neurons that get the same constant drive do the same, so each drive is simulated once, by another engine. The table gets
more drives where interpolation differs from simulation; drives in cells where it still does are simulated themselves.
The error that is left is measured by simulating a random sample of the drives: ``Recording.provenance["error"]``.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from threading import Lock
from types import MappingProxyType

import numpy as np

from spikenet.engines.base import Engine
from spikenet.engines.job import Job, spec_of
from spikenet.engines.lookup.packing import PackedTraces, concatenated, pack
from spikenet.engines.lookup.response_table import STEPPED, ResponseTable, at_instants
from spikenet.engines.lookup.table_engine import TableEngine, varying_port
from spikenet.engines.simulate import Schedule, Simulation, find_engine
from spikenet.errors import InvalidValueError
from spikenet.neurons.model import NeuronModel
from spikenet.progress import Progress
from spikenet.recording import Recording
from spikenet.renames import renamed_arguments
from spikenet.validate import check_positive, check_whole

_TABLE_BYTES = 256 << 20  # of one table's traces
_MOST_POINTS = 1 << 17  # of a table without traces
_MOST_FIRST_POINTS = 1 << 24  # a slip of the pen is more
_KEPT_TABLES = 2
_LEAST_OVERLAP = 0.6  # of two ranges, as a part of what they span: else a table has too few points in the range
_MARGIN = 1e-3  # of the range, beyond it: the next batch may reach a little further
_TABLE_SHARE = 0.4  # of the progress, for making the table
_SPLIT_AT = 0.382  # of a cell
_MOST_SPLITS = 10  # of a cell, one after the other
_GAIN_OF_SPLITTING = 2  # the error of a cubic falls by 16 where the response is smooth; where it is not, by little
_BATCH = 16_384  # drives that are simulated at a time
_PROBES = 256  # drives of the random sample
_MOST_EXACT = 25_000  # drives of cells with large errors that are simulated themselves, the worst first
_INSTANTS = 128  # of a trace, chosen at random, at which the error of a cell is measured


@dataclass(frozen=True)
class Response:
    """Engine ``"response"``: a table of responses to constant drives, made by another engine.

    Fast for many neurons with constant drives. It refuses drives that change in time, noise, units that start from
    different states, and ``record="spikes"``: a table cannot represent them. `Recording.provenance` has the measured
    ``error``.

    Parameters
    ----------
    engine : str or Engine
        The engine that simulates the drives of the table.
    points : int
        Number of drives of the table at first.
    tolerance : float
        Largest error of the interpolation, in units of the spread of the output. Cells with a larger one are split, and
        drives in cells that still have one are simulated themselves.

    Raises
    ------
    InvalidValueError
        For fewer than 2 points or more than 16 million, a tolerance that is not above 0, and a table of tables.

    Examples
    --------
    >>> import numpy as np
    >>> import spikenet as sn
    >>> drive = np.linspace(-0.5, 0.5, 2000).reshape(20, 100)
    >>> engine = sn.engines.Response(points=201)
    >>> found = sn.simulate(sn.FHN, drive, settle="100 ms", duration="100 ms", engine=engine)
    >>> found.provenance["error"]["mean_max"] < 0.01
    True
    """

    engine: str | Engine = "cpp"
    points: int = 4001
    tolerance: float = 0.003

    name = "response"

    def __post_init__(self):
        check_whole(self.points, "points", least=2, most=_MOST_FIRST_POINTS)
        check_positive(self.tolerance, "tolerance")
        if self.simulator.name == self.name:
            raise InvalidValueError("a response table cannot be made by the response engine; use 'cpp' or 'runtime'")

    @property
    def simulator(self) -> Engine:
        """The engine that simulates the drives of the table."""
        return find_engine(self.engine)

    def run(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> Recording:
        """Look up every neuron; see `Engine.run`.

        Raises
        ------
        InvalidValueError
            For what a table cannot represent.
        BuildError, SimulationError
            As the engine that simulates the drives of the table.
        """
        started = time.perf_counter()
        table = self._table_with_exact_drives(job, drives, progress.part(0, _TABLE_SHARE))
        found = TableEngine(table, self.simulator).run(job, drives, progress.part(_TABLE_SHARE, 1))
        provenance = {"error": self.error(table, job, drives), "seconds": time.perf_counter() - started}
        return replace(found, provenance=found.provenance | provenance)

    def read_out(self, job: Job, drives, weights: np.ndarray, progress: Progress) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield traces times ``weights`` without computing the traces, a piece of the samples at a time."""
        table = self._table_with_exact_drives(job, drives, progress.part(0, _TABLE_SHARE))
        rest = progress.part(_TABLE_SHARE, 1)
        yield from TableEngine(table, self.simulator).read_out(job, drives, weights, rest)

    def trace_at(self, job: Job, drives, instants: np.ndarray, progress: Progress) -> np.ndarray:
        """Return the traces at some samples of the recording."""
        table = self._table_with_exact_drives(job, drives, progress.part(0, _TABLE_SHARE))
        return TableEngine(table, self.simulator).trace_at(job, drives, instants, progress.part(_TABLE_SHARE, 1))

    def prepared(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> "TableEngine":
        """Return the table for the range of these drives, as an engine that only looks up, and measures no error."""
        return TableEngine(self.table(job, drives, progress), self.simulator)

    def table(self, job: Job, drives: Mapping[str, np.ndarray], progress: Progress) -> ResponseTable:
        """Return a table for a job and the range of its drives; one of the last tables of this process if it fits."""
        port = varying_port(job, drives)
        low, high = float(drives[port].min()), float(drives[port].max())
        key = self._key(job, drives, port)
        with _lock:  # TensorFlow calls from threads of its own, and a table is made once
            alike = [kept for kept in reversed(_tables) if kept.key == key and kept.overlaps(low, high)]
            for kept in alike:
                if kept.low <= low and high <= kept.high:
                    _tables.remove(kept)
                    _tables.append(kept)
                    return kept.table
            if alike:
                low, high = min(low, alike[0].low), max(high, alike[0].high)
                _tables.remove(alike[0])
            margin = _MARGIN * ((high - low) or max(1.0, abs(low)))
            below = low - margin
            grid = np.linspace(max(below, 0.0) if port in job.neuron.nonnegative else below, high + margin, self.points)
            _tables.append(_KeptTable(key, self._make_table(job, drives, port, grid, progress)))
            del _tables[:-_KEPT_TABLES]
            return _tables[-1].table

    def error(self, table: ResponseTable, job: Job, drives: Mapping[str, np.ndarray]) -> dict[str, float]:
        """Return the largest and the root-mean-square error of a table, for a random sample of the drives."""
        port = varying_port(job, drives)
        flat = drives[port].ravel()
        some = np.random.default_rng(job.seed).choice(flat, min(_PROBES, flat.size), replace=False)
        direct = self._simulate(job, drives, port, some, Progress("checking the table", lambda _: None), packed=False)
        unresolved = table.errors[table.cell_of(flat)] > self.tolerance
        report = {"probes": len(some), "unresolved": float(np.mean(unresolved))}
        for name, values in direct.items():
            distance = np.abs(table.look_up(name, some) - values, where=np.isfinite(values), out=np.zeros(values.shape))
            report[f"{name}_max"] = float(distance.max())
            report[f"{name}_rms"] = float(np.sqrt(np.mean(distance**2)))
        return report

    def _table_with_exact_drives(self, job: Job, drives, progress: Progress) -> ResponseTable:
        """Return the table, with the drives in cells with large errors simulated themselves."""
        port = varying_port(job, drives)
        table = self.table(job, drives, progress.part(0, 0.7))
        drive = drives[port].ravel()
        errors = table.errors[table.cell_of(drive)]
        worst = np.argsort(-np.where(errors > self.tolerance, errors, 0), kind="stable")[:_MOST_EXACT]
        missing = np.unique(drive[worst[errors[worst] > self.tolerance]])
        if not missing.size:
            return table
        return table.with_exact(missing, self._simulate(job, drives, port, missing, progress.part(0.7, 1)))

    def _make_table(self, job: Job, drives, port: str, grid: np.ndarray, progress: Progress) -> ResponseTable:
        """Simulate a grid, then split cells, the worst first, until the errors are small or the table is full.

        Cells are not split in the middle: after a long time the responses of neighbouring drives may be whole cycles
        apart, and at the middle the interpolation could be right by coincidence.
        """
        rng = np.random.default_rng(0)
        parts = [progress.part(k / (_MOST_SPLITS + 1), (k + 1) / (_MOST_SPLITS + 1)) for k in range(_MOST_SPLITS + 1)]
        values = self._simulate(job, drives, port, grid, parts[0])
        smooth = [name for name in job.record if name not in STEPPED]
        errors = np.full(len(grid) - 1, np.inf if smooth else np.nan)
        table = ResponseTable(grid, MappingProxyType(values), errors, job.variable, job.steps.sample_dt)
        for part_done in parts[1:]:
            room = _most_points(job) - len(table.drives)
            cells = np.flatnonzero(table.errors > self.tolerance)
            cells = np.sort(cells[np.argsort(-table.errors[cells], kind="stable")[: max(room, 0)]])
            if not cells.size:
                break
            part = np.where(rng.random(len(cells)) < 0.5, _SPLIT_AT, 1 - _SPLIT_AT)
            inside = table.drives[cells] + part * np.diff(table.drives)[cells]
            found = self._simulate(job, drives, port, inside, part_done)
            instants = rng.choice(job.steps.samples, min(_INSTANTS, job.steps.samples), replace=False)
            simulated, coarse = at_instants(found, instants), table.at_instants(instants)
            errors = [_distance(simulated[name][:], coarse.look_up(name, inside)) for name in smooth]
            table = table.with_drives(inside, found)
            right = table.cell_of(inside)
            table.errors[right] = table.errors[right - 1] = np.max(errors, axis=0) / _GAIN_OF_SPLITTING
        return table

    def _simulate(
        self, job: Job, drives, port: str, grid: np.ndarray, progress: Progress, packed: bool = True
    ) -> dict[str, np.ndarray | PackedTraces]:
        """Simulate each drive of a grid, a batch at a time; return what is recorded of it, (point, ...)."""
        shaped = {name: np.full((len(grid), 1), array.flat[0]) for name, array in drives.items()}
        shaped[port] = grid[:, None]
        batches = []
        for start in range(0, len(grid), _BATCH):
            here = slice(start, start + _BATCH)
            share = progress.part(start / len(grid), min(1, here.stop / len(grid)))
            recording = self.simulator.run(job, {name: array[here] for name, array in shaped.items()}, share)
            batch = {name: np.asarray(recording.values[name])[..., 0] for name in job.record}
            if "trace" in batch:
                batch["trace"] = pack(batch["trace"]) if packed else batch["trace"].astype(np.float32)
            batches.append(batch)
        return {name: concatenated([batch[name] for batch in batches]) for name in job.record}

    def _key(self, job: Job, drives, port: str) -> str:
        """Return all that a table depends on, except for its range."""
        spec = spec_of(job)
        spec["values"] = {name: parameter.value for name, parameter in job.neuron.parameters.items()}
        spec["start"] = {name: float(value) for name, value in job.neuron.initial.items()}
        spec["others"] = {name: float(array.flat[0]) for name, array in drives.items() if name != port}
        return json.dumps([spec, repr(self), port], sort_keys=True)


@dataclass(frozen=True)
class _KeptTable:
    """A table that this process keeps, with all that it depends on except for its range."""

    key: str
    table: ResponseTable

    @property
    def low(self) -> float:
        return self.table.drives[0]

    @property
    def high(self) -> float:
        return self.table.drives[-1]

    def overlaps(self, low: float, high: float) -> bool:
        """Tell whether one table can be used for its range and this one."""
        spanned = max(high, self.high) - min(low, self.low)
        return min(high - low, self.high - self.low) >= _LEAST_OVERLAP * spanned


_tables: list[_KeptTable] = []  # the one that was used last is the last one
_lock = Lock()


def _distance(found: np.ndarray, interpolated: np.ndarray) -> np.ndarray:
    """Return the root mean square over time for each drive, in units of the spread of what was found."""
    difference = (found - interpolated).reshape(len(found), -1)
    return np.sqrt(np.mean(difference**2, axis=1)) / (np.std(found) or 1.0)


def _most_points(job: Job) -> int:
    return _TABLE_BYTES // (2 * job.steps.samples) if "trace" in job.record else _MOST_POINTS


@renamed_arguments(record="duration", keep="record", output="variable")
def response_curve(  # noqa: PLR0913 (as simulate)
    neuron: NeuronModel,
    *,
    low: float,
    high: float,
    points: int = 4001,
    duration,
    settle=0.0,
    dt=None,
    sample_dt=None,
    record=("mean",),
    variable: str | None = None,
    engine: str | Engine = "cpp",
) -> ResponseTable:
    """Measure the response of a neuron to constant drives from ``low`` to ``high``.

    Parameters
    ----------
    neuron : NeuronModel
    low, high : float
        The smallest and the largest drive, in SI units.
    points : int
        Number of drives, in equal steps.
    duration, settle, dt, sample_dt, record, variable, engine
        As in `simulate`.

    Returns
    -------
    ResponseTable
        ``mean`` (point,), ``trace`` (point, time), by ``drives`` (point,).

    Raises
    ------
    InvalidValueError
        For an empty range; else as `simulate`.

    Examples
    --------
    >>> import spikenet as sn
    >>> curve = sn.response_curve(sn.FHN, low=-0.5, high=0.5, points=3, settle="100 ms", duration="100 ms")
    >>> curve.mean.round(1)
    array([ 0.5,  0. , -0.5])
    """
    numbers = isinstance(low, Real) and isinstance(high, Real)
    if not (numbers and np.isfinite(low) and np.isfinite(high) and low < high):
        raise InvalidValueError(f"the range is {low!r} to {high!r}; wanted low below high, both finite")
    maker = Response(engine, points)
    simulation = Simulation(neuron, Schedule(duration, settle, dt, sample_dt), engine=maker.simulator)
    grid = np.linspace(low, high, points)
    job, drives = simulation.plan(grid[:, None], record, variable)
    with Progress(f"responses of {neuron.name}") as progress:
        values = maker._simulate(job, drives, varying_port(job, drives), grid, progress, packed=False)
    errors = np.full(points - 1, np.nan)
    return ResponseTable(grid, MappingProxyType(values), errors, job.variable, job.steps.sample_dt)
