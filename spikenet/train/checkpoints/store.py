"""Folder with the checkpoints of a training: it keeps the last two, and one process at a time may write."""

import fcntl
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spikenet.errors import CheckpointError
from spikenet.storage import open_regular
from spikenet.train.checkpoints.checkpoint import TrainingIdentity, TrainingState, read_checkpoint, write_checkpoint
from spikenet.train.checkpoints.fingerprint import compare_variables, differences

KEPT = 2
_NAME = re.compile(r"epoch-(\d+)\.npz")


@dataclass(frozen=True)
class CheckpointStore:
    """Checkpoints of one training in ``folder``; None keeps none."""

    folder: Path | None

    def begin(self, identity: TrainingIdentity, *, resume: bool) -> TrainingState | None:
        """Return the state to resume from; None for a new training.

        Raises CheckpointError, before anything is changed, if a new training finds checkpoints or a resumed one finds
        none, none can be read, or the newest belongs to another training. If only the newest is damaged, the one
        before it is used, with a warning.
        """
        if self.folder is None:
            return None
        paths = self._paths()
        if not resume:
            if paths:
                raise CheckpointError(
                    f"{self.folder} holds checkpoints of a training ({paths[-1].name}), which are not overwritten; "
                    "continue it with resume=True, or choose another folder"
                )
            return None
        if not paths:
            raise CheckpointError(f"there is no checkpoint in {self.folder}; use resume=False to start a training")
        path, state, found = _newest_whole(paths)
        changed = differences(found.settings, identity.settings)
        changed += compare_variables("model", found.model, identity.model)
        changed += compare_variables("optimizer", found.optimizer, identity.optimizer)
        if changed:
            raise CheckpointError(
                f"{path} belongs to another training ({'; '.join(changed)}); resume with the old settings, "
                "or choose another folder"
            )
        return state

    def write(self, state: TrainingState, identity: TrainingIdentity) -> None:
        """Write a checkpoint; delete all but the last two."""
        if self.folder is None:
            return
        path = self.folder / f"epoch-{state.history.epochs[-1].epoch:04d}.npz"
        try:
            write_checkpoint(path, state, identity)
            for old in self._paths()[:-KEPT]:
                old.unlink()
        except OSError as error:
            raise CheckpointError(
                f"{path.name} cannot be written in {self.folder} ({error}); the checkpoints before it are whole: make "
                "room, and go on with resume=True"
            ) from error

    def _paths(self) -> list[Path]:
        """Return the paths of the checkpoints, the oldest first."""
        numbers = {path: match[1] for path in self.folder.iterdir() if (match := _NAME.fullmatch(path.name))}
        return sorted(numbers, key=lambda path: int(numbers[path]))


@contextmanager
def open_store(folder: str | os.PathLike | None) -> Iterator[CheckpointStore]:
    """Yield the store of a folder, locked for this process; create the folder if needed. Raises CheckpointError."""
    if folder is None:
        yield CheckpointStore(None)
        return
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The kernel frees the lock when the process ends, also if it is killed.
        lock = open_regular(folder / ".lock", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    except OSError as error:
        raise CheckpointError(f"checkpoints cannot be written in {folder} ({error}); choose another folder") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CheckpointError(
                f"another training is writing checkpoints in {folder}; choose another folder"
            ) from error
        yield CheckpointStore(folder)


def _newest_whole(paths: list[Path]) -> tuple[Path, TrainingState, TrainingIdentity]:
    """Return the newest checkpoint; if it is damaged, warn and return the one before it."""
    *before, newest = paths
    try:
        return newest, *read_checkpoint(newest)
    except CheckpointError as error:
        if not before:
            raise CheckpointError(f"{error}, and there is none before it; remove it to start again") from error
        damage = error
    try:
        state, identity = read_checkpoint(before[-1])
    except CheckpointError as error:
        raise CheckpointError(
            f"{damage}; the one before it cannot be read either: {error}; remove both to start again"
        ) from error
    warnings.warn(
        f"{damage}; the one before it, {before[-1].name}, is complete and is used: the last epoch is trained again",
        RuntimeWarning,
        stacklevel=2,
    )
    return before[-1], state, identity
