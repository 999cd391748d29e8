"""Processes that end with this one, and scratch folders that do not outlast it, whatever ends it.

Each command gets a watcher, which reads from a pipe that only this process holds. The system closes the pipe when this
process ends, by a signal that nothing can handle, too; the watcher then ends the command with all that it has started,
and removes its scratch folder. Folders that no watcher could remove are found by the next process.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from spikenet.errors import SimulationError

_PREFIX = "spikenet-scratch-"
_UNLOCKED = "spikenet-script-"  # of versions before 0.3, whose processes held no locks
_WEEK = 7 * 86_400  # seconds
# Arguments: the scratch folder, and the command. Both are of one process group, which is what `kill 0` means.
_WATCHED = """
scratch=$1; shift
exec 3<&0
(
    trap '' TERM HUP INT
    read -r _ <&3
    kill -TERM 0
    PATH=/usr/bin:/bin rm -rf -- "$scratch"
    kill -KILL 0
) > /dev/null 2>&1 < /dev/null &
exec "$@" 3<&- < /dev/null
"""
_held: set[int] = set()  # descriptors that are open as long as this process lives, and not in those forked from it


def _release_held() -> None:
    while _held:
        os.close(_held.pop())


os.register_at_fork(after_in_child=_release_held)


@contextlib.contextmanager
def running(command: Sequence, scratch: Path, **settings) -> Iterator[subprocess.Popen]:
    """Start a command, whose temporary files go to ``scratch``; end it, with all that it started, on leaving.

    ``settings`` are those of `subprocess.Popen`.
    """
    watched, held = os.pipe()
    _held.add(held)
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHED, "sh", scratch, *command],
            stdin=watched,
            start_new_session=True,
            env=os.environ | {"TMPDIR": str(scratch)},
            **settings,
        )
    except BaseException:
        _release(held)
        raise
    finally:
        os.close(watched)
    try:
        yield process
    finally:
        if held in _held:
            with contextlib.suppress(ProcessLookupError):  # all have ended
                os.killpg(process.pid, signal.SIGKILL)
            _release(held)
        if process.stdout:
            process.stdout.close()
        process.wait()


def _release(descriptor: int) -> None:
    _held.remove(descriptor)
    os.close(descriptor)


def run_command(command: Sequence, folder: Path | None = None) -> subprocess.CompletedProcess:
    """Run a command in ``folder`` to its end; return its exit code, and what it wrote, as text."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "errors": "replace"}
    with scratch_folder() as scratch, running(command, scratch, cwd=folder, **pipes) as process:
        out, err = process.communicate()
        return subprocess.CompletedProcess(command, process.returncode, out, err)


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder for temporary files, which is removed on leaving, or by the next process.

    This process holds a lock on it, so that others know that it is in use.

    Raises
    ------
    SimulationError
        If none can be made.
    """
    root = Path(tempfile.gettempdir())
    _remove_once(root)
    try:
        folder, descriptor = _locked_folder(root)
    except OSError as error:
        raise SimulationError(
            f"cannot make a folder for temporary files in {root}: {error.strerror}; set TMPDIR to another folder"
        ) from None
    try:
        yield folder
    finally:
        if descriptor in _held:
            shutil.rmtree(folder, ignore_errors=True)
            _release(descriptor)


def remove_left_behind(root: Path) -> int:
    """Remove this user's scratch folders in ``root`` that no process holds any more; return their number."""
    removed = 0
    for folder in [*root.glob(f"{_PREFIX}*"), *root.glob(f"{_UNLOCKED}*")]:
        with contextlib.suppress(OSError):  # in use, or gone meanwhile
            status = folder.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
                continue
            if folder.name.startswith(_UNLOCKED) and time.time() - status.st_mtime < _WEEK:
                continue
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
                removed += 1
            finally:
                os.close(descriptor)
    return removed


@cache
def _remove_once(root: Path) -> None:
    remove_left_behind(root)


def _locked_folder(root: Path) -> tuple[Path, int]:
    """Return a new folder and the descriptor that holds its lock; another process may remove it before it is held."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=root))
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if folder.exists():
                _held.add(descriptor)
                return folder, descriptor
        os.close(descriptor)
