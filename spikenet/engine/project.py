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
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

import platformdirs

from spikenet.engine.compiler import (
    compile_headers,
    compile_project,
    compiler_flags,
    compiler_identity,
    known_flags,
    processor,
)
from spikenet.engine.job import Job
from spikenet.engine.spec import spec_of
from spikenet.errors import BuildError, InvalidValueError

_HERE = Path(__file__).parent
_GENERATORS = tuple(
    f"{name}.py" for name in ("blocks", "build", "device", "generate", "job", "merging", "spec", "stepping")
)
_GENERATORS += ("../units.py", *(f"../neurons/{name}.py" for name in ("definitions", "group", "model")))
# Brian2 and NumPy import these and do without them where they are missing; they are a third of importing Brian2.
_SPARED = ("pylab", "matplotlib", "pytest", "Cython", "charset_normalizer")
GENERATE = (
    f"import runpy, sys; sys.modules.update(dict.fromkeys({_SPARED})); "
    "runpy.run_module('spikenet.engine.generate', run_name='__main__')"
)


@dataclass(frozen=True)
class CachedProject:
    """One compiled project on disk."""

    path: Path
    model: str
    bytes: int
    built: datetime
    last_used: datetime


def cache_folder() -> Path:
    """Where compiled projects live: ``SPIKENET_CACHE`` or the platform's cache folder."""
    named = os.environ.get("SPIKENET_CACHE")
    return Path(named).expanduser().resolve() if named else platformdirs.user_cache_path("spikenet", appauthor=False)


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


def project_for(job: Job, precision: str) -> Path:
    """The folder of the compiled project for a job; generated and compiled if it is not there yet.

    Errors: BuildError with the compiler's own cause.
    """
    spec = spec_of(job) | {"precision": precision, "flags": list(compiler_flags())}
    stem = _digest(spec | {"generators": _generators_digest(), "brian2": version("brian2"), "processor": processor()})
    compiler = compiler_identity()
    if compiler is None:
        ready = sorted(_projects_folder().glob(f"{stem}-*/main"))  # whichever compiler made it
        if not ready:
            raise BuildError("no C++ compiler was found; install g++, or set CXX to one (see: spikenet doctor)")
        return _used(ready[0].parent)
    folder = _projects_folder() / f"{stem}-{_digest(compiler)[:8]}"
    if not (folder / "main").exists():
        with _lock(folder.with_suffix(".lock")):
            if not (folder / "main").exists():
                _build(spec, folder)
    return _used(folder)


def _projects_folder() -> Path:
    return cache_folder() / "projects"


def _used(folder: Path) -> Path:
    """Remember when a project was used; a cache that may only be read is as good."""
    with contextlib.suppress(OSError):
        os.utime(folder / "main")
    return folder


def _digest(content) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]


@cache
def _generators_digest() -> str:
    """Changes with any source that has a say in the generated code."""
    paths = [_HERE / name for name in _GENERATORS] + sorted((_HERE / "templates").iterdir())
    return _digest([path.read_text() for path in paths])


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
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


def _making(folder: Path) -> Path:
    """A new folder to build in. Its name is this process's own: the compiler of one that was killed may still write.

    What killed ones left is removed: whoever calls holds the lock.
    """
    for left in folder.parent.glob(f"{folder.name}.*.making"):
        shutil.rmtree(left, ignore_errors=True)
    making = folder.with_suffix(f".{os.getpid()}.making")
    making.mkdir(parents=True)
    return making


def _build(spec: dict, folder: Path) -> None:
    """Generate and compile in a folder of another name, then give it its own."""
    making = _making(folder)
    started = time.perf_counter()
    try:
        (making / "job.json").write_text(json.dumps(spec | {"flags": known_flags()}, indent=1))
        _generate(making)
        compile_project(making, _headers())
        for path in [*making.rglob("*.o"), making / "make.deps"]:
            path.unlink(missing_ok=True)
        (making / "seconds").write_text(f"{time.perf_counter() - started:.3f}\n")
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _generate(folder: Path) -> None:
    command = [sys.executable, "-c", GENERATE, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise BuildError(f"Brian2 could not generate code: {_last_cause(done.stderr)}")


def _last_cause(log: str) -> str:
    """The exceptions' own words out of a page of traceback."""
    causes = [line for line in log.splitlines() if re.match(r"^[\w.]+(Error|Exception|Warning)?: ", line)]
    return " <- ".join(reversed(causes[-2:])) or log.strip()[-400:]


def _headers() -> Path:
    """The folder of the compiled standard headers, made for this compiler if they are not there yet."""
    folder = cache_folder() / "headers" / _digest([compiler_identity(), compiler_flags(), processor()])
    with _lock(folder.with_suffix(".lock")):
        if not folder.exists():
            making = _making(folder)
            compile_headers(making)
            making.rename(folder)
    return folder


def check_precision(precision: str) -> str:
    if precision not in ("float64", "float32"):
        raise InvalidValueError(f"precision is {precision!r}, wanted 'float64' or 'float32'")
    return precision
