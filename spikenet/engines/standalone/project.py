"""Compiled projects on disk: built once, and found again by a key of all that changes the program.

A project's folder is ``<cache>/projects/<key>``, an entry of `cache_entries`; processes may build side by side. A
project that is there needs no Brian2 and no compiler.
"""

import contextlib
import hashlib
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from importlib.metadata import version as read_version
from pathlib import Path
from typing import Protocol

from spikenet.engines.job import Job, spec_of
from spikenet.engines.standalone.cache_entries import build_entry, is_whole, lock, lock_of, mark_used, remove_entry
from spikenet.engines.standalone.processes import remove_left_behind, run_command
from spikenet.errors import BuildError, InvalidValueError, SimulationError
from spikenet.machine import cache_folder
from spikenet.storage import parse_json, read_bytes

_PACKAGE = Path(__file__).parents[2]
_TEMPLATES = Path(__file__).parent / "templates"
_IMPORTED = re.compile(r"^(?:from|import) (spikenet[\w.]*)(?: import (\([^)]*\)|.*))?", re.M)
# Brian2 and NumPy import these if they are there, and do not need them; they take a third of the time to import Brian2.
_UNUSED = ("pylab", "matplotlib", "pytest", "Cython", "charset_normalizer")


version = cache(read_version)  # 3 ms each time otherwise, and a small simulation takes 10


class Target(Protocol):
    """The kind of machine that a project is compiled for, and how it is compiled."""

    generator: str  # a module: ``python -m GENERATOR FOLDER`` writes the sources beside ``FOLDER/job.json``

    def settings(self) -> dict:
        """Return all that changes the sources, beside the job; JSON."""

    def environment(self) -> dict:
        """Return what else the program depends on, except for the compiler; JSON."""

    def compiler(self) -> list | None:
        """Return what identifies the compiler; None if there is none."""

    def no_compiler_error(self) -> BuildError:
        """Make the error for a machine that has neither a compiler nor a project that was compiled before."""

    def compile(self, folder: Path) -> None:
        """Compile the sources to ``folder/main``. Raises BuildError."""


@dataclass(frozen=True)
class CachedProject:
    """One compiled project on disk: what it simulates and records, and when it was used.

    ``record`` has the names of what it records, of ``variable``, for ``duration`` seconds; a project of a user's script
    has none of them.
    """

    path: Path
    model: str
    record: tuple[str, ...]
    variable: str
    duration: float | None
    precision: str
    engine: str
    bytes: int
    built: datetime
    last_used: datetime

    @classmethod
    def from_folder(cls, folder: Path) -> "CachedProject":
        """Return the project in a folder. Raises OSError, ValueError, LookupError or TypeError if it is not whole."""
        spec = parse_json(read_bytes(folder / "job.json"))
        steps = spec.get("steps")
        return cls(
            path=folder,
            model=str(spec["model"]["name"]),
            record=tuple(map(str, spec.get("record", ()))),
            variable=str(spec.get("variable", "")),
            duration=steps["record"] * float(steps["dt"]) if steps else None,
            precision=str(spec.get("precision", "")),
            engine="cuda" if "toolchain" in spec else "cpp",
            bytes=_size(folder),
            built=datetime.fromtimestamp((folder / "job.json").stat().st_mtime),
            last_used=datetime.fromtimestamp((folder / "main").stat().st_mtime),
        )


def cached_projects() -> list[CachedProject]:
    """Return every complete project, the one that was used last first."""
    found = []
    for path in _projects_folder().glob("*/job.json"):
        if path.parent.suffix == ".making":
            continue
        # Cleared meanwhile by another process, or cut off by a full disk.
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
            found.append(CachedProject.from_folder(path.parent))
    return sorted(found, key=lambda project: project.last_used, reverse=True)


def clear_cache() -> int:
    """Remove all projects and headers that are not being built right now; return the number of bytes that were freed.

    Temporary files that processes left behind, such as killed ones, go as well; they are not counted.

    Raises
    ------
    BuildError
        If a folder cannot be removed.
    """
    remove_left_behind(Path(tempfile.gettempdir()))
    freed, left = 0, []
    for folder in [*cache_folder().glob("projects/*"), *cache_folder().glob("headers/*")]:
        if folder.suffix != ".lock" and folder.is_dir():
            size = _size(folder)
            with contextlib.suppress(BuildError), lock(lock_of(folder), wait=False) as held:
                gone = remove_entry(folder) if held else None
                remains = [path for path in (folder, gone) if gone and path.exists()]
                left += remains[:1]
                freed += size - _size(remains[0]) if remains else size if gone else 0
    if left:
        raise BuildError(
            f"{len(left)} folder(s) of the compile cache cannot be removed, such as {left[0]}: they belong to another "
            f"user; {freed / 1e6:.1f} MB were freed"
        )
    return freed


def _size(folder: Path) -> int:
    """Return the number of bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def project_for(job: Job, target: Target) -> Path:
    """Return the folder of the compiled project for a job; generate and compile it if it is not there yet.

    Raises
    ------
    BuildError
        With the error of Brian2 or of the compiler.
    """
    spec = spec_of(job) | target.settings()
    generators = generators_digest(target.generator)
    stem = digest(spec | {"generators": generators, "brian2": version("brian2")} | target.environment())
    compiler = target.compiler()
    if compiler is None:
        ready = sorted(path for path in _projects_folder().glob(f"{stem}-*") if is_whole(path))  # of any compiler
        if not ready:
            raise target.no_compiler_error()
        return _mark_used(ready[0])
    return build_project(f"{stem}-{digest(compiler)[:8]}", partial(_generate, spec, target), target.compile)


def use_project(find: Callable[[], Path], use: Callable[[Path], object]):
    """Return what ``use`` makes of the project that ``find`` gives; both once more if it was cleared meanwhile."""
    project = find()
    try:
        return use(project)
    except (OSError, SimulationError):
        if (project / "main").exists():
            raise
    return use(find())


def build_project(name: str, write: Callable[[Path], None], compile_: Callable[[Path], None]) -> Path:
    """Return the folder of the project of this name.

    If it is not there yet, ``write`` writes its sources (with job.json) to a folder, and ``compile_`` compiles them to
    ``main`` there. Raises BuildError.
    """
    folder = _projects_folder() / name
    build_entry(folder, ("main",), partial(_build, write, compile_))
    return _mark_used(folder)


def generate_sources(job: Job, target: Target, folder: Path) -> None:
    """Write the sources of a job's program to an existing folder. Raises BuildError."""
    _generate(spec_of(job) | target.settings(), target, folder)


def _projects_folder() -> Path:
    return cache_folder() / "projects"


def _mark_used(folder: Path) -> Path:
    mark_used(folder / "main")
    return folder


def digest(content) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]


@cache
def generators_digest(generator: str) -> str:
    """Return a digest of every file that decides the code that a generator writes."""
    return digest([path.read_text() for path in generator_files(generator)])


def generator_files(generator: str) -> list[Path]:
    """List the templates, and the modules of spikenet that a generator imports, directly or through others."""
    found, waiting = set(), {generator}
    while waiting:
        path = _PACKAGE.parent.joinpath(*waiting.pop().split(".")).with_suffix(".py")
        if path in found or not path.is_file():
            continue
        found.add(path)
        for module, names in _IMPORTED.findall(path.read_text()):
            waiting |= {module, *(f"{module}.{name}" for name in re.findall(r"\w+", names))}
    return [*sorted(found), *sorted(path for path in _TEMPLATES.iterdir() if path.is_file())]


def _build(write: Callable[[Path], None], compile_: Callable[[Path], None], making: Path) -> None:
    """Generate and compile in a folder, and leave there what is needed."""
    started = time.perf_counter()
    write(making)
    compile_(making)
    for path in [*making.rglob("*.o"), *making.rglob("*.d"), making / "make.deps"]:
        path.unlink(missing_ok=True)
    (making / "seconds").write_text(f"{time.perf_counter() - started:.3f}\n")


def generator_script(generator: str) -> str:
    """Return a Python program that runs the generator of a target."""
    return (
        f"import runpy, sys; sys.modules.update(dict.fromkeys({_UNUSED})); "
        f"runpy.run_module({generator!r}, run_name='__main__')"
    )


def _generate(spec: dict, target: Target, folder: Path) -> None:
    (folder / "job.json").write_text(json.dumps(spec, indent=1))
    command = [sys.executable, "-c", generator_script(target.generator), str(folder)]
    done = run_command(command)
    if done.returncode:
        refused = re.search(r"^spikenet\.errors\.InvalidValueError: (.*)", done.stderr, re.M)
        if refused:
            raise InvalidValueError(refused[1])
        raise BuildError(f"Brian2 could not generate code: {_last_cause(done.stderr)}")


def _last_cause(log: str) -> str:
    """Return the messages of the last two exceptions of a traceback."""
    causes = [line for line in log.splitlines() if re.match(r"^[\w.]+(Error|Exception|Warning)?: ", line)]
    return " <- ".join(reversed(causes[-2:])) or log.strip()[-400:]
