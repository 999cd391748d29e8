"""Pieces of an interrupted run: each is computed once and read back from then on.

A piece is a tree of mappings, lists, numbers, text and arrays. Without arrays it is a JSON file, with them an npz
file; both appear under their name only when they are whole.
"""

import json
import os
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError, RunFolderError

ARRAY = "__array__"


@dataclass(frozen=True, eq=False)
class Piece:
    """A value, the seconds it once took to compute, and whether it was found rather than computed."""

    value: object
    seconds: float
    found: bool


def keep_piece(folder: Path, key: str, compute: Callable[[], object]) -> Piece:
    """The piece under ``key`` in ``folder``, computed if it is not there.

    What comes back was read from the file either way, so that a resumed run sees what an uninterrupted one saw.
    """
    stem = folder / _file_name(key)
    for path in (stem.with_name(stem.name + ".json"), stem.with_name(stem.name + ".npz")):
        if path.exists():
            return Piece(*_read(path), found=True)
    start = time.monotonic()
    value = compute()
    path = _write(stem, key, value, time.monotonic() - start)
    return Piece(*_read(path), found=False)


def _file_name(key: str) -> str:
    name = quote(key, safe=" =,+-")
    if not 0 < len(name) <= 200:
        raise InvalidValueError(f"a kept piece needs a key of 1 to 200 characters, not {key!r}")
    return name


def _write(stem: Path, key: str, value: object, seconds: float) -> Path:
    arrays: list[np.ndarray] = []
    tree = json.dumps({"value": _strip(value, key, arrays), "seconds": seconds})
    stem.parent.mkdir(exist_ok=True)
    path = stem.with_name(stem.name + (".npz" if arrays else ".json"))
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        if arrays:
            np.savez(file, tree=np.array(tree), **{f"a{number}": array for number, array in enumerate(arrays)})
        else:
            file.write(tree.encode())
    os.replace(partial, path)
    return path


def _read(path: Path) -> tuple[object, float]:
    try:
        if path.suffix == ".json":
            stored, arrays = json.loads(path.read_text()), {}
        else:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = dict(stored)
            stored = json.loads(str(arrays.pop("tree")))
        return _fill(stored["value"], arrays), stored["seconds"]
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise RunFolderError(
            f"the kept piece {path} cannot be read ({error}); remove it to have it made anew"
        ) from error


def _strip(value: object, key: str, arrays: list[np.ndarray]) -> object:
    """The tree as JSON has it; each array goes to ``arrays`` and leaves its number behind."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufcU":
        arrays.append(value)
        return {ARRAY: f"a{len(arrays) - 1}"}
    if isinstance(value, list | tuple):
        return [_strip(item, key, arrays) for item in value]
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        return {name: _strip(item, key, arrays) for name, item in value.items()}
    what = "a mapping with keys that are not text" if isinstance(value, dict) else f"a {type(value).__name__}"
    raise InvalidTypeError(f"piece {key!r} holds {what}; keep mappings, lists, numbers, text and arrays")


def _fill(tree: object, arrays: dict[str, np.ndarray]) -> object:
    if isinstance(tree, list):
        return [_fill(item, arrays) for item in tree]
    if isinstance(tree, dict):
        if tree.keys() == {ARRAY}:
            return arrays[tree[ARRAY]]
        return {name: _fill(item, arrays) for name, item in tree.items()}
    return tree
