import io

import pytest
from rich.console import Console

from spikenet.errors import InvalidValueError
from spikenet.experiments import progress
from spikenet.experiments.progress import show_progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set."""
    now = {"seconds": 0.0}
    monkeypatch.setattr(progress.time, "monotonic", lambda: now["seconds"])
    return now


def test_without_a_terminal_lines_are_sparse_and_tell_the_time_left(clock):
    console = Console(file=io.StringIO())
    with show_progress(console, "embed [1]", 100) as advance:
        for _ in range(50):
            clock["seconds"] += 1
            advance(2)
    assert console.file.getvalue().splitlines() == [
        "embed [1]: 20 of 100, 40 s left",
        "embed [1]: 40 of 100, 30 s left",
        "embed [1]: 60 of 100, 20 s left",
        "embed [1]: 80 of 100, 10 s left",
    ]


def test_whoever_reports_a_fraction_moves_the_same_bar(clock):
    console = Console(file=io.StringIO())
    with show_progress(console, "simulate", 40) as advance:
        clock["seconds"] = 15.0
        advance.at(0.25)
    assert console.file.getvalue() == "simulate: 10 of 40, 45 s left\n"


def on_terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=80)


def test_a_terminal_shows_a_bar_and_clears_it():
    console = on_terminal()
    with show_progress(console, "train [x]", 5) as advance:
        advance(2)
    text = console.file.getvalue()
    assert "train [x]" in text
    assert "2/5" in text
    assert text.endswith("\x1b[2K")


def test_bars_may_be_nested():
    console = on_terminal()
    with show_progress(console, "sweep", 3) as sweep:
        with show_progress(console, "train", 5) as train:
            train()
        sweep()
    text = console.file.getvalue()
    assert "train" in text
    assert "1/3" in text


def test_progress_over_nothing_is_refused():
    with pytest.raises(InvalidValueError, match="at least 1"), show_progress(Console(), "x", 0):
        pass
