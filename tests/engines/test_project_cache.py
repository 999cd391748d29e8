"""The cache of compiled projects: safe side by side, listed and cleared, whole or not there."""

import json
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from spikenet.engines.standalone import cache_entries
from spikenet.engines.standalone.project import cached_projects, clear_cache
from spikenet.errors import BuildError
from tests.engines.caches import fhn, files, finish, kill_once_there_is, start


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


def test_a_listed_project_says_what_it_records_for_how_long_and_by_what(cold):
    for name, more in (("cpp", {}), ("cuda", {"toolchain": None}), ("script", None), ("broken", [])):
        folder = cold / "projects" / name
        folder.mkdir(parents=True)
        (folder / "main").touch()
        spec = {"model": {"name": "fhn"}, "record": ["mean", "trace"], "variable": "x", "precision": "float32"}
        spec |= {"steps": {"dt": 1e-4, "settle": 10, "record": 1000, "sample": 10}}
        spec = {"model": {"name": "a script (x)"}} if more is None else more if more == [] else spec | more
        (folder / "job.json").write_text(json.dumps(spec))
    found = {project.path.name: project for project in cached_projects()}
    assert found.keys() == {"cpp", "cuda", "script"}
    one = found["cpp"]
    assert (one.record, one.variable, one.precision, one.engine) == (("mean", "trace"), "x", "float32", "cpp")
    assert one.duration == pytest.approx(0.1)
    assert found["cuda"].engine == "cuda"
    assert (found["script"].record, found["script"].duration) == ((), None)


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
    monkeypatch.setattr(cache_entries.shutil, "rmtree", lambda *args, **kwargs: None)
    with pytest.raises(BuildError, match=r"1 folder\(s\) of .* cannot be removed, such as .*abc.* 0.0 MB"):
        clear_cache()


def test_clearing_removes_temporary_files_of_processes_that_are_gone(monkeypatch, tmp_path):
    monkeypatch.setenv("SPIKENET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "spikenet-scratch-17-left").mkdir()
    assert clear_cache() == 0
    assert list(tmp_path.iterdir()) == []


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


def test_a_cache_that_cannot_be_written_is_a_clear_error(monkeypatch, tmp_path):
    """A file stands where the folder should be: that stops the superuser too."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPIKENET_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(BuildError, match="cannot write to the compile cache .*file/cache.*set SPIKENET_CACHE"):
        fhn()
