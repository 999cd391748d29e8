"""Reading files of images: npz files in Keras' layout, and the bundled subset. Damaged or other files are refused."""

import hashlib
import lzma
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from spikenet.data.catalogue import BundledFile, DatasetEntry
from spikenet.data.dataset import Dataset
from spikenet.errors import DataError
from spikenet.storage import array_names, read_arrays

KEYS = ("x_train", "y_train", "x_test", "y_test")


def read_npz(path: Path, entry: DatasetEntry) -> dict[str, np.ndarray]:
    """Return the four arrays of an npz file in Keras' layout, none larger than this data set's. Raises DataError."""
    path = path.resolve()  # a data set may lie elsewhere
    try:
        arrays = read_arrays(path, KEYS, most=_most_bytes(entry))
        names = arrays if len(arrays) == len(KEYS) else array_names(path)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} cannot be read ({error}); put a good npz file of plain arrays with {', '.join(KEYS)} in its place"
        ) from None
    if len(arrays) < len(KEYS):
        found = ", ".join(sorted(names)[:20]) or "nothing"
        raise DataError(f"{path} holds {found}; wanted {', '.join(KEYS)} (Keras' layout)")
    return arrays


def _most_bytes(entry: DatasetEntry) -> int:
    """Return a bound on the bytes of an array: its numbers as 64-bit integers, and a header."""
    images = max(sum(part) for size in entry.per_class.values() for part in size)
    return 8 * images * math.prod(entry.image_shape) + 10_000


def read_bundle(path: Path, bundle: BundledFile, entry: DatasetEntry) -> dict[str, np.ndarray]:
    """Return the four arrays of a bundled subset: training images, test images, then their labels. Raises DataError."""
    n_train, n_test = (sum(part) for part in entry.per_class["mini"])
    n_pixels = math.prod(entry.image_shape)
    try:
        unpacked = lzma.decompress(path.read_bytes())
    except (OSError, lzma.LZMAError) as error:
        raise DataError(f"{path} cannot be read ({type(error).__name__}: {error}); install spikenet again") from None
    found = hashlib.sha256(unpacked).hexdigest()
    if found != bundle.sha256:
        raise DataError(f"{path} has the checksum {found}, wanted {bundle.sha256}; install spikenet again")
    flat = np.frombuffer(unpacked, dtype=np.uint8)
    x_train, x_test, y_train, y_test = np.split(flat, np.cumsum([n_train * n_pixels, n_test * n_pixels, n_train]))
    return {
        "x_train": x_train.reshape(n_train, *entry.image_shape), "y_train": y_train,
        "x_test": x_test.reshape(n_test, *entry.image_shape), "y_test": y_test,
    }  # fmt: skip


def to_dataset(arrays: Mapping[str, np.ndarray], entry: DatasetEntry, size: str, where: object) -> Dataset:
    """Return a Dataset of arrays that agree with a table entry. Raises DataError, which names ``where``, if not."""
    for part, per_class in zip(("train", "test"), entry.per_class[size], strict=True):
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if labels.ndim == 2 and labels.shape[1] == 1:  # as Keras has those of CIFAR-10
            labels = labels[:, 0]
        wanted = (sum(per_class), *entry.image_shape)
        if images.dtype != np.uint8 or images.shape != wanted:
            raise _mismatch(where, entry, f"x_{part} is {images.dtype} {images.shape}, wanted uint8 {wanted}")
        if labels.dtype.kind not in "iu" or labels.shape != wanted[:1]:
            raise _mismatch(where, entry, f"y_{part} is {labels.dtype} {labels.shape}, wanted int {wanted[:1]}")
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= len(per_class):
            raise _mismatch(where, entry, f"y_{part} is from {low} to {high}, wanted 0 to {len(per_class) - 1}")
        found = tuple(np.bincount(labels, minlength=len(per_class)).tolist())
        if found != per_class:
            raise _mismatch(where, entry, f"y_{part} holds {found} images for each class, wanted {per_class}")
    arrays = {name: array.reshape(len(array)) if name.startswith("y_") else array for name, array in arrays.items()}
    subset = "" if size == "full" else f"; {size}: a subset"
    return Dataset(entry.name, **arrays, source=entry.source + subset, licence=entry.licence)


def _mismatch(where: object, entry: DatasetEntry, reason: str) -> DataError:
    return DataError(f"{where} is not {entry.title}: {reason}. Put the right file in its place")
