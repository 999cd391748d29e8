import os
import signal
import subprocess
import sys

import pytest

from spikenet.errors import RunFolderError
from spikenet.experiments import run_folder
from spikenet.experiments.run_folder import locked, remove_leftovers

HOLD = """
import sys, time
from pathlib import Path
from spikenet.experiments.run_folder import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "run"], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_process_is_refused_and_told_who_is_first(tmp_path, holder):
    with pytest.raises(RunFolderError, match=f"pid {holder.pid}"), locked(tmp_path / "run"):
        pytest.fail("two processes hold one lock")


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (tmp_path / ".run.lock").exists()
    with locked(tmp_path / "run"):
        assert (tmp_path / ".run.lock").read_text() == str(os.getpid())


def test_a_lock_leaves_nothing_behind(tmp_path):
    with pytest.raises(KeyError), locked(tmp_path / "run"):
        raise KeyError
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_no_lock_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_folder.os, "write", full)
    with pytest.raises(OSError, match="No space"), locked(tmp_path / "run"):
        pytest.fail("locked")
    assert not list(tmp_path.iterdir())


def test_what_killed_runs_left_is_removed_and_nothing_else(tmp_path, holder):
    for name in ("run", "killed", "kept"):
        (tmp_path / f".{name}.partial").mkdir()
        (tmp_path / f".{name}.lock").touch()
    (tmp_path / ".kept.partial" / "kept").mkdir()
    (tmp_path / ".kept.partial" / "kept" / "seed 1.json").touch()
    (tmp_path / "whole").mkdir()
    remove_leftovers(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {".run.partial", ".run.lock", ".kept.partial", "whole"}  # "run" goes on


def test_a_lock_file_that_its_holder_has_just_removed_is_no_lock(tmp_path, monkeypatch):
    """Between opening and locking, the last holder may remove the file; its lock would keep nobody away."""
    take = run_folder.fcntl.flock

    def remove_then_take(descriptor, how):
        (tmp_path / ".run.lock").unlink()
        take(descriptor, how)

    monkeypatch.setattr(run_folder.fcntl, "flock", remove_then_take)
    with pytest.raises(RunFolderError, match="another process"), locked(tmp_path / "run"):
        pytest.fail("locked a file that is gone")


@pytest.mark.parametrize("name", ["x" * 300, "gone/run"])
def test_a_name_that_cannot_be_written_is_refused(tmp_path, name):
    with (
        pytest.raises(RunFolderError, match=r"cannot be written \(.*\); choose another --out"),
        locked(tmp_path / name),
    ):
        pytest.fail("written")
