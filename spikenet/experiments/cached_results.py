"""Intermediate results of a run: each is computed once, and a resumed run reads it from its file.

A result is a tree of mappings, lists, numbers, text and arrays. With arrays it is an npz file, without them a JSON
file. A file gets its name only when it is complete, and has a checksum of all that it holds.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError, RunFolderError
from spikenet.storage import array_checksum, json_checksum, parse_json, read_arrays, read_bytes, write_whole

_ARRAY = "__array__"


@dataclass(frozen=True, eq=False)
class CachedResult:
    """A value, the seconds it took to compute, and whether it was read from a file (``found``)."""

    value: object
    seconds: float
    found: bool


def load_or_compute(folder: Path, key: str, compute: Callable[[], object]) -> CachedResult:
    """Return the result that is stored under ``key`` in ``folder``; compute and store it first if there is none.

    The value is always read from the file, so that a resumed run sees what an uninterrupted run sees.
    """
    stem = folder / _file_name(key)
    for path in (stem.with_name(stem.name + ".json"), stem.with_name(stem.name + ".npz")):
        if os.path.lexists(path):
            return CachedResult(*_read(path, key), found=True)
    start = time.monotonic()
    value = compute()
    path = _write(stem, key, value, time.monotonic() - start)
    return CachedResult(*_read(path, key), found=False)


def _file_name(key: str) -> str:
    name = quote(key, safe=" =,+-")
    if not 0 < len(name) <= 200:
        raise InvalidValueError(f"the key of a stored result is {key!r}; give 1 to 200 characters")
    return name


def _write(stem: Path, key: str, value: object, seconds: float) -> Path:
    arrays: list[np.ndarray] = []
    tree = {"key": key, "value": _without_arrays(value, key, arrays), "seconds": seconds}
    named = {f"a{number}": array for number, array in enumerate(arrays)}
    text = json.dumps(tree | {"sha256": _checksum(tree, named)})
    stem.parent.mkdir(exist_ok=True)
    path = stem.with_name(stem.name + (".npz" if arrays else ".json"))
    if arrays:
        write_whole(path, lambda file: np.savez(file, tree=np.array(text), **named))
    else:
        write_whole(path, lambda file: file.write(text.encode()))
    return path


def _read(path: Path, key: str) -> tuple[object, float]:
    try:
        # Arrays are stored as they are: none is larger than its file.
        arrays = read_arrays(path, most=path.lstat().st_size) if path.suffix == ".npz" else {}
        tree = parse_json(str(arrays.pop("tree")) if arrays else read_bytes(path), finite=False)
        if tree.pop("sha256") != _checksum(tree, arrays):
            raise ValueError("its checksum is another one: it was changed")
        if tree["key"] != key:
            raise ValueError(f"it is the result of {tree['key']!r}")
        return _with_arrays(tree["value"], arrays), float(tree["seconds"])
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise RunFolderError(
            f"the stored result {path} cannot be read ({error}); remove it to have it computed again"
        ) from error


def _checksum(tree: dict, arrays: dict[str, np.ndarray]) -> str:
    return json_checksum([tree, {name: array_checksum(array) for name, array in arrays.items()}])


def _without_arrays(value: object, key: str, arrays: list[np.ndarray]) -> object:
    """Return the tree as JSON has it; each array is moved to ``arrays`` and its number takes its place."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufcU":
        arrays.append(value)
        return {_ARRAY: f"a{len(arrays) - 1}"}
    if isinstance(value, list | tuple):
        return [_without_arrays(item, key, arrays) for item in value]
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        return {name: _without_arrays(item, key, arrays) for name, item in value.items()}
    what = "a mapping with keys that are not text" if isinstance(value, dict) else f"a {type(value).__name__}"
    raise InvalidTypeError(f"result {key!r} holds {what}; store mappings, lists, numbers, text and arrays")


def _with_arrays(tree: object, arrays: dict[str, np.ndarray]) -> object:
    if isinstance(tree, list):
        return [_with_arrays(item, arrays) for item in tree]
    if isinstance(tree, dict):
        if tree.keys() == {_ARRAY}:
            return arrays[tree[_ARRAY]]
        return {name: _with_arrays(item, arrays) for name, item in tree.items()}
    return tree
