"""The folder that a user names for a project."""

import pytest
from brian2 import ms, run

import spikenet as sn
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.scripts.directory import check_directory
from tests.scripts.conftest import idle


@pytest.mark.parametrize("name", ["main.cpp", "makefile", "main", "objects.h", "run.cu"])
def test_files_of_others_are_not_overwritten(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(InvalidValueError, match=f"has a {name} that no sn.device wrote"):
        with sn.device("cpp", directory=tmp_path):
            idle()
    assert (tmp_path / name).read_text() == "mine"


def test_other_files_and_a_project_of_before_may_be_there(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    check_directory(tmp_path)
    for name in ("main.cpp", "makefile"):
        (tmp_path / name).write_text('getenv("SPIKENET_SEED")')
    check_directory(str(tmp_path))
    check_directory(None)


def test_a_directory_is_a_path():
    with pytest.raises(InvalidTypeError, match="directory is 5, wanted a path or None"):
        check_directory(5)
    with pytest.raises(InvalidValueError, match="no null characters"):
        check_directory("a\0b")


def test_names_of_folders_may_have_any_letters(tmp_path, monkeypatch):
    """The program is compiled in the cache; what reaches a shell is quoted."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "a b'\"$(touch oops)`#%=\n\u00fc\u6f22;&"
    with sn.device("cpp", directory=folder, seed=1) as script:
        cells = idle()
        cells.v = 0.5
        run(1 * ms)
        script.run({cells.v: 0.25})
        assert 0.2 < cells.v[0] < 0.25
    assert script.folder == folder and not list(tmp_path.rglob("oops"))
