"""One process at a time: a lock that the kernel takes back when its holder ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spikenet.errors import RunFolderError


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Keep other processes from writing ``target``; RunFolderError if one already does."""
    path = target.with_name(f".{target.name}.lock")
    try:
        file = path.open("a+")
    except OSError as error:
        raise RunFolderError(f"{target} cannot be written ({error.strerror}); choose another --out") from error
    with file:
        if not _lock(file.fileno(), path):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise RunFolderError(f"another process (pid {holder}) is writing {target}; choose another --out")
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _lock(descriptor: int, path: Path) -> bool:
    """Whether the file is ours now: locked, and not one that its last holder has just removed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False
