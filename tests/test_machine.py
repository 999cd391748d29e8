"""Cores that may be used, whatever the system and Python have to say of them, and where the cache is."""

import os
import re
from pathlib import Path

import pytest

import spikenet
from spikenet.errors import InvalidValueError
from spikenet.machine import cache_folder, usable_cores


@pytest.mark.parametrize(
    ("answers", "cores"),
    [
        ({"process_cpu_count": 3, "sched_getaffinity": {0, 4}, "cpu_count": 9}, 3),
        ({"process_cpu_count": None, "cpu_count": 9}, 1),
        ({"sched_getaffinity": {0, 4}, "cpu_count": 9}, 2),
        ({"cpu_count": 9}, 9),
        ({"cpu_count": None}, 1),
    ],
)
def test_the_most_telling_source_is_asked(monkeypatch, answers, cores):
    for name in ("process_cpu_count", "sched_getaffinity", "cpu_count"):
        monkeypatch.delattr(os, name, raising=False)
    for name, answer in answers.items():
        monkeypatch.setattr(os, name, lambda *_, answer=answer: answer, raising=False)
    assert usable_cores() == cores


def test_there_is_one_home_for_the_number_of_cores():
    package = Path(spikenet.__file__).parent
    asking = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"\b(cpu_count|sched_getaffinity|process_cpu_count)\(", path.read_text(encoding="utf-8"))
    }
    assert asking == {"machine.py"}


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("SPIKENET_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
    monkeypatch.setenv("SPIKENET_CACHE", "~/mine")
    assert cache_folder() == Path.home() / "mine"
    monkeypatch.setenv("SPIKENET_CACHE", "~nouser/mine")
    with pytest.raises(InvalidValueError, match="SPIKENET_CACHE is '~nouser/mine', and there is no such user"):
        cache_folder()
    monkeypatch.setenv("SPIKENET_CACHE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder().name == "spikenet" and tmp_path / "xdg" in cache_folder().parents
