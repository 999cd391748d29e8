"""Write a Keras model's file with its weights in half precision, packed; it loads like any other.

    python tools/halve_model.py trained.keras models/name.keras

Layers compute in float32 as before: only what is stored is rounded, to 11 bits. Prints the largest rounding of each
array and the checksum of the file.
"""

import hashlib
import io
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np

WEIGHTS = "model.weights.h5"


def halve(source: h5py.Group, target: h5py.Group) -> None:
    """Copy a group, floats in half precision."""
    for key, value in source.attrs.items():
        target.attrs[key] = value
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            halve(item, target.create_group(name))
            continue
        array = item[()]
        if isinstance(array, np.ndarray) and array.ndim > 1 and array.dtype == np.float32:
            half = array.astype(np.float16)
            print(f"{item.name}: {array.shape}, off by at most {np.abs(half.astype(np.float32) - array).max():.2g}")
            made = target.create_dataset(name, data=half, compression="gzip", compression_opts=9, shuffle=True)
        else:
            made = target.create_dataset(name, data=array)
        for key, value in item.attrs.items():
            made.attrs[key] = value


def main(trained: str, stored: str) -> None:
    with zipfile.ZipFile(trained) as old, zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            data = old.read(entry)
            if entry == WEIGHTS:
                packed = io.BytesIO()
                with h5py.File(io.BytesIO(data)) as source, h5py.File(packed, "w") as target:
                    halve(source, target)
                data = packed.getvalue()
            new.writestr(entry, data)
    content = Path(stored).read_bytes()
    print(f"{stored}: {len(content) / 1e6:.1f} MB, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
