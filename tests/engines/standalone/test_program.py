"""A compiled program is told all that it needs, followed, and its files are read; stood for by shell scripts."""

import os
import stat
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from spikenet.engines.simulate import Schedule
from spikenet.engines.standalone import program
from spikenet.engines.standalone.program import Program
from spikenet.errors import SimulationError
from spikenet.neurons import FHN
from spikenet.progress import Progress
from tests.planning import plan


@dataclass(frozen=True)
class Fakes:
    """A folder with a shell script as the compiled program."""

    folder: Path

    def says(self, script: str) -> None:
        program = self.folder / "main"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def run(self, drive, model=FHN, settle=0.0, duration="1 ms", record=("mean",), seed=0, progress=lambda done: None):
        job, drives = plan(model, drive, Schedule(duration, settle), record=record, seed=seed)
        return Program(self.folder / "main", "cpp", "float32", 256, 2).run(job, drives, Progress("", progress))


@pytest.fixture
def fake(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return Fakes(tmp_path)


def test_words_before_a_program_are_part_of_its_command(fake):
    fake.says("echo error $SEEN >&2; exit 1")
    job, drives = plan(FHN, [[0.1]], Schedule("1 ms", 0.0))
    seeing = Program(fake.folder / "main", "cpp", "float32", 256, prefix=("env", "SEEN=it"))
    with pytest.raises(SimulationError, match="error it"):
        seeing.run(job, drives, Progress("", lambda done: None))


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (
            "echo 'spikenet: no room for out_trace' >&2; exit 4",
            r"the disk of .* became full while fhn was simulated .*: record less, .* stream\(\), or set TM",
        ),
        ("kill -9 $$", r"fhn failed \(exit code -9\): ended by signal 9"),
        ("kill -7 $$", "the disk of .* became full"),
        ("echo 'spikenet: a process was ended by signal 7' >&2; exit 4", "the disk of .* became full"),
        ("rm -r $PWD; exit 4", r"fhn failed: its folder .*spikenet-scratch-.* was removed meanwhile"),
        ("rm -r $PWD", r"fhn failed: its folder .*spikenet-scratch-.* was removed meanwhile"),
        ("printf 1 > out_mean", r"fhn failed: a file of its results is cut off"),
        ("exit 7", r"exit code 7\): no message"),
        ("echo 'Error reading static_arrays' >&2", r"exit code 0\): Error reading static_arrays"),
        (
            "echo 'spikenet: x of sample 0, unit 0 is not finite' >&2; exit 3",
            "numbers: x of sample 0, unit 0; dt is 10 us: it stays finite in double precision: take precision='fl",
        ),
        ("exit 3", r"exit code 3\): no message"),
    ],
)
def test_a_program_that_fails_is_an_error_with_its_cause(fake, script, words):
    fake.says(script)
    with pytest.raises(SimulationError, match=words):
        fake.run([[0.0]])
    assert [path.name for path in fake.folder.iterdir()] == ["main"]  # its folder is gone


def test_an_interrupted_simulation_leaves_no_program_and_no_files_behind(fake):
    """Nor another process that the program started, as it starts workers; that one would tell of itself in a second."""
    fake.says("(sleep 1; touch ../alive) & echo $$ > ../number; echo progress 0.5; exec sleep 5")

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fake.run([[0.0]], progress=interrupt)
    number = int((fake.folder / "number").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    time.sleep(1.5)
    assert sorted(path.name for path in fake.folder.iterdir()) == ["main", "number"]


def test_results_that_do_not_fit_on_the_disk_are_refused_before_the_run(fake, monkeypatch):
    """70,000 images x 100 units x 1,000 samples are 28 GB in single precision."""
    fake.says("touch ../started")
    monkeypatch.setattr(program.shutil, "disk_usage", lambda place: type("Usage", (), {"free": 10_000_000_000}))
    drive = np.broadcast_to(np.float32(0.0), (70_000, 100))
    with pytest.raises(SimulationError, match=r"fhn need 28.1 GB, and .* has 10 GB left; record less, .* stream\(\)"):
        fake.run(drive, duration="100 ms", record="trace")
    assert not (fake.folder / "started").exists()


def test_the_program_is_told_all_it_needs(fake):
    """Drives as raw numbers, the plan, parameters and initial states as arguments."""
    fake.says("cp in_i_in in_x plan ..; echo $* > ../arguments; exit 9")
    model = FHN(epsilon=0.2, tau="2 ms").with_initial(x=[1.0, 2.0, 3.0], y=0.25)
    drive = np.arange(6.0).reshape(2, 3)
    with pytest.raises(SimulationError):
        fake.run(drive, model, settle="1 ms", duration="2 ms", seed=11)
    np.testing.assert_array_equal(np.fromfile(fake.folder / "in_i_in", np.float32), np.arange(6))
    np.testing.assert_array_equal(np.fromfile(fake.folder / "in_x", np.float32), [1, 2, 3])
    arguments = (fake.folder / "arguments").read_text().split()
    assert set(arguments) == {"neurons.y=0.25", "neurons.epsilon=0.2", "neurons.a=0.0", "neurons.tau=0.002"}
    plan = dict(line.split() for line in (fake.folder / "plan").read_text().splitlines())
    wanted = {
        "total": "6",
        "units": "3",
        "chunk": "256",
        "workers": "2",
        "samples": "20",
        "seed": "11",
        "record_start": "0.001",
    }
    assert wanted.items() <= plan.items()
