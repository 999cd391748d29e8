"""Files of spike data sets, in the layout in which tonic leaves them: N-MNIST's folders, and SHD's HDF5 files.

N-MNIST: ``Train`` and ``Test``, in each a folder ``0`` to ``9`` for each class with one ``.bin`` file a sample. An
event has five bytes: x, y, then a bit of polarity and 23 bits of time in microseconds. An event with y = 240 says that
the time of all that follow is 8,192 us later. Orchard et al. (2015), Front. Neurosci. 9:437.

SHD: ``shd_train.h5`` and ``shd_test.h5`` with ``spikes/times`` (in s), ``spikes/units`` and ``labels``. Cramer et al.
(2022), IEEE Trans. Neural Netw. Learn. Syst. 33:2744.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np

from spikenet.errors import DataError
from spikenet.storage import open_regular, read_bytes

NMNIST_SHAPE = (2, 34, 34)  # polarity, y, x
SHD_SHAPE = (700,)
_EVENT_BYTES, _OVERFLOW_Y, _OVERFLOW = 5, 240, 2**13  # of N-MNIST; the last in us
_MOST_BYTES = 64 << 20  # of a sample's file; those of N-MNIST have some 20 kB


class SpikeSource(Protocol):
    """Samples on the disk: their labels (sample,), and for each its times in s and units, (spike,)."""

    labels: np.ndarray

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return times and units of a sample. Raises DataError."""


@dataclass(frozen=True)
class EventFolder:
    """N-MNIST's ``Train`` or ``Test`` folder."""

    path: Path

    @cached_property
    def files(self) -> list[tuple[Path, int]]:
        """Return every file with its class, in order. Raises DataError if there is none."""
        try:
            classes = sorted((one for one in self.path.iterdir() if one.is_dir()), key=lambda one: one.name)
            wrong = [one.name for one in classes if not (one.name.isdecimal() and one.name.isascii())]
            if wrong:
                raise DataError(f"{self.path} has a folder {wrong[0]!r}; wanted one for each class: 0, 1, ...")
            found = [(file, int(one.name)) for one in classes for file in sorted(one.glob("*.bin"))]
        except OSError as error:
            raise DataError(f"{self.path} cannot be read: {error}") from None
        if not found:
            raise DataError(f"{self.path} holds no samples; wanted folders 0, 1, ... with .bin files (N-MNIST)")
        return found

    @cached_property
    def labels(self) -> np.ndarray:
        return np.array([label for _, label in self.files])

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        path, _ = self.files[index]
        try:
            raw = np.frombuffer(read_bytes(path, _MOST_BYTES), np.uint8)
        except (OSError, ValueError) as error:
            raise DataError(f"{path} cannot be read: {error}") from None
        if raw.size % _EVENT_BYTES:
            raise DataError(
                f"{path} has {raw.size} bytes, which is no whole number of events of {_EVENT_BYTES}; put a good file "
                "of N-MNIST in its place"
            )
        x, y, high, middle, low = raw.reshape(-1, _EVENT_BYTES).T.astype(np.int64)
        time = ((high & 127) << 16 | middle << 8 | low) + _OVERFLOW * np.cumsum(y == _OVERFLOW_Y)
        event = y != _OVERFLOW_Y
        polarity, x, y, time = high[event] >> 7, x[event], y[event], time[event]
        _, height, width = NMNIST_SHAPE
        if x.size and (x.max() >= width or y.max() >= height):
            raise DataError(
                f"{path} has an event at x = {x.max()}, y = {y.max()}; wanted below {width} and {height}, as N-MNIST "
                "has them"
            )
        return time * 1e-6, (polarity * height + y) * width + x


@dataclass(frozen=True)
class SpikeArrays:
    """One of SHD's HDF5 files."""

    path: Path

    @cached_property
    def labels(self) -> np.ndarray:
        """Return the class of each sample. Raises DataError if the file is none of SHD's."""
        with self._opened() as file:
            for name in ("spikes/times", "spikes/units", "labels"):
                if name not in file or not hasattr(file[name], "shape") or file[name].ndim != 1:
                    raise DataError(
                        f"{self.path} has no list {name}; wanted spikes/times, spikes/units and labels (SHD)"
                    )
            counts = {name: len(file[name]) for name in ("spikes/times", "spikes/units", "labels")}
            labels = np.asarray(file["labels"])
        if len(set(counts.values())) > 1 or not len(labels):
            raise DataError(f"{self.path} has {counts} samples; wanted the same number of each, and at least one")
        if labels.dtype.kind not in "iu" or labels.min() < 0:
            raise DataError(f"{self.path} has labels of {labels.dtype}; wanted whole numbers from 0")
        return labels.astype(np.int64)

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        with self._opened() as file:
            time, unit = np.asarray(file["spikes/times"][index], float), np.asarray(file["spikes/units"][index])
        if time.ndim != 1 or time.shape != unit.shape or unit.dtype.kind not in "iu":
            raise DataError(
                f"{self.path}, sample {index}: times {time.shape} and units {unit.shape} of {unit.dtype}; wanted one "
                "whole number for each time"
            )
        if time.size and not (np.isfinite(time).all() and time.min() >= 0):
            raise DataError(f"{self.path}, sample {index}: times from {time.min()} to {time.max()}; wanted 0 or more")
        if time.size and not 0 <= unit.min() <= unit.max() < SHD_SHAPE[0]:
            raise DataError(
                f"{self.path}, sample {index}: units from {unit.min()} to {unit.max()}; wanted 0 to {SHD_SHAPE[0] - 1}"
            )
        return time, unit.astype(np.int64)

    @contextmanager
    def _opened(self) -> Iterator:
        """Open the file; what a damaged one makes h5py raise is a DataError."""
        import h5py  # noqa: PLC0415 (comes with Keras, and few need it)

        try:
            with open_regular(self.path.resolve()) as stream, h5py.File(stream, "r") as file:
                yield file
        except DataError:
            raise
        except Exception as error:  # noqa: BLE001 - h5py raises errors of every kind for damaged files
            raise DataError(
                f"{self.path} cannot be read ({type(error).__name__}: {error}); put a good HDF5 file in its place"
            ) from None


@dataclass(frozen=True)
class SpikeLayout:
    """A data set in tonic's layout: the names of its parts, what reads them, and the shape of its units."""

    folder: str
    parts: Mapping[str, str]
    reader: type
    shape: tuple[int, ...]


LAYOUTS: Mapping[str, SpikeLayout] = MappingProxyType(
    {
        "nmnist": SpikeLayout("NMNIST", {"train": "Train", "test": "Test"}, EventFolder, NMNIST_SHAPE),
        "shd": SpikeLayout("SHD", {"train": "shd_train.h5", "test": "shd_test.h5"}, SpikeArrays, SHD_SHAPE),
    }
)
