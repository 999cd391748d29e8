"""Loading a data set of the table: bundled, from a folder, or by Keras."""

import os
import socket
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from spikenet.data.catalogue import DATASETS, DatasetEntry
from spikenet.data.dataset import Dataset
from spikenet.data.files import KEYS, read_bundle, read_npz, to_dataset
from spikenet.errors import DataError
from spikenet.validate import check_choice, check_path

FOLDER_VARIABLE = "SPIKENET_DATA"
NETWORK_TIMEOUT = 10.0  # s; longest silence of a server during a download


def load_dataset(name: str = "mnist", size: str = "mini") -> Dataset:
    """Load a data set of images with labels.

    A full data set comes from the folder that the environment variable SPIKENET_DATA names, as a file ``NAME.npz`` in
    Keras' layout. Without such a file, Keras' own loader takes it from its cache or from the network.

    Parameters
    ----------
    name : {"mnist", "fashion_mnist", "cifar10"}, optional
        Name in `DATASETS`.
    size : {"mini", "full"}, optional
        ``"mini"`` is a subset that comes with spikenet: of MNIST, 10,000 training and 1,000 test images.

    Returns
    -------
    Dataset
        Images and labels, for training and for the test.

    Raises
    ------
    InvalidValueError
        If there is no such data set, or not in this size.
    DataError
        If the data set cannot be found, or its file is damaged; the message says what to do.

    Examples
    --------
    >>> import spikenet as sn
    >>> digits = sn.load_dataset("mnist", "mini")
    >>> digits.x_train.shape
    (10000, 28, 28)
    """
    entry = DATASETS[check_choice(name, "data set", DATASETS)]
    check_choice(size, f"size of {name}", entry.per_class)
    if size == "mini":
        path = Path(__file__).parent / entry.bundle.file
        return to_dataset(read_bundle(path, entry.bundle, entry), entry, size, path)
    path = _file_in_folder(entry)
    if path is not None and os.path.lexists(path):
        return to_dataset(read_npz(path, entry), entry, size, path)
    return to_dataset(_from_keras(entry, missing=path), entry, size, "what Keras' loader gave")


def _file_in_folder(entry: DatasetEntry) -> Path | None:
    """Return the path of a data set's file in the folder of SPIKENET_DATA; None if that is not set."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return None
    folder = check_path(folder, FOLDER_VARIABLE)
    if not os.path.isdir(folder):
        raise DataError(
            f"{FOLDER_VARIABLE} is {str(folder)!r}, which is not a folder; "
            f"set it to the folder that holds {entry.name}.npz, or unset it"
        )
    return folder / f"{entry.name}.npz"


def _from_keras(entry: DatasetEntry, missing: Path | None) -> dict[str, np.ndarray]:
    """Return the arrays from Keras' cache or the network; ``missing`` is the file that SPIKENET_DATA does not have."""
    try:
        import keras  # noqa: PLC0415 - takes seconds, and only the full data sets need it

        with _network_timeout(NETWORK_TIMEOUT):
            (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, entry.name).load_data()
    except Exception as error:  # noqa: BLE001 - Keras raises a bare Exception when the network is not there
        looked = f"{missing} does not exist, and " if missing else ""
        raise DataError(
            f"{entry.title} was not found: {looked}Keras could not load it ({type(error).__name__}: {error}). "
            f"Two ways out: set {FOLDER_VARIABLE} to a folder with {entry.name}.npz "
            f"({', '.join(KEYS)}, as Keras has it); or connect to the network once, or put Keras' own "
            f"copy in its cache, ~/.keras/datasets/{entry.cache} (a damaged one there has to be deleted first)"
        ) from None
    return dict(zip(KEYS, map(np.asarray, (x_train, y_train, x_test, y_test)), strict=True))


@contextmanager
def _network_timeout(seconds: float):
    """Make sockets give up after ``seconds`` of silence; Keras' downloads would wait for minutes."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
