"""The folder of a training's checkpoints: the last two are kept, and one process at a time writes it."""

import fcntl
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spikenet.errors import CheckpointError
from spikenet.train.checkpoints.checkpoint import TrainingIdentity, TrainingState, read_checkpoint, write_checkpoint
from spikenet.train.checkpoints.fingerprint import compare_variables, differences

KEPT = 2
_NAME = re.compile(r"epoch-(\d+)\.npz")


@dataclass(frozen=True)
class CheckpointStore:
    """Checkpoints of one training in ``folder``; None keeps none."""

    folder: Path | None

    def begin(self, identity: TrainingIdentity, *, resume: bool) -> TrainingState | None:
        """Where to go on from; None starts anew.

        Errors: CheckpointError, before anything is touched, if there is something in the way or nothing to resume,
        if no checkpoint can be read, or if the newest is of another training. If the newest is damaged and the one
        before it is whole, that one is taken, with a warning.
        """
        if self.folder is None:
            return None
        paths = self._paths()
        if not resume:
            if paths:
                raise CheckpointError(
                    f"{self.folder} holds checkpoints of a training ({paths[-1].name}), and none is written over; "
                    "continue it with resume=True, or choose another folder"
                )
            return None
        if not paths:
            raise CheckpointError(f"there is no checkpoint in {self.folder}; leave resume away to start a training")
        path, state, found = _newest_whole(paths)
        changed = differences(found.settings, identity.settings)
        changed += compare_variables("model", found.model, identity.model)
        changed += compare_variables("optimizer", found.optimizer, identity.optimizer)
        if changed:
            raise CheckpointError(
                f"{path} is of another training ({'; '.join(changed)}); resume with the old settings, "
                "or choose another folder"
            )
        return state

    def write(self, state: TrainingState, identity: TrainingIdentity) -> None:
        """Keep where the training stands, and the checkpoint before it."""
        if self.folder is None:
            return
        write_checkpoint(self.folder / f"epoch-{state.history.epochs[-1].epoch:04d}.npz", state, identity)
        for path in self._paths()[:-KEPT]:
            path.unlink()

    def _paths(self) -> list[Path]:
        """The oldest first."""
        numbers = {path: match[1] for path in self.folder.iterdir() if (match := _NAME.fullmatch(path.name))}
        return sorted(numbers, key=lambda path: int(numbers[path]))


@contextmanager
def open_store(folder: str | os.PathLike | None) -> Iterator[CheckpointStore]:
    """The store of a folder, which is made if it is not there, for this process alone. Errors: CheckpointError."""
    if folder is None:
        yield CheckpointStore(None)
        return
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("a")  # the kernel takes the lock back when its holder ends, however it ends
    except OSError as error:
        raise CheckpointError(f"checkpoints cannot be written in {folder} ({error}); choose another folder") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CheckpointError(
                f"another training writes its checkpoints in {folder}; choose another folder"
            ) from error
        yield CheckpointStore(folder)


def _newest_whole(paths: list[Path]) -> tuple[Path, TrainingState, TrainingIdentity]:
    """The newest checkpoint, or with a warning the one before it if that is whole and the newest is not."""
    *before, newest = paths
    try:
        return newest, *read_checkpoint(newest)
    except CheckpointError as error:
        if not before:
            raise CheckpointError(f"{error}, and there is none before it; remove it to start anew") from error
        damage = error
    try:
        state, identity = read_checkpoint(before[-1])
    except CheckpointError as error:
        raise CheckpointError(f"{damage}; neither can the one before it: {error}; remove both to start anew") from error
    warnings.warn(
        f"{damage}; the one before it, {before[-1].name}, is whole and is used: the epoch between is trained again",
        RuntimeWarning,
        stacklevel=2,
    )
    return before[-1], state, identity
