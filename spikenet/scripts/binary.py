"""A script's project as a program: compiled once for the same sources and the same compiler, whatever the folder."""

import hashlib
import json
import shutil
from functools import partial
from pathlib import Path

from spikenet.engine.project import compiled, digest

_DATA = ("results", "static_arrays")  # what a program reads and writes when it runs
_SOURCES = {".cpp", ".cu", ".h", ""}  # the last one: makefile


def binary_for(folder: Path, title: str, target) -> None:
    """Put the program into the folder of its sources; compiled if no such program is in the cache.

    ``target`` is a `spikenet.engine.project.Target`. Errors: BuildError, ToolchainError.
    """
    compiler = target.compiler()
    if compiler is None:
        raise target.without_compiler()
    sources = [path for path in sorted(_files(folder)) if path.suffix in _SOURCES and path.name != "main"]
    contents = {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sources}
    name = f"{digest([contents, target.surroundings()])}-{digest(compiler)[:8]}"
    project = compiled(name, partial(_copy, folder, sources, title), target.compile)
    shutil.copy2(project / "main", folder / "main")


def _files(folder: Path) -> list[Path]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in paths if path.relative_to(folder).parts[0] not in _DATA]


def _copy(folder: Path, sources: list[Path], title: str, place: Path) -> None:
    for path in sources:
        copy = place / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    (place / "job.json").write_text(json.dumps({"model": {"name": f"a script ({title})"}}))
