"""The front door to the data sets."""

import os
import socket
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from spikenet.data.catalogue import DATASETS, Description
from spikenet.data.dataset import Dataset
from spikenet.data.files import KEYS, read_bundle, read_npz, to_dataset
from spikenet.errors import DataError, InvalidValueError

FOLDER_VARIABLE = "SPIKENET_DATA"
PATIENCE = 10.0  # seconds that a server may be silent


def load_dataset(name: str = "mnist", size: str = "mini") -> Dataset:
    """A data set of `DATASETS`; ``"mini"`` is bundled, ``"full"`` is looked for.

    Full data sets come from the folder that SPIKENET_DATA names (Keras-layout ``NAME.npz``), else from Keras' own
    loader, that is from its cache or the network. DataError says what else to do.
    """
    if not isinstance(name, str) or name not in DATASETS:
        raise InvalidValueError(f"there is no data set {name!r}; there are {', '.join(DATASETS)}")
    description = DATASETS[name]
    if size not in tuple(description.per_class):
        raise InvalidValueError(f"{name} has no size {size!r}; it has {', '.join(description.per_class)}")
    if size == "mini":
        path = Path(__file__).parent / description.bundle.file
        return to_dataset(read_bundle(path, description.bundle, description), description, size, path)
    path = _own_file(description)
    if path is not None and path.exists():
        return to_dataset(read_npz(path), description, size, path)
    return to_dataset(_from_keras(description, missing=path), description, size, "what Keras' loader gave")


def _own_file(description: Description) -> Path | None:
    """Where SPIKENET_DATA wants the file to be; None if it is not set."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return None
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise DataError(
            f"{FOLDER_VARIABLE} is {str(folder)!r}, which is not a folder; "
            f"let it name the one that holds {description.name}.npz, or unset it"
        )
    return folder / f"{description.name}.npz"


def _from_keras(description: Description, missing: Path | None) -> dict[str, np.ndarray]:
    """The arrays from Keras' cache or the network; ``missing`` is the file that SPIKENET_DATA did not have."""
    try:
        import keras  # noqa: PLC0415 - takes seconds, and only the full data sets need it

        with _patience(PATIENCE):
            (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, description.name).load_data()
    except Exception as error:  # noqa: BLE001 - Keras raises a bare Exception when the network is not there
        looked = f"{missing} does not exist, and " if missing else ""
        raise DataError(
            f"{description.title} is not here: {looked}Keras could not load it ({type(error).__name__}: {error}). "
            f"Two ways out: set {FOLDER_VARIABLE} to a folder with {description.name}.npz "
            f"({', '.join(KEYS)}, as Keras has it); or connect to the network once, or put Keras' own "
            f"copy in its cache, ~/.keras/datasets/{description.cache} (a damaged one there has to be deleted first)"
        ) from None
    return dict(zip(KEYS, map(np.asarray, (x_train, y_train, x_test, y_test)), strict=True))


@contextmanager
def _patience(seconds: float):
    """Sockets give up after ``seconds`` of silence; Keras' downloads would wait for minutes."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
