"""Data sets of spikes: samples that stay on the disk until they are asked for, binned to (sample, time, unit)."""

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spikenet.data.spike_files import LAYOUTS, SpikeSource
from spikenet.errors import DataError, InvalidValueError
from spikenet.units import n_steps, to_seconds
from spikenet.validate import check_choice, check_path, check_seed, check_whole

_MOST = 255  # spikes of a unit in one bin
_ROUNDING = 1e-6  # of a bin: a spike at its end belongs to the next one


@dataclass(frozen=True, eq=False)
class SpikeDataset:
    """Samples of spikes with labels, read from the disk when they are asked for.

    Parameters
    ----------
    name : str
        Name of the data set, and of the part.
    source : SpikeSource
        Reads a sample.
    shape : tuple of int
        Shape of the units, such as (2, 34, 34) for polarity, y and x; units are numbered in this order.
    """

    name: str
    source: SpikeSource
    shape: tuple[int, ...]

    @property
    def labels(self) -> np.ndarray:
        """Class of each sample, (sample,) int."""
        return self.source.labels

    @property
    def units(self) -> int:
        """Number of units."""
        return math.prod(self.shape)

    def __len__(self) -> int:
        return len(self.labels)

    def spikes(self, sample: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the spikes of one sample.

        Parameters
        ----------
        sample : int
            Its number, from 0.

        Returns
        -------
        time : ndarray (spike,)
            In seconds.
        unit : ndarray of int (spike,)

        Raises
        ------
        DataError
            If its file cannot be read.
        """
        return self.source.read(check_whole(sample, "sample", least=0, most=len(self) - 1))

    def binned(self, step, duration, samples: Sequence[int] | None = None, *, memory: float = 1e9) -> np.ndarray:
        """Return counts of spikes in equal intervals.

        Parameters
        ----------
        step, duration : quantity, str or float
            Length of an interval, and of all of them, in seconds if they have no unit. Later spikes are left out.
        samples : sequence of int, optional
            Numbers of the samples; all if left out.
        memory : float, optional
            Largest number of bytes that the counts may take.

        Returns
        -------
        ndarray of uint8 (sample, time, unit)
            Counts, 255 at most.

        Raises
        ------
        InvalidValueError, UnitError
            If the counts take more than ``memory``, a sample does not exist, or the times do not fit together.
        DataError
            If a file cannot be read.
        """
        step, duration = to_seconds(step, "step"), to_seconds(duration, "duration")
        bins = n_steps(duration, step, "duration") if step else 0
        if bins < 1:
            raise InvalidValueError(
                f"step and duration are {step} and {duration} s; wanted at least one step of above 0"
            )
        numbers = np.arange(len(self)) if samples is None else np.asarray(samples)
        if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu"):
            raise InvalidValueError(f"samples are {samples!r}; wanted a list of whole numbers")
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < len(self):
            raise InvalidValueError(
                f"samples go from {numbers.min()} to {numbers.max()}; there are 0 to {len(self) - 1}"
            )
        size = len(numbers) * bins * self.units
        if size > memory:
            raise InvalidValueError(
                f"{len(numbers)} samples of {bins} steps and {self.units} units take {size / 1e9:.3g} GB, more than "
                f"{memory / 1e9:.3g}; give fewer samples, longer steps or more memory, or use batches()"
            )
        counts = np.zeros((len(numbers), bins * self.units), np.uint8)
        for row, number in zip(counts, numbers, strict=True):
            time, unit = self.source.read(int(number))
            index = np.floor(time / step + _ROUNDING)
            early = index < bins
            found = np.bincount(index[early].astype(np.int64) * self.units + unit[early], minlength=row.size)
            row[:] = np.minimum(found, _MOST)
        return counts.reshape(len(numbers), bins, self.units)

    def batches(
        self, batch: int, step, duration, *, seed: int | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield counts and labels of one batch after the other, once through all samples.

        Parameters
        ----------
        batch : int
            Samples of a batch; the last one may be smaller.
        step, duration : quantity, str or float
            As for `binned`.
        seed : int, optional
            Shuffles the samples; they come in order if left out.

        Yields
        ------
        counts : ndarray of float32 (sample, time, unit)
        labels : ndarray of int (sample,)

        Raises
        ------
        InvalidValueError, UnitError, DataError
            As `binned`.
        """
        check_whole(batch, "batch")
        order = np.arange(len(self))
        if check_seed(seed, optional=True) is not None:
            np.random.default_rng(seed).shuffle(order)
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            yield self.binned(step, duration, chosen).astype(np.float32), self.labels[chosen]

    def __repr__(self) -> str:
        units = " x ".join(map(str, self.shape))
        return f"SpikeDataset({self.name}: {len(self)} samples of {units} units, {len(np.unique(self.labels))} classes)"


def load_spikes(name: str, folder: str | os.PathLike, part: str = "train") -> SpikeDataset:
    """Load a data set of spikes from a folder, in the layout in which tonic leaves it. Nothing is downloaded.

    Parameters
    ----------
    name : {"nmnist", "shd"}
        N-MNIST: folders ``Train`` and ``Test``, in each a folder for each class with ``.bin`` files. Spiking Heidelberg
        Digits: ``shd_train.h5`` and ``shd_test.h5``.
    folder : path
        Holds them, or holds the folder ``NMNIST`` or ``SHD`` that does.
    part : {"train", "test"}, optional

    Returns
    -------
    SpikeDataset
        Samples are read when they are asked for.

    Raises
    ------
    InvalidValueError
        For another name or part.
    DataError
        If files are missing or are other ones.

    Examples
    --------
    >>> import spikenet as sn
    >>> digits = sn.data.load_spikes("shd", "data")  # doctest: +SKIP
    >>> counts = digits.binned("10 ms", "1 s", samples=range(100))  # doctest: +SKIP
    >>> counts.shape  # doctest: +SKIP
    (100, 100, 700)
    """
    layout = LAYOUTS[check_choice(name, "data set", LAYOUTS)]
    own = layout.parts[check_choice(part, "part", layout.parts)]
    folder = check_path(folder, "folder")
    path = next((one for one in (folder / own, folder / layout.folder / own) if one.exists()), None)
    if path is None:
        raise DataError(
            f"{folder} has neither {own} nor {layout.folder}/{own}; give the folder that tonic wrote {name} to"
        )
    source = layout.reader(path)
    source.labels  # noqa: B018 (a wrong file is an error now)
    return SpikeDataset(f"{name}, {part}", source, layout.shape)
