"""Programs of scripts: compiled once for the same sources and the same compiler, whatever the folder."""

import hashlib
import json
import shutil
from functools import partial
from pathlib import Path

from spikenet.engines.standalone.project import build_project, digest, use_project

# The files that Brian2 writes: the folder may be the user's own, with other files in it.
_SOURCES = (
    "makefile",
    *(f"{place}*{kind}" for place in ("", "code_objects/", "brianlib/") for kind in (".cpp", ".cu", ".h")),
)


def binary_for(folder: Path, title: str, target) -> None:
    """Put the program into the folder of its sources; compile it if it is not in the cache.

    ``target`` is a `spikenet.engines.standalone.project.Target`. Raises BuildError and ToolchainError.
    """
    compiler = target.compiler()
    if compiler is None:
        raise target.no_compiler_error()
    sources = sorted(path for pattern in _SOURCES for path in folder.glob(pattern))
    contents = {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sources}
    name = f"{digest([contents, target.environment()])}-{digest(compiler)[:8]}"
    use_project(
        lambda: build_project(name, partial(_copy, folder, sources, title), target.compile),
        lambda project: shutil.copy2(project / "main", folder / "main"),
    )


def _copy(folder: Path, sources: list[Path], title: str, to: Path) -> None:
    for path in sources:
        copy = to / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    (to / "job.json").write_text(json.dumps({"model": {"name": f"a script ({title})"}}))
