"""The machine: the processor cores that may be used, and the cache folder."""

import os
from pathlib import Path

import platformdirs

from spikenet.errors import InvalidValueError


def cache_folder() -> Path:
    """Return the folder of compiled projects: ``SPIKENET_CACHE``, or spikenet's folder in the platform's cache."""
    named = os.environ.get("SPIKENET_CACHE")
    try:
        named = Path(named).expanduser() if named else None
    except RuntimeError:
        raise InvalidValueError(f"SPIKENET_CACHE is {named!r}, and there is no such user; wanted a folder") from None
    return named.resolve() if named else platformdirs.user_cache_path("spikenet", appauthor=False)


def usable_cores() -> int:
    """Return the number of cores that this process may use.

    These are the cores of its affinity where the system has one, else all of the machine. From Python 3.13 on,
    ``-X cpu_count`` and ``PYTHON_CPU_COUNT`` count, too.
    """
    if hasattr(os, "process_cpu_count"):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
