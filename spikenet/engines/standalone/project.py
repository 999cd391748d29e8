"""Compiled projects on disk: built once, found again by whatever changes the binary, safe to build side by side.

A project's folder is ``<cache>/projects/<key>``. It is made under another name and renamed when it is whole, so a
folder that is there is complete. Needs no Brian2 and no compiler where the project is there already.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
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
from spikenet.errors import BuildError
from spikenet.machine import cache_folder

_PACKAGE = Path(__file__).parents[2]
_TEMPLATES = Path(__file__).parent / "templates"
_IMPORTED = re.compile(r"^(?:from|import) (spikenet[\w.]*)(?: import (\([^)]*\)|.*))?", re.M)
# Brian2 and NumPy import these and do without them where they are missing; they are a third of importing Brian2.
_SPARED = ("pylab", "matplotlib", "pytest", "Cython", "charset_normalizer")


class Target(Protocol):
    """What a project is made for, and by whom."""

    generator: str  # a module: ``python -m GENERATOR FOLDER`` writes the sources beside ``FOLDER/job.json``

    def settings(self) -> dict:
        """What it adds to the spec of a job: JSON, and all that changes the sources."""

    def surroundings(self) -> dict:
        """What else a binary depends on, less the compiler."""

    def compiler(self) -> list | None:
        """What tells a compiler from another one; None if there is none."""

    def without_compiler(self) -> BuildError:
        """What to say where there is neither a compiler nor a project that was compiled before."""

    def compile(self, folder: Path) -> None:
        """Make ``folder/main`` of the sources. Errors: BuildError."""


@dataclass(frozen=True)
class CachedProject:
    """One compiled project on disk."""

    path: Path
    model: str
    bytes: int
    built: datetime
    last_used: datetime


def cached_projects() -> list[CachedProject]:
    """Every complete project, the one used last first."""
    found = []
    for path in _projects_folder().glob("*/job.json"):
        # Cleared meanwhile by somebody else, or cut off by a full disk.
        with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
            found.append(
                CachedProject(
                    path.parent,
                    json.loads(path.read_text())["model"]["name"],
                    _size(path.parent),
                    datetime.fromtimestamp(path.stat().st_mtime),
                    datetime.fromtimestamp((path.parent / "main").stat().st_mtime),
                )
            )
    return sorted(found, key=lambda project: project.last_used, reverse=True)


def clear_cache() -> int:
    """Remove all that is not being built right now, with what killed builds left behind; bytes freed.

    Errors: BuildError if something stays that should not.
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
            f"{len(left)} of the compile cache's folders cannot be removed, such as {left[0]}: it takes whoever made "
            f"them; {freed / 1e6:.1f} MB were freed"
        )
    return freed


def _size(folder: Path) -> int:
    """Bytes of all files below."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def project_for(job: Job, target: Target) -> Path:
    """The folder of the compiled project for a job; generated and compiled if it is not there yet.

    Errors: BuildError with the compiler's own cause.
    """
    spec = spec_of(job) | target.settings()
    generators = generators_digest(target.generator)
    stem = digest(spec | {"generators": generators, "brian2": version("brian2")} | target.surroundings())
    compiler = target.compiler()
    if compiler is None:
        ready = sorted(_projects_folder().glob(f"{stem}-*/main"))  # whichever compiler made it
        if not ready:
            raise target.without_compiler()
        return _used(ready[0].parent)
    return compiled(f"{stem}-{digest(compiler)[:8]}", partial(_generate, spec, target), target.compile)


def compiled(name: str, write: Callable[[Path], None], compile_: Callable[[Path], None]) -> Path:
    """The complete project of this name. If it is not there yet, its sources (with job.json) are written to a folder
    and compiled to ``main`` there. Errors: BuildError."""
    folder = _projects_folder() / name
    if not (folder / "main").exists():
        with lock(folder.with_suffix(".lock")):
            if not (folder / "main").exists():
                _build(write, compile_, folder)
    return _used(folder)


def generate_sources(job: Job, target: Target, folder: Path) -> None:
    """Write the sources of a job's program to a folder that is there. Errors: BuildError."""
    _generate(spec_of(job) | target.settings(), target, folder)


def _projects_folder() -> Path:
    return cache_folder() / "projects"


def _used(folder: Path) -> Path:
    """Remember when a project was used; a cache that may only be read is as good."""
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
    """Alone with this path among all processes; a lock dies with the process that held it."""
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
    """Whether another process is alone with this path."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except (BlockingIOError, PermissionError):  # somebody else's
        return True
    return False


def new_folder(folder: Path) -> Path:
    """A new folder to build in. Its name is this process's own: the compiler of one that was killed may still write.

    What killed ones left is removed: whoever calls holds the lock.
    """
    for left in folder.parent.glob(f"{folder.name}.*.making"):
        shutil.rmtree(left, ignore_errors=True)
    making = folder.with_suffix(f".{os.getpid()}.making")
    making.mkdir(parents=True)
    return making


def _build(write: Callable[[Path], None], compile_: Callable[[Path], None], folder: Path) -> None:
    """Generate and compile in a folder of another name, then give it its own."""
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


def generation(generator: str) -> str:
    """A Python program that runs a target's generator."""
    return (
        f"import runpy, sys; sys.modules.update(dict.fromkeys({_SPARED})); "
        f"runpy.run_module({generator!r}, run_name='__main__')"
    )


def _generate(spec: dict, target: Target, folder: Path) -> None:
    (folder / "job.json").write_text(json.dumps(spec, indent=1))
    command = [sys.executable, "-c", generation(target.generator), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise BuildError(f"Brian2 could not generate code: {_last_cause(done.stderr)}")


def _last_cause(log: str) -> str:
    """The exceptions' own words out of a page of traceback."""
    causes = [line for line in log.splitlines() if re.match(r"^[\w.]+(Error|Exception|Warning)?: ", line)]
    return " <- ".join(reversed(causes[-2:])) or log.strip()[-400:]
