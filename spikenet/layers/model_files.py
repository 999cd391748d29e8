"""Keras models with layers of spikenet in them, from their files."""

import os
import zipfile
from pathlib import Path

import keras

from spikenet.errors import InvalidValueError, SpikenetError
from spikenet.layers import conductance as cwa  # noqa: F401 (Keras finds a layer only once its module is loaded)
from spikenet.layers import crops, jitter, population, vote  # noqa: F401 (Keras finds a layer only once its module is loaded)
from spikenet.validate import check_path

_MOST_PACKED = 200  # times smaller than what it unpacks to; weights shrink to a tenth at most
_SMALL = 1 << 26  # bytes that may be packed as densely as they like


def load_model(path: str | os.PathLike) -> keras.Model:
    """Load a model with spikenet's layers from a ``.keras`` file.

    `keras.models.load_model` does the same once `spikenet.layers` has been imported, which ``import spikenet`` leaves
    until it is needed, as TensorFlow takes seconds.

    Parameters
    ----------
    path : str or os.PathLike
        Of the file.

    Returns
    -------
    keras.Model

    Raises
    ------
    InvalidValueError
        If there is no such file, or it holds no model that Keras or spikenet can read.
    """
    path = check_path(path, "the model's file")
    if not path.is_file():
        raise InvalidValueError(f"there is no model file {path}; give a .keras file")
    try:
        _check_size(path)
        return keras.models.load_model(path)
    except SpikenetError:
        raise
    except (ValueError, TypeError, LookupError, OSError, zipfile.BadZipFile) as error:
        raise InvalidValueError(f"{path} is no model that can be loaded: {error}") from error


def _check_size(path: Path) -> None:
    """Raise InvalidValueError for a file that would fill the memory."""
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > max(_SMALL, _MOST_PACKED * path.stat().st_size):
        raise InvalidValueError(
            f"{path} has {path.stat().st_size:,} bytes and unpacks to {unpacked:,}, which no model does; it is "
            "damaged, or was made to fill the memory"
        )
