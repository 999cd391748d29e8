"""Tables of responses to constant drives, with interpolation between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from spikenet.engines.lookup.packing import PackedTraces, concatenated
from spikenet.errors import InvalidValueError

Rows = np.ndarray | PackedTraces
STEPPED = {"count", "first_spike"}  # jump between drives: the nearest one is taken
_BLOCK = 1 << 16  # drives that are looked up at a time
_BUCKETS = 1 << 17  # of equal width, to find cells
_NEAR = 1e-6  # of a cell: points that are closer differ by rounding only


@dataclass(frozen=True, eq=False)
class ResponseTable:
    """Responses of a neuron to a range of constant drives. Made by `response_curve` and by the engine `Response`.

    A cell lies between two neighbouring drives. Between them, responses are interpolated by a cubic polynomial.

    Attributes
    ----------
    drives : array
        (point,), rising, in SI units.
    values : mapping of str to array
        What was recorded, (row, ...). The first rows are those of ``drives``, the last ones those of ``exact``.
    errors : array
        (cell,) The error of the interpolation inside each cell: a root mean square in units of the spread of the
        output; infinite where it was not measured, and not a number (NaN) in a table that is not refined.
    variable : str
        The variable that was recorded.
    sample_dt : float
        Time between two samples of a trace, in s.
    exact : array
        (drive,), rising: drives that were simulated themselves, because their cells have large errors.
    """

    drives: np.ndarray
    values: Mapping[str, Rows]
    errors: np.ndarray
    variable: str
    sample_dt: float
    exact: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def mean(self) -> np.ndarray:
        """Mean of the variable for each drive, (point,)."""
        return self.values["mean"][: len(self.drives)]

    @property
    def trace(self) -> np.ndarray:
        """Trace of the variable for each drive, (point, time)."""
        return self.values["trace"][: len(self.drives)]

    def cell_of(self, drive: np.ndarray) -> np.ndarray:
        """Return the number of the cell of each drive. Raises InvalidValueError for drives outside of the table."""
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

    def interpolation(self, drive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows whose weighted sum is the response to each drive, and the weights: both (4, ...).

        This is the cubic polynomial through the ends of the cell and a point on either side, which is about as far away
        as the cell is wide: the error falls with the fourth power of the width where the response is smooth. At the
        edges of the table it is a straight line.
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
        """Return the responses to drives of any shape; traces have time as one more axis, the last one.

        Parameters
        ----------
        name : str
            One of ``values``.
        drive : array
            In SI units.

        Raises
        ------
        InvalidValueError
            For drives outside of the table.

        Examples
        --------
        >>> import numpy as np
        >>> import spikenet as sn
        >>> times = {"settle": "100 ms", "duration": "100 ms"}
        >>> curve = sn.response_curve(sn.FHN, low=-0.5, high=0.5, points=41, **times)
        >>> curve.look_up("mean", np.array([0.31])).round(2)
        array([-0.31])
        """
        values, flat = self.values[name], drive.ravel()
        found = np.empty((flat.size, *values.shape[1:]), values.dtype)
        for start in range(0, flat.size, _BLOCK):
            here = slice(start, start + _BLOCK)
            found[here] = (
                values[self._nearest(flat[here])] if name in STEPPED else self._interpolated(values, flat[here])
            )
        return found.reshape(drive.shape + values.shape[1:])

    def _nearest(self, drive: np.ndarray) -> np.ndarray:
        cell = self.cell_of(drive)
        return cell + (drive - self.drives[cell] > self.drives[cell + 1] - drive)

    def _interpolated(self, values: np.ndarray, drive: np.ndarray) -> np.ndarray:
        rows, weights = self.interpolation(drive)
        weights = weights.astype(values.dtype).reshape(weights.shape + (1,) * (len(values.shape) - 1))
        return sum(weight * values[row] for weight, row in zip(weights, rows, strict=True))

    def with_drives(self, drives: np.ndarray, values: Mapping[str, np.ndarray]) -> "ResponseTable":
        """Return a table with more drives; the parts of a cell have the error of the cell."""
        every, first = np.unique(np.concatenate([drives, self.drives]), return_index=True)
        among = {name: concatenated([values[name], rows], first) for name, rows in self.values.items()}
        return replace(self, drives=every, values=among, errors=self.errors[self.cell_of((every[:-1] + every[1:]) / 2)])

    def at_instants(self, instants: np.ndarray) -> "ResponseTable":
        """Return the same table with packed traces at some instants only."""
        return replace(self, values=at_instants(self.values, instants))

    def with_exact(self, drives: np.ndarray, values: Mapping[str, np.ndarray]) -> "ResponseTable":
        """Return a table that has the responses to some drives (rising) without interpolation."""
        behind = {name: concatenated([rows, values[name]]) for name, rows in self.values.items()}
        return replace(self, values=behind, exact=drives)

    @cached_property
    def _ends(self) -> np.ndarray:
        """The end of each cell, (cell,); infinity for the last one."""
        return np.append(self.drives[1:-1], np.inf)

    @cached_property
    def _first_cells(self) -> np.ndarray:
        """The cell at the start of each bucket. Buckets have equal width: ten times as fast as a search."""
        starts = np.linspace(self.drives[0], self.drives[-1], _BUCKETS + 1)
        starts -= 1e-9 * (starts[1] - starts[0])  # rounding may put a drive into the bucket after its own
        return np.searchsorted(self._ends, starts, side="right")

    @cached_property
    def _stencils(self) -> np.ndarray:
        """The four points of the polynomial of each cell, (4, cell).

        The outer ones are as far away as the cell is wide, and not the next neighbours: points that are close together
        beside a wide cell would have large weights, which amplify rounding errors.
        """
        cells = np.arange(len(self.drives) - 1)
        width = np.diff(self.drives)
        left = np.searchsorted(self.drives, self.drives[:-1] - (1 - _NEAR) * width, side="right") - 1
        right = np.searchsorted(self.drives, self.drives[1:] + (1 - _NEAR) * width)
        stencils = np.stack([left, cells, cells + 1, right])
        return np.clip(stencils, 0, len(self.drives) - 1)

    @cached_property
    def _positions(self) -> np.ndarray:
        """The drives of the four points of each cell, (4, cell)."""
        return self.drives[self._stencils]

    @cached_property
    def _divisors(self) -> np.ndarray:
        """The divisors of the Lagrange polynomials of each cell, (4, cell)."""
        apart = self._positions[:, None] - self._positions[None] + np.eye(4)[..., None]
        bottom = apart.prod(axis=1)
        return np.divide(1, bottom, where=bottom != 0, out=np.zeros_like(bottom))  # zero at an edge: not used

    @cached_property
    def _at_edge(self) -> np.ndarray:
        """True for cells that have no point on one side, (cell,)."""
        return (np.diff(self._stencils, axis=0) < 1).any(axis=0)


def at_instants(values: Mapping[str, Rows], instants: np.ndarray) -> dict[str, Rows]:
    """Return the same values, packed traces at some instants only."""
    return {
        name: rows.at_instants(instants) if isinstance(rows, PackedTraces) else rows for name, rows in values.items()
    }
