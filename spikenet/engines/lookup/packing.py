"""Traces in two bytes a sample: each row in steps of its own range."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_LEVELS = 65_535  # steps from a row's least to its greatest value
_CACHED_BYTES = 400 << 10  # of values at a time: less than a core's second-level cache


@dataclass(frozen=True, eq=False)
class Packed:
    """Rows (row, time) of floats as ``offset + step * level``, off by at most half a step: 8e-6 of a row's range."""

    levels: np.ndarray
    step: np.ndarray
    offset: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """(row, time)."""
        return self.levels.shape

    @property
    def dtype(self) -> np.dtype:
        """What comes out."""
        return np.dtype(np.float32)

    def __getitem__(self, rows) -> np.ndarray:
        """These rows as float32."""
        return self.levels[rows] * self.step[rows, None] + self.offset[rows, None]

    def only(self, instants: np.ndarray) -> "Packed":
        """The same rows at these instants."""
        return Packed(self.levels[:, instants], self.step, self.offset)

    @cached_property
    def _by_instant(self) -> np.ndarray:
        """The levels with the instants first, for those who want few of them."""
        return np.ascontiguousarray(self.levels.T)

    def at(self, instants: np.ndarray, rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Sums (..., instant) of the ``rows`` (n, ...) times ``weights`` (n, ...), at these instants only."""
        weights = weights.astype(np.float32)
        steps, offset = weights * self.step[rows], np.sum(weights * self.offset[rows], axis=0)
        found = np.empty((*rows.shape[1:], len(instants)), np.float32)
        for k, instant in enumerate(instants):
            found[..., k] = np.sum(steps * self._by_instant[instant][rows], axis=0) + offset
        return found

    def mixed(self, rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Sums (sample, class, time) of the ``rows`` (sample, n) times ``weights`` (sample, class, n).

        A few rows at a time, so that they stay in the cache, and in the same memory each time.
        """
        rows_at_once = max(1, min(rows.shape[1], _CACHED_BYTES // (4 * self.shape[1])))
        levels = np.empty((rows_at_once, self.shape[1]), np.int16)
        values, part = np.empty(levels.shape, np.float32), np.empty((weights.shape[1], self.shape[1]), np.float32)
        mixed = np.repeat(np.einsum("scn,sn->sc", weights, self.offset[rows])[:, :, None], self.shape[1], axis=2)
        weights = weights * self.step[rows][:, None]
        for total, row, share in zip(mixed, rows, weights, strict=True):
            for start in range(0, len(row), rows_at_once):
                here = slice(start, start + rows_at_once)
                n = len(row[here])
                np.take(self.levels, row[here], axis=0, out=levels[:n], mode="clip")  # "raise" would copy
                np.copyto(values[:n], levels[:n])
                total += np.matmul(share[:, here], values[:n], out=part)
        return mixed


def pack(rows: np.ndarray) -> Packed:
    """Pack finite rows (row, time)."""
    low, high = rows.min(axis=1), rows.max(axis=1)
    middle = (low + high) / 2
    step = np.where(high > low, (high - low) / _LEVELS, 1.0)
    levels = np.rint((rows - middle[:, None]) / step[:, None]).clip(-_LEVELS // 2, _LEVELS // 2).astype(np.int16)
    return Packed(levels, step.astype(np.float32), middle.astype(np.float32))


def joined(parts: list, order: np.ndarray | slice = slice(None)):
    """Rows of several parts, arrays or `Packed` ones, one after the other and then in this order."""
    if isinstance(parts[0], Packed):
        fields = ("levels", "step", "offset")
        return Packed(*(np.concatenate([getattr(part, name) for part in parts])[order] for name in fields))
    return np.concatenate(parts)[order]
