"""Whatever bytes a file holds, reading it ends well or with a SpikenetError; tools/fuzz_readers.py does it for long."""

import importlib.util
import shutil

import pytest

from tests.pages import ROOT


@pytest.fixture
def fuzz():
    spec = importlib.util.spec_from_file_location("fuzz_readers", ROOT / "tools" / "fuzz_readers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    shutil.rmtree(module.FOLDER)


def test_changed_files_are_read_or_refused(fuzz, monkeypatch):
    monkeypatch.setenv("SPIKENET_CACHE", str(fuzz.FOLDER / "cache"))
    fuzz.fuzz_plainly(seconds=60, tries=100)
    assert not fuzz.UNCAUGHT
    assert min(fuzz.TRIES.values()) == 100
    assert sum(fuzz.REFUSED.values()) > 500


def test_a_reader_that_lets_an_error_through_is_found(fuzz):
    def read(content):
        raise KeyError("settings")

    fuzz.try_one([("broken", (read, b""))], b"\0abc")
    assert [kind for _, kind, _ in fuzz.UNCAUGHT] == ["KeyError"]
