"""Commands end with the process that started them, whatever ends it, and leave no files behind."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from spikenet.engines.standalone import processes
from spikenet.engines.standalone.processes import remove_left_behind, run_command, scratch_folder
from spikenet.errors import SimulationError


@pytest.fixture
def temporary(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def wait_until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def runs(number: str) -> bool:
    """A process that has ended, and that nobody asked for its exit code, does not run."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_commands_and_scratch_end_with_their_parent_whatever_ends_it(tmp_path, how):
    """The command has a child of its own, as a program has workers."""
    child = "sleep 60 & echo $$ $! > ../numbers.new; touch here; mv ../numbers.new ../numbers; wait"
    script = f"""
        import signal
        from spikenet.engines.standalone.processes import running, scratch_folder
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored where the tests were started by nohup
        with scratch_folder() as folder, running(["sh", "-c", {child!r}], folder, cwd=folder) as process:
            process.wait()
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], env=os.environ | {"TMPDIR": str(tmp_path)}, stderr=-3
    )
    wait_until((tmp_path / "numbers").exists)
    parent.send_signal(how)
    parent.wait(10)
    numbers = (tmp_path / "numbers").read_text().split()
    wait_until(lambda: not any(runs(number) for number in numbers))
    wait_until(lambda: [path.name for path in tmp_path.iterdir()] == ["numbers"])


def test_a_process_that_is_forked_does_not_keep_commands_and_scratch_alive(tmp_path):
    """As by multiprocessing while a simulation runs; it outlives its parent here."""
    script = """
        import multiprocessing, time
        from spikenet.engines.standalone.processes import running, scratch_folder
        with scratch_folder() as folder, running(["sleep", "60"], folder, cwd=folder) as process:
            forked = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
            forked.start()
            print(process.pid, forked.pid, flush=True)
            process.wait()
    """
    command, environment = [sys.executable, "-c", textwrap.dedent(script)], os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as parent:
        command, forked = parent.stdout.readline().split()
        parent.kill()
    try:
        wait_until(lambda: not runs(command))
        wait_until(lambda: not list(tmp_path.iterdir()))
        assert runs(forked)
    finally:
        os.kill(int(forked), signal.SIGKILL)


def test_scratch_of_a_process_that_is_gone_is_removed_and_that_of_others_is_not(temporary):
    (temporary / "spikenet-scratch-17-left").mkdir()
    (temporary / "spikenet-scratch-17-left" / "out_trace").write_text("1")
    for name, age in (("kept", 6), ("old", 8)):  # of earlier versions, which hold no locks
        (temporary / f"spikenet-script-{name}").mkdir()
        os.utime(temporary / f"spikenet-script-{name}", (0, time.time() - 86_400 * age))
    (temporary / "target").mkdir()
    (temporary / "spikenet-scratch-17-link").symlink_to(temporary / "target")
    with scratch_folder() as held:
        (temporary / "spikenet-scratch-18-left").mkdir()
        assert remove_left_behind(temporary) == 1
        left = {path.name for path in temporary.iterdir()}
    assert left == {held.name, "spikenet-script-kept", "target", "spikenet-scratch-17-link"}
    assert not held.exists()


def test_a_command_has_its_temporary_files_in_scratch_and_reads_nothing(temporary):
    done = run_command(["sh", "-c", "echo $TMPDIR; cat; echo $3 >&2; exit 5", "sh", "a b", "c", "$(d) 'e'"], temporary)
    assert done.stdout.startswith(str(temporary / "spikenet-scratch-"))
    assert (done.stderr, done.returncode) == ("$(d) 'e'\n", 5)
    assert list(temporary.iterdir()) == []


def test_no_place_for_scratch_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "removed"))
    processes._remove_once.cache_clear()
    with (
        pytest.raises(SimulationError, match="files in .*removed: No such file .*set TMPDIR"),
        scratch_folder(),
    ):
        pass
