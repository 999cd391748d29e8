"""Kill simulations at random moments, and look for what they leave: ``python tools/kill_simulations.py 200``.

Each try starts a process that simulates, from the cache or with a program that has to be compiled first, at times
beside ``spikenet cache clear``; it gets SIGKILL, SIGTERM or SIGHUP at a random moment. Then nothing of it may run,
its temporary folder must be empty once another simulation has started there, and that simulation must give the right
numbers. Prints counts; the exit code is 1 if anything was left or wrong.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

SIMULATE = """
import dataclasses, sys, numpy as np, spikenet as sn
compiled, long = int(sys.argv[1]), len(sys.argv) > 2
print("started", flush=True)
drive = np.full((4000 if long else 1, 20), 0.6e-9)
model = dataclasses.replace(sn.LIF, name=f"lif_{compiled}")  # a program of its own
count = sn.simulate(model, drive, duration="50 ms", record="count", engine="cpp").count
print(count[0, 0], flush=True)
"""
CLEAR = "from spikenet.engines.standalone.project import clear_cache; clear_cache()"


def start(code: str, *arguments: str, mark: str) -> subprocess.Popen:
    """Start Python; every process that comes of it has ``mark`` in its environment."""
    environment = os.environ | {"KILL_TEST": mark}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=environment, start_new_session=True, **pipes)


def running(mark: str) -> list[str]:
    """Return the commands of all processes with a mark."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"KILL_TEST={mark}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:100])
        except OSError:  # ended, or another user's
            continue
    return found


def kill_once(number: int, rng: random.Random, temporary: Path) -> list[str]:
    """Start, kill and look; return what was wrong."""
    mark = f"{os.getpid()}-{number}"
    kind = rng.choice(["cached", "compile", "clear"])
    compiled = number if kind == "compile" else 0
    process = start(SIMULATE, str(compiled), "long", mark=mark)
    process.stdout.readline()
    clearing = start(CLEAR, mark=f"{mark}-clear") if kind == "clear" else None
    time.sleep(rng.uniform(0, 4.0 if kind == "compile" else 0.8))
    process.send_signal(how := rng.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGHUP]))
    process.communicate()
    if clearing:
        clearing.communicate()
    deadline = time.monotonic() + 2
    while running(mark) and time.monotonic() < deadline:
        time.sleep(0.02)
    wrong = [f"still runs: {command}" for command in running(mark)]
    again = start(SIMULATE, str(compiled if rng.random() < 0.1 else 0), mark=f"{mark}-again")
    out, err = again.communicate()
    if out.split()[1:] != ["6"]:
        wrong.append(f"the next simulation gave {out!r}: {err[-300:]}")
    wrong += [f"left behind: {path.name}" for path in temporary.iterdir()]
    return [f"{number} ({kind}, {how.name}): {one}" for one in wrong]


def main(times: int, seed: int = 0) -> int:
    """Kill ``times`` simulations in a cache and a temporary folder of their own; return the number of faults."""
    rng, kinds, faults = random.Random(seed), Counter(), 0
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        temporary = Path(folder, "tmp")
        temporary.mkdir()
        os.environ |= {"SPIKENET_CACHE": str(Path(folder, "cache")), "TMPDIR": str(temporary)}
        for number in range(1, times + 1):
            wrong = kill_once(number, rng, temporary)
            faults += len(wrong)
            kinds.update(line.split("): ")[1].split(":")[0] for line in wrong)
            for line in wrong:
                print(line, flush=True)
            if number % 10 == 0:
                print(f"{number} kills, {faults} faults {dict(kinds) or ''}", flush=True)
    return faults


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]), *map(int, sys.argv[2:3]))))
