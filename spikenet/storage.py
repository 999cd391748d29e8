"""Files that outlast a process: written in one step and synced; read within bounds, without following links.

A file that somebody else wrote may be damaged or made to do harm. What is read here is a regular file of bounded size,
nothing is unpickled, and every error is an OSError or a ValueError.
"""

import hashlib
import json
import lzma
import os
import stat
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Collection, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

MOST_BYTES = 1 << 30  # of a file of JSON, or of one array
DEEPEST = 60  # mappings and lists within each other
# Every error of zipfile and numpy.lib.format for a file with damaged bytes (RuntimeError: "is encrypted").
_DAMAGED = (
    ValueError, EOFError, MemoryError, RuntimeError, KeyError, TypeError, OverflowError, SyntaxError, RecursionError,
    NotImplementedError, struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip


def open_regular(path: Path, flags: int = os.O_RDONLY) -> BinaryIO:
    """Open a file; raise OSError if its name is a symbolic link, or if it is no regular file."""
    reading = not flags & (os.O_WRONLY | os.O_RDWR)
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no regular file")
    return open(descriptor, "rb" if reading else "ab" if flags & os.O_APPEND else "wb")


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the content of a regular file; raise ValueError if it has more than ``most`` bytes."""
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"it has more than {most:,} bytes")
    return content


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file, all of it or nothing; it is on the disk when this returns.

    ``write`` fills a file beside ``path``, which takes its name when it is complete.
    """
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)  # of a killed process, or a link that somebody put there
    try:
        with open_regular(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names of a folder's files to the disk, where the file system can."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError:  # some network file systems have no such call
        pass
    finally:
        os.close(descriptor)


def parse_json(text: str | bytes, *, finite: bool = True) -> object:
    """Return what JSON holds; raise ValueError for text that is none, nested too deep, or a number that is none.

    ``finite=False`` takes NaN and Infinity, as Python writes them.
    """

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no number of JSON")

    try:
        value = json.loads(text, **({"parse_constant": refuse} if finite else {}))
    except RecursionError:
        raise ValueError(f"it is nested deeper than {DEEPEST} levels") from None
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for one in level if isinstance(one, dict | list) for inner in _within(one)]
        if not level:
            return value
    raise ValueError(f"it is nested deeper than {DEEPEST} levels")


def json_checksum(value: object) -> str:
    """Return the SHA-256 of a value as JSON; the order of names and white space do not matter."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def array_checksum(array: np.ndarray) -> str:
    """Return the SHA-256 of an array's type, shape and numbers."""
    found = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
    found.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
    return found.hexdigest()


def read_arrays(path: Path, names: Collection[str] | None = None, *, most: int = MOST_BYTES) -> dict[str, np.ndarray]:
    """Return the arrays of an npz file, or those of them that are named.

    An array of more than ``most`` bytes is refused before it is unpacked, so that a small file cannot fill the memory.
    Raises OSError if the file cannot be read, and ValueError if it is damaged or is no npz file of plain arrays.
    """
    with open_regular(path) as file, _damage_told(), zipfile.ZipFile(file) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        wanted = members if names is None else [name for name in names if name in members]
        return {name: _read_member(archive, members[name], most) for name in wanted}


def array_names(path: Path) -> list[str]:
    """Return the names of the arrays in an npz file. Raises OSError, and ValueError if it is damaged."""
    with open_regular(path) as file, _damage_told(), zipfile.ZipFile(file) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist()]


@contextmanager
def _damage_told():
    """Turn every error that a damaged npz file makes NumPy and zipfile raise into a ValueError."""
    try:
        yield
    except _DAMAGED as error:
        raise ValueError(f"it is truncated, damaged or no npz file ({type(error).__name__}: {error})") from None


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> np.ndarray:
    if info.file_size > most:
        raise ValueError(f"{info.filename} has {info.file_size:,} bytes, wanted at most {most:,}")
    with archive.open(info) as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
        if file.read(1):  # zipfile verifies its checksum only at the end of the file
            raise ValueError(f"{info.filename} is longer than its header says")
    return array


def _within(value: Mapping | list) -> Collection[object]:
    return value.values() if isinstance(value, dict) else value
