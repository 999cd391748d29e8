"""Compiled projects on disk: built once, and found again by a key of all that changes the program.

A project's folder is ``<cache>/projects/<key>``. It is built under another name and renamed at the end, so a folder of
this name is complete; processes may build side by side. A project that is there needs no Brian2 and no compiler.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from spikenet.engines.job import Job, spec_of
from spikenet.engines.standalone.processes import run_command
from spikenet.errors import BuildError, InvalidValueError
from spikenet.machine import cache_folder
from spikenet.storage import parse_json, read_bytes

_PACKAGE = Path(__file__).parents[2]
_TEMPLATES = Path(__file__).parent / "templates"
_IMPORTED = re.compile(r"^(?:from|import) (spikenet[\w.]*)(?: import (\([^)]*\)|.*))?", re.M)
# Brian2 and NumPy import these if they are there, and do not need them; they take a third of the time to import Brian2.
_UNUSED = ("pylab", "matplotlib", "pytest", "Cython", "charset_normalizer")


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
        # Cleared meanwhile by another process, or cut off by a full disk.
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
            found.append(CachedProject.from_folder(path.parent))
    return sorted(found, key=lambda project: project.last_used, reverse=True)


def clear_cache() -> int:
    """Remove all projects and headers that are not being built right now; return the number of bytes that were freed.

    Raises
    ------
    BuildError
        If a folder cannot be removed.
    """
    freed, left = 0, []
    for folder in [*cache_folder().glob("projects/*"), *cache_folder().glob("headers/*")]:
        if folder.is_dir() and not _is_locked(folder.parent / f"{folder.name.partition('.')[0]}.lock"):
            size = _size(folder)
            shutil.rmtree(folder, ignore_errors=True)
            left += [folder] if folder.exists() else []
            freed += size - (_size(folder) if folder.exists() else 0)
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
        ready = sorted(_projects_folder().glob(f"{stem}-*/main"))  # of any compiler
        if not ready:
            raise target.no_compiler_error()
        return _mark_used(ready[0].parent)
    return build_project(f"{stem}-{digest(compiler)[:8]}", partial(_generate, spec, target), target.compile)


def build_project(name: str, write: Callable[[Path], None], compile_: Callable[[Path], None]) -> Path:
    """Return the folder of the project of this name.

    If it is not there yet, ``write`` writes its sources (with job.json) to a folder, and ``compile_`` compiles them to
    ``main`` there. Raises BuildError.
    """
    folder = _projects_folder() / name
    if not (folder / "main").exists():
        with lock(folder.with_suffix(".lock")):
            if not (folder / "main").exists():
                _build(write, compile_, folder)
    return _mark_used(folder)


def generate_sources(job: Job, target: Target, folder: Path) -> None:
    """Write the sources of a job's program to an existing folder. Raises BuildError."""
    _generate(spec_of(job) | target.settings(), target, folder)


def _projects_folder() -> Path:
    return cache_folder() / "projects"


def _mark_used(folder: Path) -> Path:
    """Remember when a project was used, unless the cache is read-only; return its folder."""
    with contextlib.suppress(OSError):
        os.utime(folder / "main")
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


@contextlib.contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a lock among all processes, by the name of a file. It ends with the process that holds it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise BuildError(
            f"cannot write to the compile cache {path.parent}: {error.strerror}; set SPIKENET_CACHE to another folder"
        ) from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
        path.unlink(missing_ok=True)


def _is_locked(path: Path) -> bool:
    """Tell whether another process holds a lock."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except (BlockingIOError, PermissionError):  # another user's
        return True
    return False


def new_folder(folder: Path) -> Path:
    """Make a folder to build in, under a name of this process: the compiler of a killed process may still be writing.

    The caller holds the lock; folders of killed processes are removed.
    """
    for left in folder.parent.glob(f"{folder.name}.*.making"):
        shutil.rmtree(left, ignore_errors=True)
    making = folder.with_suffix(f".{os.getpid()}.making")
    making.mkdir(parents=True)
    return making


def _build(write: Callable[[Path], None], compile_: Callable[[Path], None], folder: Path) -> None:
    """Generate and compile in a folder of another name, then rename it."""
    making = new_folder(folder)
    started = time.perf_counter()
    try:
        write(making)
        compile_(making)
        for path in [*making.rglob("*.o"), *making.rglob("*.d"), making / "make.deps"]:
            path.unlink(missing_ok=True)
        (making / "seconds").write_text(f"{time.perf_counter() - started:.3f}\n")
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


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
