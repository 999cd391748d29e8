"""Small files in the layouts of N-MNIST and SHD."""

import numpy as np
import pytest

# x, y, polarity and time in us of the events of one sample
EVENTS = [(0, 0, 0, 0), (33, 33, 1, 999), (3, 2, 1, 1000), (3, 2, 1, 1500), (1, 0, 0, 5000)]


def event_bytes(events) -> bytes:
    return b"".join(
        bytes([x, y, polarity << 7 | time >> 16, time >> 8 & 255, time & 255]) for x, y, polarity, time in events
    )


@pytest.fixture
def nmnist(tmp_path):
    """A folder with two samples to train on, of classes 3 and 7, and one to test."""
    for part, label, name in (("Train", 3, "00002"), ("Train", 7, "00001"), ("Test", 0, "00001")):
        folder = tmp_path / "NMNIST" / part / str(label)
        folder.mkdir(parents=True)
        (folder / f"{name}.bin").write_bytes(event_bytes(EVENTS[: 5 if label == 3 else label % 5]))
    return tmp_path


@pytest.fixture
def write_shd(tmp_path):
    """Write ``shd_train.h5`` with these samples of (times in s, units); return its folder."""

    def write(samples, labels, dtype=np.float32, **others):
        h5py = pytest.importorskip("h5py")
        with h5py.File(tmp_path / "shd_train.h5", "w") as file:
            for name, place, kind in (("times", 0, dtype), ("units", 1, np.uint16)):
                values = file.create_dataset(f"spikes/{name}", (len(samples),), h5py.vlen_dtype(kind))
                for index, sample in enumerate(samples):
                    values[index] = np.array(sample[place], kind)
            file["labels"] = np.array(labels)
            for name, value in others.items():
                del file[name.replace("__", "/")]
                if value is not None:
                    file[name.replace("__", "/")] = value
        return tmp_path

    return write
