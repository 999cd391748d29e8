"""The cache of compiled projects: found again, safe side by side, whole or not there."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from spikenet.engine import project as module
from spikenet.engine.cpp import Cpp
from spikenet.engine.cpp_target import CppTarget
from spikenet.engine.cuda_target import CudaTarget
from spikenet.engine.engine import simulate
from spikenet.engine.job import Timing, plan
from spikenet.engine.project import (
    cached_projects,
    clear_cache,
    project_for,
)
from spikenet.errors import BuildError
from spikenet.machine import cache_folder
from spikenet.neurons import FHN, NeuronModel

ENGINE = Path(module.__file__).parent
# The project of FHN's contract (tests/contracts), so that it is compiled once for both.
SETTINGS = {
    "settle": 200 * FHN.dt,
    "record": 1000 * FHN.dt,
    "sample_dt": 10 * FHN.dt,
    "keep": ("mean", "trace", "final"),
}
SCRIPT = """
    import sys
    import numpy as np
    from spikenet.engine.engine import simulate
    from spikenet.neurons import FHN

    dt, keep = FHN.dt, ("mean", "trace", "final")
    recording = simulate(FHN, [[0.1, 0.2]], settle=200*dt, record=1000*dt, sample_dt=10*dt, keep=keep)
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


def executable(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture(scope="module")
def warm() -> Path:
    """The session's cache, with the project of this file in it."""
    fhn()
    return cache_folder()


@pytest.fixture
def cold(tmp_path, monkeypatch, warm) -> Path:
    """An empty cache, but for the compiled standard headers."""
    folder = tmp_path / "a cache"
    shutil.copytree(warm / "headers", folder / "headers")
    monkeypatch.setenv("SPIKENET_CACHE", str(folder))
    return folder


def test_a_second_simulation_needs_neither_a_compiler_nor_brian2(warm, tmp_path):
    """In a fresh process with an empty PATH."""
    values, imported = finish(start(PATH=str(tmp_path)))
    ours = fhn()
    assert values.split() == [number.hex() for number in [*ours.mean[0], *ours.final[0]]]
    assert imported == "False"


def test_parameters_drives_starts_and_seeds_need_no_compiler(warm, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    before = fhn()
    for other in (
        fhn(model=FHN(epsilon=0.2)),
        fhn(model=FHN(a=0.3, tau="2 ms")),
        fhn(model=FHN.with_initial(x=1.5)),
        fhn(drive=[[0.4, 0.5]]),
    ):
        assert (other.final != before.final).all()
    np.testing.assert_array_equal(fhn(seed=7).final, before.final)
    assert fhn(drive=np.zeros((300, 11))).mean.shape == (300, 11)
    np.testing.assert_array_equal(fhn(engine=Cpp(threads=1, chunk=128)).final, before.final)


def test_what_needs_another_binary_says_that_there_is_no_compiler(warm, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"no C\+\+ compiler was found; install g\+\+, or set CXX"):
        fhn(record="2.5 ms")


def test_twenty_simulations_leave_the_cache_as_it_is(warm):
    before = files(warm)
    for run in range(20):
        fhn(drive=np.full((1, 2), run / 50), model=FHN(epsilon=0.05 + run / 100), seed=run)
    assert files(warm) == before


def test_a_second_simulation_costs_little_beyond_its_program(warm):
    """The bar is 50 ms; 4 ms are usual, and this is a machine that does other things, so the best of ten."""
    beyond = []
    for run in range(10):
        started = time.perf_counter()
        recording = fhn(drive=np.full((20, 50), run / 50))
        beyond.append(time.perf_counter() - started - recording.made["binary_seconds"])
    assert min(beyond) < 0.05


def test_a_fresh_process_has_its_first_result_soon(warm):
    """The bar is 0.5 s beyond the imports that a user's script makes anyway (NumPy); the best of three."""
    timed = "import time, numpy; started = time.perf_counter()\n" + textwrap.dedent(SCRIPT)
    seconds = [float(finish(start(timed + "print(time.perf_counter() - started)"))[-1]) for _ in range(3)]
    assert min(seconds) < 0.5


def test_a_killed_build_leaves_nothing_broken_and_two_at_once_make_one_project(cold, warm):
    """Killed while Brian2 generates, which goes on; killed with its compiler; then two start the same build at once."""
    kill_once_there_is(cold, "job.json", os.kill)
    kill_once_there_is(cold, "main.cpp", os.killpg)
    assert cached_projects() == []
    two = [start(), start()]
    values = [finish(process)[0].split() for process in two]
    ours = [number.hex() for number in [*fhn().mean[0], *fhn().final[0]]]
    assert values == [ours, ours]
    (project,) = cached_projects()
    assert [path for path in (cold / "projects").iterdir() if path.suffix != ".making"] == [project.path]


def test_projects_are_listed_and_cleared(cold, warm):
    one = next(path for path in (warm / "projects").iterdir() if path.is_dir())
    shutil.copytree(one, cold / "projects" / "one")
    shutil.copytree(one, cold / "projects" / "two")
    os.utime(cold / "projects" / "one" / "main", (1e9, 1e9))
    listed = cached_projects()
    assert [project.path.name for project in listed] == ["two", "one"]  # the one used last first
    assert listed[0].bytes == sum(files(one).values())
    assert listed[0].model == json.loads((one / "job.json").read_text())["model"]["name"]
    assert listed[1].last_used.timestamp() == 1e9
    (cold / "projects" / "three.17.making").mkdir()  # somebody was killed
    (cold / "projects" / "three.17.making" / "main.cpp").write_text("int main() {}")
    everything = sum(files(cold).values())
    assert clear_cache() == everything
    assert cached_projects() == [] and files(cold) == {}
    assert clear_cache() == 0


def test_clearing_leaves_alone_what_is_being_built(cold):
    building = cold / "projects" / "three.17.making"
    building.mkdir(parents=True)
    (building / "main.cpp").write_text("int main() {}")
    holder = start(
        f"""
        import fcntl, time
        file = open({str(cold / "projects" / "three.lock")!r}, "w")
        fcntl.flock(file, fcntl.LOCK_EX)
        print("held", flush=True)
        time.sleep(60)
        """
    )
    try:
        assert holder.stdout.readline() == "held\n"
        clear_cache()
        assert (building / "main.cpp").exists()
    finally:
        os.killpg(holder.pid, signal.SIGKILL)
        holder.communicate()
    clear_cache()
    assert not building.exists()


def a_project(cache: Path, job: str) -> Path:
    """A folder that looks like one."""
    folder = cache / "projects" / "abc"
    folder.mkdir(parents=True)
    (folder / "job.json").write_text(job)
    (folder / "main").write_text("12345")
    return folder


def test_what_cannot_be_removed_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("SPIKENET_CACHE", str(tmp_path))
    a_project(tmp_path, "{}")
    monkeypatch.setattr(module.shutil, "rmtree", lambda *args, **kwargs: None)
    with pytest.raises(BuildError, match="1 of the compile cache's folders cannot be removed, such as .*abc.* 0.0 MB"):
        clear_cache()


def test_a_lock_of_somebody_else_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("SPIKENET_CACHE", str(tmp_path))
    folder = a_project(tmp_path, "{}")

    def refused(*args):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refused)
        assert clear_cache() == 0
    assert folder.is_dir()


@pytest.mark.parametrize("job", ['{"model', "{}", ""])
def test_a_project_that_cannot_be_read_is_not_listed_but_cleared(monkeypatch, tmp_path, job):
    monkeypatch.setenv("SPIKENET_CACHE", str(tmp_path))
    a_project(tmp_path, job)
    assert cached_projects() == []
    assert clear_cache() == len(job) + 5


@pytest.mark.parametrize("source", ["blocks.py", "templates/spikenet_stream.h"])
def test_the_key_changes_with_what_the_program_is_made_of(monkeypatch, tmp_path, source):
    """A program of 128 neurons a block would write beyond arrays that are padded to 64."""
    package = tmp_path / "spikenet"
    shutil.copytree(Path(module.__file__).parent.parent, package, ignore=shutil.ignore_patterns("__pycache__", "data"))
    monkeypatch.setattr(module, "_HERE", package / "engine")
    own = CppTarget.generators

    def digest():
        return module.generators_digest.__wrapped__(own)  # it is worked out once a process

    before = digest()
    assert digest() == before == module.generators_digest(own)
    path = package / "engine" / source
    path.write_text(path.read_text().replace("128", "64") + "\n")
    assert digest() != before


@pytest.mark.parametrize("target", [CppTarget, CudaTarget])
def test_all_that_a_generator_imports_and_every_template_is_in_the_key(target):
    found = set(module._GENERATORS) | set(target.generators)
    todo = {Path(f"{target.generator.rpartition('.')[2]}.py")}
    while todo:
        name = todo.pop()
        assert str(name) in found, name
        imports = re.findall(r"^from spikenet\.engine\.(\w+) import", (ENGINE / name).read_text(), re.MULTILINE)
        todo |= {Path(f"{other}.py") for other in imports} - {Path(one) for one in found}
    kind = {CppTarget: ".cpp", CudaTarget: ".cu"}[target]
    templates = {f"templates/{path.name}" for path in (ENGINE / "templates").iterdir() if path.suffix in (kind, ".h")}
    assert templates <= found


def test_a_use_is_remembered(warm):
    job, _ = plan(
        FHN, np.zeros((1, 2)), Timing(200 * FHN.dt, 1000 * FHN.dt, None, 10 * FHN.dt), keep=("mean", "trace", "final")
    )
    folder = project_for(job, CppTarget())
    os.utime(folder / "main", (1e9, 1e9))
    assert project_for(job, CppTarget()) == folder
    assert (folder / "main").stat().st_mtime > 1e9 + 1


def test_a_cache_that_cannot_be_written_is_a_clear_error(monkeypatch, tmp_path):
    """A file stands where the folder should be: that stops the superuser too."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPIKENET_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(BuildError, match="cannot write to the compile cache .*file/cache.*set SPIKENET_CACHE"):
        fhn()


def test_the_compilers_own_cause_is_shown_and_no_project_is_left(cold, monkeypatch, tmp_path):
    executable(tmp_path / "cxx", "echo 'main.cpp:1:2: error: the disk is made of cheese' >&2; exit 1")
    monkeypatch.setenv("CXX", str(tmp_path / "cxx"))
    with pytest.raises(BuildError, match="the disk is made of cheese") as caught:
        fhn()
    assert len(str(caught.value).splitlines()) <= 6
    assert cached_projects() == []
    assert not list((cold / "projects").glob("*.making"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dv/dt = (i_in - v)/tau + strange : 1", "strange"),
        ("dv/dt = (i_in - v)/tau**2 : 1", "unit"),
        ("dv/dt = (i_in - v))/tau : 1", "unmatched"),
    ],
)
def test_equations_that_brian2_refuses_are_an_error_in_its_own_words(cold, line, words):
    model = NeuronModel(name="odd", equations=f"{line}\ni_in : 1", outputs="v", parameters={"tau": "1 ms"})
    with pytest.raises(BuildError, match=f"Brian2 could not generate code: .*({words})") as caught:
        simulate(model, [[0.0]], record="1 ms")
    assert len(str(caught.value)) < 600
    assert cached_projects() == [] and not list((cold / "projects").glob("*.making"))
