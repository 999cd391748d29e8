"""Run the program of a script to its end, or not at all: with its results in a folder of their own."""

import contextlib
import signal
import subprocess
import sys
import weakref
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from spikenet.engines.standalone.processes import running, scratch_folder
from spikenet.engines.standalone.program import READ_ERROR
from spikenet.errors import SimulationError

_REMEMBERED = 100  # lines of what a program said


def folder_for(owner) -> tuple[Path, weakref.finalize]:
    """Make a folder that is removed when ``owner`` is gone or this process has ended, whatever ends it.

    Calling what is returned beside it removes it at once. Processes that are forked from this one leave it alone.
    """
    held = contextlib.ExitStack()
    try:
        folder = held.enter_context(scratch_folder())
        held.enter_context(running(["true"], folder))  # whose watcher outlasts it, and this process
    except BaseException:
        held.close()
        raise
    return folder, weakref.finalize(owner, held.close)


def launch(command: Sequence, folder: Path, results: Path, *, shown: bool) -> None:
    """Run a command in ``folder``, with temporary files in ``results``; show what it prints if that is wanted.

    Raises
    ------
    SimulationError
        If it fails, or goes on with other values than those that it was given.
    """
    said, complaints = deque(maxlen=_REMEMBERED), []
    with contextlib.ExitStack() as opened:
        printed = results / "stdout.txt"
        out = None if shown else opened.enter_context(printed.open("wb"))
        pipes = {"cwd": folder, "stdout": out, "stderr": subprocess.PIPE, "text": True, "errors": "replace"}
        process = opened.enter_context(running(command, results, **pipes))
        for line in opened.enter_context(process.stderr):
            said.append(line)
            complaints += [line.strip()] * (READ_ERROR in line)
            if shown and sys.stderr:
                print(line, end="", file=sys.stderr)
        code = process.wait()
    if code:
        if not shown:
            said.extendleft(reversed(printed.read_text(errors="replace").splitlines()))
        raise SimulationError(f"the program failed: {_last_message(said, code)}")
    if complaints:
        raise SimulationError(
            f"the program went on with old values: {complaints[0]}; give arrays of the number of neurons or synapses"
        )


def _last_message(said: Sequence[str], code: int) -> str:
    """Return the last line that a program has said, and how it ended if a signal or nothing but that tells it."""
    last = next((line.strip() for line in reversed(said) if line.strip()), "")
    if code < 0:
        number = signal.Signals(-code)
        ended = f"it was ended by signal {-code} ({number.name}: {signal.strsignal(number)})"
        return f"{last} ({ended})" if last else ended
    return last or f"it ended with exit code {code} and printed no message"
