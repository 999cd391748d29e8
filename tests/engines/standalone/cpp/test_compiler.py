"""Which compiler, and what it says when it fails. Nothing of weight is compiled here."""

import os
import stat
from pathlib import Path

import pytest

from spikenet.engines.standalone.cpp import target as compiler
from spikenet.engines.standalone.cpp.target import (
    HEADER,
    compile_headers,
    compile_project,
    compiler_command,
    compiler_flags,
    compiler_identity,
    known_flags,
)
from spikenet.errors import BuildError, InvalidValueError

MAKEFILE = """
OBJS = main.o
DEPS = make.deps
main: $(OBJS) $(DEPS)
\t$(CXX) $(OBJS) -o main
%.o: %.cpp
\t$(CXX) -c $< -o $@
"""


@pytest.fixture
def project(tmp_path) -> Path:
    """A folder with a space in its name, and sources of one line."""
    folder = tmp_path / "a project"
    folder.mkdir()
    (folder / "makefile").write_text(MAKEFILE)
    (folder / HEADER).write_text("const int answer = 42;\n")
    (folder / "main.cpp").write_text("int main() { return answer; }\n")
    return folder


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_project_is_made_with_the_headers_included(project):
    compile_project(project, project)
    assert os.waitstatus_to_exitcode(os.system(f"'{project}/main'")) == 42  # noqa: S605


@pytest.mark.parametrize(
    "name", ["a $(touch PWNED) $HOME `touch PWNED`", "'#%;&\"", "new\nline", "umläute", os.fsdecode(b"\xff")], ids=repr
)
def test_names_of_folders_reach_neither_make_nor_a_shell(project, tmp_path, name):
    headers = tmp_path / name / "headers"
    headers.mkdir(parents=True)
    (project / HEADER).rename(headers / HEADER)
    here = project.rename(tmp_path / name / "project")
    compile_project(here, headers)
    assert (here / "main").exists() and not list(tmp_path.rglob("PWNED"))


@pytest.mark.parametrize("compiler", ["g++ 'a", 'g++ "', "g++ \\"])
def test_a_compiler_that_cannot_be_read_as_words_is_an_error(monkeypatch, compiler):
    monkeypatch.setenv("CXX", compiler)
    with pytest.raises(InvalidValueError, match=r"CXX is .*g\+\+.*, which cannot be read as words"):
        compiler_command()


def test_options_of_the_compiler_are_not_read_by_make(project, monkeypatch):
    """make's own sign is doubled; a line break, which it cannot take, is refused."""
    monkeypatch.setenv("CXX", "g++ '-DSOME=$(shell touch PWNED)'")
    (project / "main.cpp").write_text("int main() { return answer; }\n")
    compile_project(project, project)
    assert not (project / "PWNED").exists()
    monkeypatch.setenv("CXX", "g++ '-DSOME=1\n2'")
    with pytest.raises(BuildError, match="make cannot take a line break"):
        compile_project(project, project)


def test_an_error_in_the_sources_is_shown_without_a_page_of_log(project):
    (project / "main.cpp").write_text("int main() { return answers; }\n")
    with pytest.raises(BuildError) as caught:
        compile_project(project, project)
    message = str(caught.value)
    assert message.startswith("the C++ compiler failed:\n  main.cpp:1:")
    assert "answers" in message and "not declared" in message
    assert len(message.splitlines()) <= 6


def test_a_missing_function_is_shown(project):
    (project / "main.cpp").write_text("int elsewhere(); int main() { return elsewhere(); }\n")
    with pytest.raises(BuildError, match="undefined reference to `elsewhere"):
        compile_project(project, project)


def test_a_compiler_that_says_nothing_known_is_quoted(project, monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", script(tmp_path / "broken", "echo 'the licence has run out' >&2; exit 1"))
    with pytest.raises(BuildError, match="the licence has run out|Error 1"):
        compile_project(project, project)


def test_without_make_the_error_says_what_to_install(project, monkeypatch):
    monkeypatch.setenv("PATH", str(project))
    with pytest.raises(BuildError, match="make was not found; install it .*spikenet doctor"):
        compile_project(project, project)


def test_the_compiler_may_have_several_words(project, monkeypatch, tmp_path):
    wrapper = script(tmp_path / "wrapper", f'echo "$@" >> "{tmp_path}/log"; exec "$@"')
    monkeypatch.setenv("CXX", f"{wrapper} g++ -DSOME")
    assert compiler_command() == [wrapper, "g++", "-DSOME"]
    assert compiler_identity()[0] == wrapper and compiler_identity()[3:] == ["g++", "-DSOME"]
    compile_project(project, project)
    assert "g++ -DSOME -include" in (tmp_path / "log").read_text()


def test_a_new_compiler_is_another_one(monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", script(tmp_path / "cxx", "exit 0"))
    before = compiler_identity()
    assert before == compiler_identity()
    script(tmp_path / "cxx", "exit 0 # version 2")
    assert compiler_identity() != before


@pytest.mark.parametrize("named", ["no-such-compiler", "/no/such/compiler"])
def test_no_compiler_is_none(monkeypatch, named):
    monkeypatch.setenv("CXX", named)
    assert compiler_identity() is None


def test_an_empty_name_is_none_at_all(monkeypatch):
    monkeypatch.setenv("CXX", "")
    assert compiler_command() == ["g++"]


def test_wide_vectors_are_asked_for_where_there_are_any(monkeypatch):
    monkeypatch.setattr(compiler, "processor", lambda: "x86_64 sse avx2")
    assert "-mprefer-vector-width=512" not in compiler_flags()
    monkeypatch.setattr(compiler, "processor", lambda: "x86_64 avx2 avx512f")
    assert "-mprefer-vector-width=512" in compiler_flags()
    assert {"-O3", "-march=native"} <= set(compiler_flags())


def test_flags_that_the_compiler_does_not_know_are_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr(compiler, "processor", lambda: "x86_64 avx512f")
    assert known_flags(compiler_flags()) == list(compiler_flags())
    log = tmp_path / "log"
    old = f'echo "$@" >> "{log}"; case "$*" in *-mprefer-vector-width*) exit 1;; esac'
    monkeypatch.setenv("CXX", script(tmp_path / "old", old))
    assert known_flags(compiler_flags()) == [flag for flag in compiler_flags() if "vector-width" not in flag]
    assert len(log.read_text().splitlines()) == 1 + len(compiler_flags())


def test_headers_that_cannot_be_compiled_are_left_as_text(monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", "false")
    compile_headers(tmp_path)
    assert "#include <random>" in (tmp_path / HEADER).read_text()
    assert [path.name for path in tmp_path.iterdir()] == [HEADER]
