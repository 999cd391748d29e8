import json
import os

import pytest

from spikenet.errors import RunFolderError
from spikenet.experiments import run_folder
from spikenet.experiments.cached_results import load_or_compute
from spikenet.experiments.run_folder import (
    KEPT,
    RESULT,
    check_target,
    find_partial_folders,
    open_first,
    open_run,
    partial_folder,
    read_config,
    read_result,
    target_of,
    write_result,
)

CONFIG = {"experiment": "x", "seeds": [1, 2], "options": {"epsilon": 0.05}}


def interrupt(target, *, keep: bool, config=CONFIG, resume=False):
    with pytest.raises(KeyboardInterrupt), open_run(target, config, resume=resume) as partial:
        if keep:
            load_or_compute(partial / KEPT, "piece", lambda: 1)
        raise KeyboardInterrupt


def test_a_run_is_there_complete_or_not_at_all(tmp_path):
    target = tmp_path / "new" / "run"
    with open_run(target, CONFIG, resume=False) as partial:
        (partial / "a.txt").write_text("a")
        load_or_compute(partial / KEPT, "piece", lambda: 1)
        assert partial == partial_folder(target)
        assert not target.exists()
    assert sorted(path.name for path in target.iterdir()) == ["a.txt", "config.toml"]
    assert list(target.parent.iterdir()) == [target]
    assert read_config(target) == CONFIG


def test_an_interrupted_run_without_pieces_leaves_nothing(tmp_path):
    interrupt(tmp_path / "run", keep=False)
    assert not list(tmp_path.iterdir())


def test_an_interrupted_run_with_pieces_waits_out_of_sight(tmp_path):
    interrupt(tmp_path / "run", keep=True)
    assert find_partial_folders(tmp_path, "run") == [tmp_path / ".run.partial"]
    assert target_of(tmp_path / ".run.partial") == tmp_path / "run"
    with open_run(tmp_path / "run", CONFIG, resume=True) as partial:
        assert load_or_compute(partial / KEPT, "piece", lambda: 2).value == 1
    assert (tmp_path / "run").is_dir()


def test_an_interrupted_run_is_not_thrown_away_by_a_new_one(tmp_path):
    interrupt(tmp_path / "run", keep=True)
    with pytest.raises(RunFolderError, match="--resume"), open_run(tmp_path / "run", CONFIG, resume=False):
        pytest.fail("started again")
    assert (tmp_path / ".run.partial" / KEPT / "piece.json").exists()


def test_what_a_killed_run_left_without_pieces_is_no_obstacle(tmp_path):
    (tmp_path / ".run.partial").mkdir()
    with open_run(tmp_path / "run", CONFIG, resume=False):
        pass
    assert (tmp_path / "run").is_dir()


def test_resuming_with_other_settings_is_refused_and_says_which(tmp_path):
    interrupt(tmp_path / "run", keep=True)
    other = CONFIG | {"seeds": [1, 2, 3]}
    with (
        pytest.raises(RunFolderError, match=r"seeds was \[1, 2\], now \[1, 2, 3\]"),
        open_run(tmp_path / "run", other, resume=True),
    ):
        pytest.fail("resumed")
    assert (tmp_path / ".run.partial" / KEPT / "piece.json").exists()


def test_resuming_nothing_is_refused(tmp_path):
    with pytest.raises(RunFolderError, match="leave out --resume"), open_run(tmp_path / "run", CONFIG, resume=True):
        pytest.fail("resumed")
    assert not list(tmp_path.iterdir())


def test_settings_that_cannot_be_read_are_named(tmp_path):
    interrupt(tmp_path / "run", keep=True)
    (tmp_path / ".run.partial" / "config.toml").write_text("experiment = ")
    with pytest.raises(RunFolderError, match="cannot be read"), open_run(tmp_path / "run", CONFIG, resume=True):
        pytest.fail("resumed")


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), lambda p: p.write_text("a"), lambda p: p.symlink_to("gone")])
def test_what_exists_is_never_written_over(tmp_path, make):
    target = tmp_path / "run"
    make(target)
    with pytest.raises(RunFolderError, match="exists"), open_run(target, CONFIG, resume=False):
        pytest.fail("started")
    assert list(tmp_path.iterdir()) == [target]


def test_the_root_folder_is_no_run():
    with pytest.raises(RunFolderError, match="exists"), open_run(os.path.abspath("/"), CONFIG, resume=False):
        pytest.fail("started")


def test_a_folder_that_came_into_being_meanwhile_stays_and_so_does_the_run(tmp_path):
    target = tmp_path / "run"
    with pytest.raises(RunFolderError, match="created"), open_run(target, CONFIG, resume=False) as partial:
        (partial / "a.txt").write_text("mine")
        target.mkdir()
    assert not list(target.iterdir())
    assert (partial_folder(target) / "a.txt").read_text() == "mine"


def test_a_place_that_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("a")
    with (
        pytest.raises(RunFolderError, match="cannot be written"),
        open_run(tmp_path / "file/run", CONFIG, resume=False),
    ):
        pytest.fail("started")


@pytest.mark.parametrize("place", ["file/run", "file/a/run", "locked/run", "locked/a/run", "link/run"])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_imported(tmp_path, monkeypatch, place):
    (tmp_path / "file").write_text("a")
    (tmp_path / "locked").mkdir()
    (tmp_path / "link").symlink_to("gone")
    monkeypatch.setattr(os, "access", lambda path, mode: "locked" not in str(path))  # the superuser may write anywhere
    with pytest.raises(RunFolderError, match="runs cannot be written in .*; choose another --out"):
        check_target(tmp_path / place)
    check_target(tmp_path / "new" / "run")
    assert not (tmp_path / "new").exists()


def test_a_second_writer_is_refused(tmp_path):
    with open_run(tmp_path / "run", CONFIG, resume=False) as partial:
        with (
            pytest.raises(RunFolderError, match=f"another process .pid {os.getpid()}."),
            open_run(tmp_path / "run", CONFIG, resume=False),
        ):
            pytest.fail("two writers")
        assert partial.is_dir()
    assert (tmp_path / "run").is_dir()


def test_json_is_strict(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_result(tmp_path, {"x": float("nan")})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", [None, "{", "3", "[[1]]", json.dumps({"experiment": "x"})])
def test_a_folder_without_a_result_is_named(tmp_path, text):
    if text:
        (tmp_path / RESULT).write_text(text)
    with pytest.raises(RunFolderError, match=RESULT):
        read_result(tmp_path)


def test_a_run_that_was_finished_while_this_one_started_is_not_written_over(tmp_path, monkeypatch):
    """Another process may publish the folder after the first look and before the lock."""
    monkeypatch.setattr(run_folder, "_make_parent", lambda parent: (parent / "run").mkdir())
    with pytest.raises(RunFolderError, match="exists"), open_run(tmp_path / "run", CONFIG, resume=False):
        pytest.fail("started")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_training_that_reached_no_checkpoint_leaves_nothing_to_resume(tmp_path):
    target = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt), open_run(target, CONFIG, resume=False) as partial:
        (partial / KEPT / "training some").mkdir(parents=True)
        raise KeyboardInterrupt
    assert not partial_folder(target).exists()
    with pytest.raises(KeyboardInterrupt), open_run(target, CONFIG, resume=False) as partial:
        (partial / KEPT / "training some").mkdir(parents=True)
        (partial / KEPT / "training some" / "epoch-0001.npz").touch()
        raise KeyboardInterrupt
    assert partial_folder(target).exists()


@pytest.mark.parametrize("place", [".", "kept", "log.txt", "dot.png", "kept/training x", ".dot.png.partial"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_run_that_leads_out_of_its_folder_is_not_resumed(tmp_path, place, link):
    """A foreign run folder wrote to where its links led."""
    interrupt(tmp_path / "run", keep=True)
    outside, partial = tmp_path / "outside", partial_folder(tmp_path / "run")
    path = partial / place
    if place in (".", "kept"):
        if link is os.link:
            pytest.skip("a folder has no hard links")
        path.rename(outside)
    else:
        outside.write_text("precious")
    link(outside, partial if place == "." else path)
    with pytest.raises(RunFolderError, match="is a link or a special file, and only what you wrote yourself"):
        open_run(tmp_path / "run", CONFIG, resume=True).__enter__()
    assert outside.is_dir() or outside.read_text() == "precious"


def test_what_somebody_else_wrote_is_not_resumed(tmp_path, monkeypatch):
    interrupt(tmp_path / "run", keep=True)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(RunFolderError, match=f"is of user {os.getuid()}, and only what you wrote yourself is resumed"):
        open_run(tmp_path / "run", CONFIG, resume=True).__enter__()


@pytest.mark.parametrize("name", [".run.lock", ".run.partial"])
def test_a_link_beside_the_run_is_not_followed(tmp_path, name):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / name).symlink_to("precious")
    with pytest.raises(RunFolderError, match="cannot be (written|made)"):
        open_run(tmp_path / "run", CONFIG, resume=False).__enter__()
    assert (tmp_path / "precious").read_text() == "precious"


def result(**changes) -> dict:
    return {
        "experiment": "x",
        "title": "t",
        "metrics": {"a": 97.25},
        "claims": [],
        "tables": [],
        "figures": [],
    } | changes


def test_a_changed_result_is_noticed(tmp_path):
    write_result(tmp_path, result())
    assert read_result(tmp_path) == result()
    whole = (tmp_path / RESULT).read_bytes()
    for place in range(len(whole)):
        for bit in (0, 3, 6):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            (tmp_path / RESULT).write_bytes(damaged)
            try:
                assert read_result(tmp_path) == result()
            except RunFolderError:
                pass
    (tmp_path / RESULT).write_bytes(whole.replace(b"97.25", b"98.25"))
    with pytest.raises(RunFolderError, match="changed after the run: its checksum is another one; restore it"):
        read_result(tmp_path)


def test_a_result_of_before_there_were_checksums_is_read(tmp_path):
    (tmp_path / RESULT).write_text(json.dumps(result()))
    assert read_result(tmp_path) == result()


@pytest.mark.parametrize("text", ["[" * 50_000, json.dumps(result(metrics=float("nan"))), json.dumps(result(other=1))])
def test_a_result_that_no_run_wrote_is_refused(tmp_path, text):
    (tmp_path / RESULT).write_text(text)
    with pytest.raises(RunFolderError, match=RESULT):
        read_result(tmp_path)


def test_runs_that_start_at_once_get_folders_of_their_own(tmp_path):
    targets = [tmp_path / name for name in ("run", "run.2", "run.3")]
    with (
        open_first(targets, CONFIG, resume=False) as (first, _),
        open_first(targets, CONFIG, resume=False) as (second, _),
    ):
        assert (first, second) == (targets[0], targets[1])
    with open_first(targets, CONFIG, resume=False) as (third, _):
        assert third == targets[2]
    with pytest.raises(RunFolderError, match="run.3 exists"):
        open_first(targets, CONFIG, resume=False).__enter__()
