"""Programs are found again by their sources and their compiler. The compiler is a fake that counts."""

from pathlib import Path

import pytest

from spikenet.engines.standalone.project import cached_projects
from spikenet.errors import BuildError
from spikenet.scripts.binary import binary_for


class Counting:
    """A target whose compiler writes down how often it was called."""

    def __init__(self, version: int = 1):
        self.version, self.calls = version, 0

    def environment(self) -> dict:
        return {}

    def compiler(self) -> list | None:
        return [self.version] if self.version else None

    def no_compiler_error(self) -> BuildError:
        return BuildError("no compiler")

    def compile(self, folder: Path) -> None:
        assert (folder / "code_objects" / "a.cpp").exists() and not (folder / "results").exists()
        self.calls += 1
        (folder / "main").write_text(f"program {self.version}")


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("SPIKENET_CACHE", str(tmp_path / "cache"))

    def make(name: str, source: str = "int a;") -> Path:
        for folder in ("code_objects", "results", "static_arrays"):
            (tmp_path / name / folder).mkdir(parents=True)
        (tmp_path / name / "code_objects" / "a.cpp").write_text(source)
        (tmp_path / name / "makefile").write_text("all:")
        (tmp_path / name / "static_arrays" / "values.dat").write_text(name)  # data is none of the program's
        return tmp_path / name

    return make


def test_the_same_sources_are_compiled_once(project):
    target = Counting()
    for name in ("one", "another"):
        binary_for(folder := project(name), "cpp", target)
        assert (folder / "main").read_text() == "program 1"
    binary_for(folder, "cpp", target)  # the program beside them is no source
    assert target.calls == 1
    assert [found.model for found in cached_projects()] == ["a script (cpp)"]


def test_what_else_is_in_the_folder_is_no_source(project):
    target = Counting()
    for name in ("one", "another"):
        folder = project(name)
        for file in ("notes", "data/huge.h", "code_objects/a.cpp~"):
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(name)
        binary_for(folder, "cpp", target)
    assert target.calls == 1 and not list(cached_projects()[0].path.rglob("huge.h"))


def test_other_sources_or_another_compiler_are_another_program(project):
    target, newer = Counting(), Counting(2)
    binary_for(project("one"), "cpp", target)
    binary_for(project("other", "int b;"), "cpp", target)
    binary_for(project("again"), "cpp", newer)
    assert (target.calls, newer.calls) == (2, 1)


def test_without_a_compiler_the_target_tells(project):
    with pytest.raises(BuildError, match="no compiler"):
        binary_for(project("one"), "cpp", Counting(0))
