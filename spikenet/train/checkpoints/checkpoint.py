"""A checkpoint: all that a training needs to continue after an epoch, in one npz file without pickles.

The file gets its name only when it is complete, and it has a checksum of its contents.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikenet.errors import CheckpointError, InvalidValueError
from spikenet.storage import parse_json, read_arrays, write_whole
from spikenet.train.history import History

FORMAT = 2  # 1 had no configuration of the model
META, CHECKSUM = "meta", "checksum"
ARRAYS = ("model", "optimizer", "best")


@dataclass(frozen=True, eq=False)
class TrainingState:
    """State of a training: ``model`` and ``optimizer`` hold all variables, seed generators included.

    ``best`` holds the model's variables after the best epoch; empty without validation. ``first_loss`` is the loss of
    the first batch, to which later ones are compared.
    """

    history: History
    first_loss: float
    model: list[np.ndarray]
    optimizer: list[np.ndarray]
    best: list[np.ndarray]


@dataclass(frozen=True)
class TrainingIdentity:
    """Text that identifies a training: its settings, and the variables of model and optimizer."""

    settings: Mapping[str, str]
    model: tuple[str, ...]
    optimizer: tuple[str, ...]


def write_checkpoint(path: Path, state: TrainingState, identity: TrainingIdentity) -> None:
    """Write ``path`` completely or not at all, even if the process is killed."""
    meta = {
        "format": FORMAT,
        "history": state.history.to_json(),
        "first_loss": state.first_loss,
        "settings": dict(identity.settings),
        "variables": {"model": identity.model, "optimizer": identity.optimizer},
    }
    arrays = {META: np.array(json.dumps(meta))}
    arrays |= {f"{name}{i}": _plain(array) for name in ARRAYS for i, array in enumerate(getattr(state, name))}
    write_whole(path, lambda file: np.savez(file, **arrays, **{CHECKSUM: np.array(_checksum(arrays))}))


def read_checkpoint(path: Path) -> tuple[TrainingState, TrainingIdentity]:
    """Return what `write_checkpoint` wrote. Raises CheckpointError with the name of the file."""
    try:
        arrays = read_arrays(path, most=path.lstat().st_size)  # stored as they are: none is larger than its file
        if str(arrays.pop(CHECKSUM)) != _checksum(arrays):
            raise InvalidValueError("its checksum is wrong")
        meta = parse_json(str(arrays.pop(META)))
        if meta["format"] != FORMAT:
            raise InvalidValueError(f"it has format {meta['format']}, wanted {FORMAT}")
        history = History.from_json(meta["history"])
        variables = {owner: tuple(meta["variables"][owner]) for owner in ("model", "optimizer")}
        values = {name: [arrays[f"{name}{i}"] for i in range(_count(arrays, name))] for name in ARRAYS}
        state = TrainingState(history, float(meta["first_loss"]), **values)
        return state, TrainingIdentity(dict(meta["settings"]), **variables)
    except (ValueError, TypeError, LookupError, OSError) as error:
        raise CheckpointError(f"the checkpoint {path} cannot be read ({error})") from error


def _plain(array: np.ndarray) -> np.ndarray:
    """Return the array in a type that npz files can hold: bfloat16 becomes float32, which is exact."""
    return array if array.dtype.kind in "biuf" else array.astype(np.float32)


def _count(arrays: Mapping[str, np.ndarray], name: str) -> int:
    return sum(key.startswith(name) for key in arrays)


def _checksum(arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {arrays[name].shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
