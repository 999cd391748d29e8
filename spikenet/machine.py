"""The machine: the processor cores that may be used, the cache folder, and how its ``make`` is told of names."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from spikenet.errors import BuildError, InvalidValueError

_one_import = threading.RLock()  # at a time, off the main thread


def cache_folder() -> Path:
    """Return the folder of compiled projects: ``SPIKENET_CACHE``, or spikenet's folder in the platform's cache."""
    named = os.environ.get("SPIKENET_CACHE")
    try:
        named = Path(named).expanduser() if named else None
    except RuntimeError:
        raise InvalidValueError(f"SPIKENET_CACHE is {named!r}, and there is no such user; wanted a folder") from None
    return named.resolve() if named else platformdirs.user_cache_path("spikenet", appauthor=False)


@contextlib.contextmanager
def imports_in_any_thread() -> Iterator[None]:
    """Let a module be imported off the main thread that sets signal handlers, as Brian2 does; they are not set then."""
    if threading.current_thread() is threading.main_thread():
        yield
        return
    with _one_import:
        set_handler = signal.signal

        def set_on_main_thread(number, handler):
            if threading.current_thread() is threading.main_thread():
                return set_handler(number, handler)
            return signal.getsignal(number)

        signal.signal = set_on_main_thread
        try:
            yield
        finally:
            signal.signal = set_handler


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


def for_make(text: str) -> str:
    """Return a text as the value of a variable of make. Raises BuildError for one that make cannot take."""
    if "\n" in text:
        raise BuildError(f"make cannot take a line break: {text!r}; use other names for the compiler and its folders")
    return text.replace("$", "$$")
