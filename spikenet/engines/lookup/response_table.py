"""Responses over a grid of constant drives, and how to look between its points."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from spikenet.engines.lookup.packing import Packed, joined
from spikenet.errors import InvalidValueError

STEPPED = {"count", "first_spike"}  # jump from point to point: nearest, not between
_BLOCK = 1 << 16  # drives that are looked up at a time
_BUCKETS = 1 << 17  # to find a cell by
_NEAR = 1e-6  # of a cell: where two points are one but for rounding


@dataclass(frozen=True, eq=False)
class ResponseTable:
    """Responses to a grid of constant drives, ``values[name]`` (row, ...) by what was kept; traces may be packed.

    ``drives`` (point,) rise; the first rows are theirs. ``errors`` (cell,) tell how far the table is from a simulation
    between two points, as an rms in units of the output's spread: infinite where nobody looked, and not a number if
    nobody meant to. Drives that were simulated one by one stand in ``exact`` (rising); the last rows are theirs.
    """

    drives: np.ndarray
    values: Mapping[str, np.ndarray | Packed]
    errors: np.ndarray
    variable: str
    sample_dt: float
    exact: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def mean(self) -> np.ndarray:
        """Mean response to each drive, (point,)."""
        return self.values["mean"][: len(self.drives)]

    @property
    def trace(self) -> np.ndarray:
        """Response to each drive over time, (point, time)."""
        return self.values["trace"][: len(self.drives)]

    def cell_of(self, drive: np.ndarray) -> np.ndarray:
        """The cell of each drive. Errors: InvalidValueError outside the table."""
        low, high = self.drives[[0, -1]]
        if drive.size and (drive.min() < low or drive.max() > high):
            raise InvalidValueError(
                f"drives from {drive.min():g} to {drive.max():g} are outside the response table's {low:g} to {high:g}; "
                "make a wider one"
            )
        bucket = ((drive - low) * (_BUCKETS / (high - low))).astype(np.int32)
        cell = self._first_cells[bucket]
        cell += drive >= self._ends[cell]
        further = drive >= self._ends[cell]
        if further.any():
            cell[further] = np.searchsorted(self._ends, drive[further], side="right")
        return cell

    def mixture(self, drive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows that make up the response to each drive, and their weights: both (4, ...).

        The cubic through the ends of the cell and a point on either side, about as far away as the cell is wide: the
        error falls with the fourth power of the width where the response is smooth. At the edges, the straight line.
        """
        cell = self.cell_of(drive)
        # take is twice as fast as [:, cell]
        rows, weights = np.take(self._stencils, cell, axis=1), np.take(self._divisors, cell, axis=1)
        away = drive - np.take(self._positions, cell, axis=1)
        left, right = away[0] * away[1], away[2] * away[3]
        for k, others in enumerate((away[1] * right, away[0] * right, left * away[3], left * away[2])):
            weights[k] *= others
        edge = self._at_edge[cell]
        if edge.any():
            along = away[1][edge] / (away[1] - away[2])[edge]
            weights[:, edge] = np.stack([np.zeros_like(along), 1 - along, along, np.zeros_like(along)])
        if self.exact.size:
            place = np.minimum(np.searchsorted(self.exact, drive), len(self.exact) - 1)
            known = self.exact[place] == drive
            rows[:, known] = len(self.drives) + place[known]
            weights[:, known] = np.array([1, 0, 0, 0])[:, None]
        return rows, weights

    def look_up(self, name: str, drive: np.ndarray) -> np.ndarray:
        """The response to each drive, of its shape and, for a trace, with time as the last axis."""
        values, flat = self.values[name], drive.ravel()
        found = np.empty((flat.size, *values.shape[1:]), values.dtype)
        for start in range(0, flat.size, _BLOCK):
            here = slice(start, start + _BLOCK)
            found[here] = values[self._nearest(flat[here])] if name in STEPPED else self._mixed(values, flat[here])
        return found.reshape(drive.shape + values.shape[1:])

    def _nearest(self, drive: np.ndarray) -> np.ndarray:
        cell = self.cell_of(drive)
        return cell + (drive - self.drives[cell] > self.drives[cell + 1] - drive)

    def _mixed(self, values: np.ndarray, drive: np.ndarray) -> np.ndarray:
        rows, weights = self.mixture(drive)
        weights = weights.astype(values.dtype).reshape(weights.shape + (1,) * (len(values.shape) - 1))
        return sum(weight * values[row] for weight, row in zip(weights, rows, strict=True))

    def refined(self, drives: np.ndarray, values: Mapping[str, np.ndarray]) -> "ResponseTable":
        """Another table, with these drives among its points; the parts of a cell have its error."""
        every, first = np.unique(np.concatenate([drives, self.drives]), return_index=True)
        among = {name: joined([values[name], rows], first) for name, rows in self.values.items()}
        return replace(self, drives=every, values=among, errors=self.errors[self.cell_of((every[:-1] + every[1:]) / 2)])

    def only(self, instants: np.ndarray) -> "ResponseTable":
        """The same table with packed traces at these instants."""
        return replace(self, values=only(self.values, instants))

    def with_exact(self, drives: np.ndarray, values: Mapping[str, np.ndarray]) -> "ResponseTable":
        """Another table, that knows the responses to these drives (rising) without looking between points."""
        behind = {name: joined([rows, values[name]]) for name, rows in self.values.items()}
        return replace(self, values=behind, exact=drives)

    @cached_property
    def _ends(self) -> np.ndarray:
        """Where each cell ends, (cell,); the last one never."""
        return np.append(self.drives[1:-1], np.inf)

    @cached_property
    def _first_cells(self) -> np.ndarray:
        """The cell at the start of each bucket; buckets are many and of equal width: ten times as fast as searching."""
        starts = np.linspace(self.drives[0], self.drives[-1], _BUCKETS + 1)
        starts -= 1e-9 * (starts[1] - starts[0])  # rounding may put a drive into the bucket after its own
        return np.searchsorted(self._ends, starts, side="right")

    @cached_property
    def _stencils(self) -> np.ndarray:
        """The points about each cell, (4, cell). Outer ones as far off as the cell is wide, not its next neighbours:

        points that lie close together beside a wide cell would have large weights, and make noise of rounding.
        """
        cells = np.arange(len(self.drives) - 1)
        width = np.diff(self.drives)
        left = np.searchsorted(self.drives, self.drives[:-1] - (1 - _NEAR) * width, side="right") - 1
        right = np.searchsorted(self.drives, self.drives[1:] + (1 - _NEAR) * width)
        stencils = np.stack([left, cells, cells + 1, right])
        return np.clip(stencils, 0, len(self.drives) - 1)

    @cached_property
    def _positions(self) -> np.ndarray:
        """Where the points about each cell are, (4, cell)."""
        return self.drives[self._stencils]

    @cached_property
    def _divisors(self) -> np.ndarray:
        """What Lagrange's polynomials of each cell's four points are multiplied by, (4, cell)."""
        apart = self._positions[:, None] - self._positions[None] + np.eye(4)[..., None]
        bottom = apart.prod(axis=1)
        return np.divide(1, bottom, where=bottom != 0, out=np.zeros_like(bottom))  # zero at an edge: not used

    @cached_property
    def _at_edge(self) -> np.ndarray:
        """The cells that lack a point on one side, (cell,) bool."""
        return (np.diff(self._stencils, axis=0) < 1).any(axis=0)


def only(values: Mapping[str, np.ndarray | Packed], instants: np.ndarray) -> dict[str, np.ndarray | Packed]:
    """The same values, packed traces at these instants."""
    return {name: rows.only(instants) if isinstance(rows, Packed) else rows for name, rows in values.items()}
