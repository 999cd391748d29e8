#!/usr/bin/env python3
"""Make the bundled MNIST subset again from the full data.

    SPIKENET_DATA=FOLDER python tools/make_mnist_mini.py     # or without, then from Keras' cache or the network

It draws 1,000 training and 100 test images of each digit, without replacement, with the seed below, and keeps them in
MNIST's own order. The file is xz over the training images, the test images, the training labels and the test labels,
one byte a pixel and a label. The checksum that it prints belongs into spikenet/data/table.py.
"""

import hashlib
import lzma
from pathlib import Path

import numpy as np

from spikenet.data import DATASETS, Dataset, load_dataset
from spikenet.data.split import draw_per_class

SEED = 2023
PATH = Path(__file__).parents[1] / "spikenet" / "data" / DATASETS["mnist"].bundle.file
PACKING = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}]


def subset(full: Dataset) -> bytes:
    """The unpacked bytes of the bundle."""
    rng = np.random.default_rng(SEED)
    of_train, of_test = DATASETS["mnist"].per_class["mini"]
    train, test = draw_per_class(full.y_train, of_train, rng), draw_per_class(full.y_test, of_test, rng)
    parts = (full.x_train[train], full.x_test[test], full.y_train[train], full.y_test[test])
    return b"".join(part.astype(np.uint8).tobytes() for part in parts)


def main() -> None:
    unpacked = subset(load_dataset("mnist", "full"))
    PATH.write_bytes(lzma.compress(unpacked, format=lzma.FORMAT_XZ, filters=PACKING))
    found, wanted = hashlib.sha256(unpacked).hexdigest(), DATASETS["mnist"].bundle.sha256
    agrees = "as in table.py" if found == wanted else f"but table.py has {wanted}"
    print(f"wrote {PATH}, {PATH.stat().st_size} bytes; sha256 of the unpacked bytes {found}, {agrees}")


if __name__ == "__main__":
    main()
