"""What the tests of the compile cache share: one small simulation, here or in a process of its own."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np

from spikenet.engines.simulate import simulate
from spikenet.neurons import FHN

# The project of FHN's contract (tests/contracts), so that it is compiled once for both.
SETTINGS = {
    "settle": 200 * FHN.dt,
    "duration": 1000 * FHN.dt,
    "sample_dt": 10 * FHN.dt,
    "record": ("mean", "trace", "final"),
}
SCRIPT = """
    import sys
    import numpy as np
    from spikenet.engines.simulate import simulate
    from spikenet.neurons import FHN

    dt, keep = FHN.dt, ("mean", "trace", "final")
    recording = simulate(FHN, [[0.1, 0.2]], settle=200*dt, duration=1000*dt, sample_dt=10*dt, record=keep)
    print(*map(float.hex, np.concatenate([recording.mean[0], recording.final[0]]).tolist()))
    print("brian2" in sys.modules)
"""


def fhn(drive=((0.1, 0.2),), model=FHN, **settings):
    return simulate(model, np.asarray(drive), **SETTINGS | settings)


def start(script: str = SCRIPT, **environment) -> subprocess.Popen:
    command = [sys.executable, "-c", textwrap.dedent(script)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=os.environ | environment, start_new_session=True, **pipes)


def finish(process: subprocess.Popen) -> list[str]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out.splitlines()


def files(folder: Path) -> dict[str, int]:
    """Every file below a folder, with its size."""
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def kill_once_there_is(cache: Path, name: str, kill) -> None:
    """Start a build, and end it with its compiler (``os.killpg``) or without (``os.kill``) once it wrote a file."""
    before = set(cache.rglob(f"*.making/{name}"))
    process = start()
    deadline = time.monotonic() + 120
    while not set(cache.rglob(f"*.making/{name}")) - before:
        assert process.poll() is None and time.monotonic() < deadline, process.stderr.read()
        time.sleep(0.02)
    kill(process.pid, signal.SIGKILL)
    process.communicate()
