"""Progress never goes back, is shown where it can be seen, and hands itself to those who ask for it."""

import io

import pytest
from rich.console import Console

from spikenet import progress as module
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.progress import Progress, silent


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set."""
    now = {"seconds": 0.0}
    monkeypatch.setattr(module.time, "monotonic", lambda: now["seconds"])
    return now


def file_console() -> Console:
    return Console(file=io.StringIO())


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=80)


def test_a_follower_gets_every_fraction():
    seen = []
    with Progress("x", seen.append) as progress:
        for fraction in (0.0, 0.25, 1.0):
            progress.at(fraction)
    assert seen == [0.0, 0.25, 1.0]


def test_it_never_goes_back():
    seen = []
    progress = Progress("x", seen.append)
    for fraction in (0.5, 0.2, 0.7):
        progress.at(fraction)
    assert seen == [0.5, 0.5, 0.7]


def test_steps_are_shares_of_the_total():
    seen = []
    progress = Progress("x", seen.append, total=4)
    progress.step()
    progress.step(2)
    assert seen == [0.25, 0.75]


def test_parts_make_a_whole():
    seen = []
    progress = Progress("x", seen.append)
    for low, high in ((0.0, 0.25), (0.25, 1.0)):
        for fraction in (0.0, 0.5, 1.0):
            progress.part(low, high).at(fraction)
    assert seen == [0.0, 0.125, 0.25, 0.25, 0.625, 1.0]


@pytest.mark.parametrize(("fraction", "whole"), [(0, 0.25), (0.5, 0.5), (1, 0.75)])
def test_a_part_lies_between_its_bounds(fraction, whole):
    seen = []
    Progress("x", seen.append).part(0.25, 0.75).at(fraction)
    assert seen == [whole]


def test_a_part_has_parts():
    seen = []
    Progress("x", seen.append).part(0.5, 1.0).part(0.5, 1.0).at(0.5)
    assert seen == [0.875]


def test_parts_of_given_sizes_follow_each_other():
    seen = []
    for part in Progress("x", seen.append).parts([10, 30]):
        part.at(0)
        part.at(1)
    assert seen == [0, 0.25, 0.25, 1]


def test_items_have_equal_shares():
    seen = []
    for item, part in Progress("x", seen.append).over(["a", "b"]):
        part.at(0.5)
        seen.append(item)
    assert seen == [0.25, "a", 0.75, "b"]


def test_silence_takes_the_place_of_a_follower(capsys):
    with Progress("x", silent) as progress:
        progress.at(0.5)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("follow", ["loud", 3, [print]])
def test_a_follower_that_cannot_be_called_is_refused(follow):
    with pytest.raises(InvalidTypeError, match="progress is .* wanted a function"):
        Progress("x", follow)


def test_progress_over_nothing_is_refused():
    with pytest.raises(InvalidValueError, match="at least 1"):
        Progress("x", total=0)


def test_a_bar_appears_after_two_seconds_and_goes_at_the_end(clock, monkeypatch, capsys):
    monkeypatch.setattr(module.sys.stderr, "isatty", lambda: True, raising=False)
    with Progress("simulating fhn") as progress:
        clock["seconds"] = 1.9
        progress.at(0.1)
        assert capsys.readouterr().err == ""
        clock["seconds"] = 2.1
        progress.at(0.4)
        assert progress._bar is not None
        assert progress._bar.tasks[0].completed == 0.4
        assert progress._bar.tasks[0].description == "simulating fhn"
        progress.at(0.6)
        assert progress._bar.tasks[0].completed == 0.6
        bar = progress._bar
    assert not bar.live.is_started


def test_a_pipe_gets_a_line_every_ten_seconds(clock, capsys):
    with Progress("simulating [b]") as progress:
        for seconds in range(1, 26):
            clock["seconds"] = seconds
            progress.at(seconds / 25)
    assert capsys.readouterr().err.splitlines() == ["simulating [b]: 40 %, 15 s left", "simulating [b]: 80 %, 5 s left"]


def test_many_steps_are_written_out(clock, capsys):
    with Progress("x", total=60_000) as progress:
        clock["seconds"] = 11
        progress.at(55_012.4 / 60_000)
    assert capsys.readouterr().err == "x: 55012 of 60000, 1 s left\n"


def test_what_takes_less_than_ten_seconds_says_nothing_in_a_pipe(clock, capsys):
    with Progress("x") as progress:
        clock["seconds"] = 9
        progress.at(0.5)
    assert capsys.readouterr() == ("", "")


def test_a_notebook_gets_a_line_that_changes_each_second(clock, monkeypatch):
    class OutStream(io.StringIO):
        """As notebooks have it in the place of standard error."""

    OutStream.__module__ = "ipykernel.iostream"
    monkeypatch.setattr(module.sys, "stderr", OutStream())
    with Progress("x", total=100) as progress:
        for seconds in (0.5, 1, 1.5, 2):
            clock["seconds"] = seconds
            progress.at(seconds / 10)
        shown = module.sys.stderr.getvalue()
    assert shown == "\rx: 10 of 100, 9 s left\rx: 20 of 100, 8 s left"
    assert module.sys.stderr.getvalue() == shown + "\r" + " " * 22 + "\r"


def test_a_process_without_standard_error_is_no_fault(clock, monkeypatch):
    monkeypatch.setattr(module.sys, "stderr", None)
    with Progress("x") as progress:
        clock["seconds"] = 60
        progress.at(0.5)


def test_a_console_that_is_no_terminal_gets_sparse_lines_with_the_time_left(clock):
    console = file_console()
    with Progress("embed [1]", total=100, console=console) as progress:
        for _ in range(50):
            clock["seconds"] += 1
            progress.step(2)
    assert console.file.getvalue().splitlines() == [
        "embed [1]: 20 of 100, 40 s left",
        "embed [1]: 40 of 100, 30 s left",
        "embed [1]: 60 of 100, 20 s left",
        "embed [1]: 80 of 100, 10 s left",
    ]


def test_steps_and_fractions_move_the_same_progress(clock):
    console = file_console()
    with Progress("simulate", total=40, console=console) as progress:
        clock["seconds"] = 15.0
        progress.at(0.25)
    assert console.file.getvalue() == "simulate: 10 of 40, 45 s left\n"


def test_a_terminal_shows_a_bar_and_clears_it():
    console = terminal()
    with Progress("train [x]", total=5, console=console) as progress:
        progress.step(2)
    text = console.file.getvalue()
    assert "train [x]" in text
    assert "2/5" in text
    assert text.endswith("\x1b[2K")


def test_bars_may_be_nested():
    console = terminal()
    with Progress("sweep", total=3, console=console) as sweep:
        with Progress("train", total=5, console=console) as train:
            train.step()
        sweep.step()
    text = console.file.getvalue()
    assert "train" in text
    assert "1/3" in text
