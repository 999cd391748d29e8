"""A run that is killed at any moment leaves a folder that can be resumed, and at the end the same results."""

import random
import signal
import subprocess
import sys
import time

import pytest

from spikenet.errors import RunFolderError
from spikenet.experiments.cached_results import load_or_compute
from spikenet.experiments.run_folder import KEPT, PAGE, holds_results, partial_folder, read_config, read_result

RUN = """
import sys, time
import numpy as np
from pathlib import Path
from spikenet.errors import RunFolderError
from spikenet.experiments.experiment import Experiment, Outcome, Setup
from spikenet.experiments.run import run_experiment
from spikenet.report.table import Table

def piece(seed):
    time.sleep(0.02)
    return {"weights": np.full(50_000, seed / 3), "accuracy": seed / 7}

def run(setup, context):
    found = [context.cached(f"seed {seed}", lambda seed=seed: piece(seed)) for seed in setup.seeds]
    sums = [float(one["weights"].sum()) for one in found]
    return Outcome({"sums": sums}, tables=(Table("Sums", ("sum",), tuple((one,) for one in sums)),))

out, resume = Path(sys.argv[1]), sys.argv[2] == "resume"
print("ready", flush=True)
run_experiment(Experiment("tiny", "A tiny one", "our own", run), Setup(seeds=range(1, 9), out=out, resume=resume))
"""


def never():
    pytest.fail("a kept result is not whole")


def run_and_kill(out, rng: random.Random) -> bool:
    """Run or resume, and kill it within half a second; return True if it was complete before that."""
    word = "resume" if partial_folder(out).is_dir() and holds_results(partial_folder(out)) else "new"
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(out), word], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n", process.stderr.read()
    time.sleep(rng.uniform(0, 0.5))
    process.send_signal(rng.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)))
    _, errors = process.communicate(timeout=60)
    assert process.returncode in (0, 1, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT), errors
    return out.exists()


def kill_often(folder, kills: int, seed: int) -> int:
    """Kill runs at random moments, each until it is complete; return how many became complete."""
    rng, complete, out = random.Random(seed), 0, folder / "run 0"
    for _ in range(kills):
        if run_and_kill(out, rng):
            result = read_result(out)
            assert result["metrics"]["sums"] == [pytest.approx(50_000 * seed / 3) for seed in range(1, 9)]
            assert (out / PAGE).is_file() and not partial_folder(out).exists()
            complete += 1
            out = folder / f"run {complete}"
        elif partial_folder(out).is_dir() and holds_results(partial_folder(out)):
            read_config(partial_folder(out))
            for seed in range(1, 9):
                if list((partial_folder(out) / KEPT).glob(f"seed {seed}.*")):
                    load_or_compute(partial_folder(out) / KEPT, f"seed {seed}", never)
            with pytest.raises(RunFolderError):
                read_result(out)
    return complete


def test_a_killed_run_is_never_broken(tmp_path):
    kill_often(tmp_path, kills=4, seed=1)


@pytest.mark.slow
def test_a_run_that_is_killed_a_hundred_times_is_never_broken(tmp_path):
    assert kill_often(tmp_path, kills=100, seed=2) >= 10
