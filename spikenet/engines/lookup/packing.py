"""Traces in two bytes a sample: whole numbers of steps, which are a fraction of the range of each row."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_LEVELS = 65_535  # steps from the smallest to the largest value of a row
_CACHED_BYTES = 400 << 10  # of values at a time: less than a core's second-level cache


@dataclass(frozen=True, eq=False)
class PackedTraces:
    """Traces (row, time) as ``offset + step * level``. The error is half a step at most: 8e-6 of the range of a row.

    Attributes
    ----------
    levels : array of int16
        (row, time).
    step, offset : array of float32
        (row,).
    """

    levels: np.ndarray
    step: np.ndarray
    offset: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """(row, time)."""
        return self.levels.shape

    @property
    def dtype(self) -> np.dtype:
        """The type of the traces when they are unpacked."""
        return np.dtype(np.float32)

    def __getitem__(self, rows) -> np.ndarray:
        """Return some rows as float32."""
        return self.levels[rows] * self.step[rows, None] + self.offset[rows, None]

    def at_instants(self, instants: np.ndarray) -> "PackedTraces":
        """Return the same rows at some instants."""
        return PackedTraces(self.levels[:, instants], self.step, self.offset)

    @cached_property
    def _by_instant(self) -> np.ndarray:
        """The levels with the instants first, to read few of them quickly."""
        return np.ascontiguousarray(self.levels.T)

    def at(self, instants: np.ndarray, rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return sums (..., instant) of ``rows`` (n, ...) times ``weights`` (n, ...), at some instants."""
        weights = weights.astype(np.float32)
        steps, offset = weights * self.step[rows], np.sum(weights * self.offset[rows], axis=0)
        found = np.empty((*rows.shape[1:], len(instants)), np.float32)
        for k, instant in enumerate(instants):
            found[..., k] = np.sum(steps * self._by_instant[instant][rows], axis=0) + offset
        return found

    def weighted_sums(self, rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return sums (sample, class, time) of ``rows`` (sample, n) times ``weights`` (sample, class, n).

        Takes a few rows at a time, which stay in the cache, and reuses memory.
        """
        rows_at_once = max(1, min(rows.shape[1], _CACHED_BYTES // (4 * self.shape[1])))
        levels = np.empty((rows_at_once, self.shape[1]), np.int16)
        values, part = np.empty(levels.shape, np.float32), np.empty((weights.shape[1], self.shape[1]), np.float32)
        sums = np.repeat(np.einsum("scn,sn->sc", weights, self.offset[rows])[:, :, None], self.shape[1], axis=2)
        weights = weights * self.step[rows][:, None]
        for total, row, share in zip(sums, rows, weights, strict=True):
            for start in range(0, len(row), rows_at_once):
                here = slice(start, start + rows_at_once)
                n = len(row[here])
                np.take(self.levels, row[here], axis=0, out=levels[:n], mode="clip")  # "raise" would copy
                np.copyto(values[:n], levels[:n])
                total += np.matmul(share[:, here], values[:n], out=part)
        return sums


def pack(rows: np.ndarray) -> PackedTraces:
    """Pack traces (row, time) of finite numbers."""
    low, high = rows.min(axis=1), rows.max(axis=1)
    middle = (low + high) / 2
    step = np.where(high > low, (high - low) / _LEVELS, 1.0)
    levels = np.rint((rows - middle[:, None]) / step[:, None]).clip(-_LEVELS // 2, _LEVELS // 2).astype(np.int16)
    return PackedTraces(levels, step.astype(np.float32), middle.astype(np.float32))


def concatenated(parts: list, order: np.ndarray | slice = slice(None)):
    """Return the rows of several arrays, or of several `PackedTraces`, one after the other, then put in an order."""
    if isinstance(parts[0], PackedTraces):
        fields = ("levels", "step", "offset")
        return PackedTraces(*(np.concatenate([getattr(part, name) for part in parts])[order] for name in fields))
    return np.concatenate(parts)[order]
