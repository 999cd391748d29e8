"""Programs, here lines of a shell, run to their end or not at all, and leave nothing behind."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from spikenet.errors import SimulationError
from spikenet.scripts.launching import folder_for, launch


def run(tmp_path: Path, line: str, *, shown: bool = False) -> None:
    results = tmp_path / "results"
    results.mkdir(exist_ok=True)
    launch(["sh", "-c", line], tmp_path, results, shown=shown)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("echo bad luck >&2; exit 3", "the program failed: bad luck$"),
        ("echo so far; exit 3", "the program failed: so far$"),
        ("exit 3", "the program failed: it ended with exit code 3 and printed no message"),
        ("kill -SEGV $$", r"the program failed: it was ended by signal 11 \(SIGSEGV: Segmentation fault\)"),
        ("echo nearly >&2; kill -ABRT $$", r"the program failed: nearly \(it was ended by signal 6 \(SIGABRT"),
        ("echo Error reading x: file size 24 >&2", "went on with old values: Error reading x: file size 24; give"),
    ],
)
def test_a_program_that_fails_is_an_error_that_says_how(tmp_path, line, told):
    with pytest.raises(SimulationError, match=told):
        run(tmp_path, line)


def test_what_it_prints_is_kept_with_the_results_or_shown(tmp_path, capfd):
    line = "echo $PWD; echo $TMPDIR; echo careful >&2"
    run(tmp_path, line)
    results = tmp_path / "results"
    assert (results / "stdout.txt").read_text().splitlines() == [str(tmp_path), str(results)]
    assert capfd.readouterr() == ("", "")
    run(tmp_path, line, shown=True)
    assert capfd.readouterr() == (f"{tmp_path}\n{results}\n", "careful\n")


def test_an_interrupt_ends_the_program_and_is_raised(tmp_path):
    """Brian2 tells the program to stop, and takes what it has by then for the results of a whole run."""
    script = """
        import sys
        from pathlib import Path
        from brian2 import Network
        from spikenet.scripts.launching import launch
        try:
            line = "trap '' INT; touch started; sleep 30; touch finished"
            launch(["sh", "-c", line], Path("."), Path("."), shown=True)
        except KeyboardInterrupt:
            print("interrupted")
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        wait_until(lambda: (tmp_path / "started").exists())
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "interrupted\n"
    assert not (tmp_path / "finished").exists()


def wait_until(done) -> None:
    for _ in range(300):
        if done():
            return
        time.sleep(0.1)
    raise AssertionError("waited in vain")


class Owner:
    """Whom a folder is for."""


def test_a_folder_is_removed_with_its_owner_or_earlier():
    for end in (lambda owner, remove: remove(), lambda owner, remove: owner.clear()):
        owners = [Owner()]
        folder, remove = folder_for(owners[0])
        assert folder.is_dir()
        end(owners, remove)
        gc.collect()
        assert not folder.exists()


@pytest.mark.parametrize(
    "ended_by", ["TERM", "KILL", *(pytest.param(one, marks=pytest.mark.slow) for one in ("HUP", "INT", "sys.exit()"))]
)
def test_a_folder_does_not_outlast_its_process_whatever_ends_it(tmp_path, ended_by):
    how = f"os.kill(os.getpid(), signal.SIG{ended_by})" if ended_by.isupper() else ended_by
    code = f"""
        import os, signal, sys
        from spikenet.scripts.launching import folder_for
        class Owner: pass
        owner = Owner()
        folder, _ = folder_for(owner)
        (folder / "results").write_text("1")
        {how}
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=os.environ | {"TMPDIR": str(tmp_path)}, capture_output=True
    )
    wait_until(lambda: not list(tmp_path.glob("spikenet-*")))


def test_a_fork_leaves_the_folder_alone():
    owner = Owner()
    folder, _ = folder_for(owner)
    child = os.fork()
    if not child:
        del owner
        gc.collect()
        os._exit(0)
    os.waitpid(child, 0)
    assert folder.is_dir()
