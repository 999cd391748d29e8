"""Entries of the compile cache: folders that are moved into place and out of it in one step, whole by a checksum.

An entry is built under another name, brought to the disk, and renamed. Its file ``sha256`` has the digests of what
must not be damaged. A damaged entry is moved away and built again. Whoever builds or removes an entry holds its lock.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from spikenet.errors import BuildError
from spikenet.storage import open_regular, parse_json, read_bytes, sync_folder, write_whole

_SEAL = "sha256"
_MOST_SEAL = 1 << 16  # bytes
_seen_whole: dict[Path, tuple] = {}  # what `_state` was when the digests were right


@contextlib.contextmanager
def lock(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[bool]:
    """Hold a lock among all processes, by the name of a file; it ends with the process. Yield whether it is held.

    Several may hold a ``shared`` one. With ``wait=False`` the answer may be no. Raises BuildError if the file cannot be
    opened.
    """
    with contextlib.ExitStack() as stack:
        held = False
        while not held:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                file = stack.enter_context(path.open("a"))
            except OSError as error:
                raise _cannot_write(path.parent, error) from None
            try:
                fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                break
            # Its last holder may have removed the name, which somebody else may have made again meanwhile.
            with contextlib.suppress(FileNotFoundError):
                held = os.path.samestat(os.fstat(file.fileno()), path.stat())
        try:
            yield held
        finally:
            if held and not shared:
                path.unlink(missing_ok=True)
            fcntl.flock(file, fcntl.LOCK_UN)  # not by closing it: a process that was forked meanwhile has it open, too


def lock_of(entry: Path) -> Path:
    """Return the file of an entry's lock, also for the names under which the entry is built and removed."""
    return entry.parent / f"{entry.name.partition('.')[0]}.lock"


def build_entry(folder: Path, sealed: tuple[str, ...], build: Callable[[Path], None]) -> None:
    """Have an entry built unless it is there, whole. ``build`` fills a folder; ``sealed`` names files to digest.

    Raises BuildError if the cache cannot be written to, or holds another user's entry that is damaged or private.
    """
    if is_whole(folder):
        return
    with lock(lock_of(folder)):
        if is_whole(folder):
            return
        making = None
        try:
            _check_owner(folder)
            remove_entry(folder)
            making = _new_folder(folder)
            build(making)
            _seal(making, sealed)
            making.rename(folder)
            sync_folder(folder.parent)
        except OSError as error:  # such as a full disk
            raise _cannot_write(folder.parent, error) from error
        finally:
            if making:
                shutil.rmtree(making, ignore_errors=True)


def is_whole(folder: Path) -> bool:
    """Tell whether an entry is there with the right digests, which are compared once, and where a file has changed."""
    seen = _seen_whole.get(folder)
    try:
        if seen and seen == _state(folder, (name for name, *_ in seen)):
            return True
        if folder.is_symlink():
            return False
        digests = parse_json(read_bytes(folder / _SEAL, _MOST_SEAL))
        if not isinstance(digests, dict) or not digests:
            return False
        state = _state(folder, digests)
        if any(_digest(folder / name) != digest for name, digest in digests.items()):
            return False
    except (OSError, ValueError):
        return False
    _seen_whole[folder] = state
    return True


def mark_used(path: Path) -> None:
    """Remember when a file of a whole entry was used, unless the cache is read-only."""
    with contextlib.suppress(OSError):
        os.utime(path)
        if seen := _seen_whole.get(path.parent):
            _seen_whole[path.parent] = _state(path.parent, (name for name, *_ in seen))


def remove_entry(folder: Path) -> Path:
    """Move an entry out of its place in one step, and remove it; return where it was moved. The caller has its lock."""
    gone = folder if folder.suffix == ".making" else folder.with_suffix(f".{os.getpid()}-gone.making")
    _seen_whole.pop(folder, None)
    with contextlib.suppress(OSError):
        if gone != folder:
            folder.rename(gone)
    if gone.is_symlink():
        gone.unlink()
    shutil.rmtree(gone, ignore_errors=True)
    return gone


def _check_owner(folder: Path) -> None:
    """Raise BuildError if a user would have to replace another user's entry, who would then replace it again."""
    with contextlib.suppress(FileNotFoundError):
        if os.getuid() not in (0, folder.lstat().st_uid):
            raise BuildError(
                f"{folder} in the compile cache belongs to another user, and is damaged or not readable for you; have "
                "it removed, or set SPIKENET_CACHE to another folder"
            )


def _cannot_write(cache: Path, error: OSError) -> BuildError:
    return BuildError(
        f"cannot write to the compile cache {cache}: {error.strerror or error}; set SPIKENET_CACHE to another folder"
    )


def _new_folder(folder: Path) -> Path:
    """Make a folder to build in; remove those of processes that were killed, which hold no lock."""
    for left in folder.parent.glob("*.making"):
        mine = lock_of(left) == lock_of(folder)
        with (
            contextlib.suppress(BuildError),
            contextlib.nullcontext(True) if mine else lock(lock_of(left), wait=False) as held,
        ):
            if held:
                remove_entry(left)
    making = folder.with_suffix(f".{os.getpid()}.making")
    making.mkdir(parents=True)
    return making


def _seal(folder: Path, names: tuple[str, ...]) -> None:
    """Bring files to the disk, and write their digests beside them."""
    there = [name for name in names if (folder / name).exists()]
    for name in there:
        with open_regular(folder / name) as file:
            os.fsync(file.fileno())
    digests = {name: _digest(folder / name) for name in there}
    write_whole(folder / _SEAL, lambda file: file.write(json.dumps(digests).encode()))


def _digest(path: Path) -> str:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _state(folder: Path, names) -> tuple:
    """Return what changes with every file that is written."""
    states = ((name, (folder / name).lstat()) for name in names)
    return tuple((name, status.st_ino, status.st_size, status.st_mtime_ns) for name, status in states)
