"""What this machine has to work with: its processors, and a folder for what is made once."""

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Where what is compiled lives: ``SPIKENET_CACHE`` or the platform's cache folder."""
    named = os.environ.get("SPIKENET_CACHE")
    return Path(named).expanduser().resolve() if named else platformdirs.user_cache_path("spikenet", appauthor=False)


def usable_cores() -> int:
    """Cores that this process may use: those of its affinity where the system has one, all of the machine elsewhere.

    From Python 3.13 on ``-X cpu_count`` and ``PYTHON_CPU_COUNT`` are heard, too.
    """
    if hasattr(os, "process_cpu_count"):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
