"""A script's project as a program: compiled once for the same sources and the same compiler, whatever the folder."""

import hashlib
import json
import shutil
from functools import partial
from pathlib import Path

from spikenet.engines.standalone.project import compiled, digest

# What Brian2 writes: the folder may be the user's own, with much else in it.
_SOURCES = (
    "makefile",
    *(f"{place}*{kind}" for place in ("", "code_objects/", "brianlib/") for kind in (".cpp", ".cu", ".h")),
)


def binary_for(folder: Path, title: str, target) -> None:
    """Put the program into the folder of its sources; compiled if no such program is in the cache.

    ``target`` is a `spikenet.engines.standalone.project.Target`. Errors: BuildError, ToolchainError.
    """
    compiler = target.compiler()
    if compiler is None:
        raise target.without_compiler()
    sources = sorted(path for pattern in _SOURCES for path in folder.glob(pattern))
    contents = {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sources}
    name = f"{digest([contents, target.surroundings()])}-{digest(compiler)[:8]}"
    project = compiled(name, partial(_copy, folder, sources, title), target.compile)
    shutil.copy2(project / "main", folder / "main")


def _copy(folder: Path, sources: list[Path], title: str, place: Path) -> None:
    for path in sources:
        copy = place / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    (place / "job.json").write_text(json.dumps({"model": {"name": f"a script ({title})"}}))
