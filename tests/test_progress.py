"""Progress goes forward, stays silent while it may, and hands itself to whoever asks."""

import pytest

from spikenet import progress as module
from spikenet.errors import InvalidTypeError
from spikenet.progress import Progress


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


def test_parts_make_a_whole():
    seen = []
    progress = Progress("x", seen.append)
    for low, high in ((0.0, 0.25), (0.25, 1.0)):
        for fraction in (0.0, 0.5, 1.0):
            progress.part(low, high).at(fraction)
    assert seen == [0.0, 0.125, 0.25, 0.25, 0.625, 1.0]


def test_a_part_has_parts():
    seen = []
    Progress("x", seen.append).part(0.5, 1.0).part(0.5, 1.0).at(0.5)
    assert seen == [0.875]


@pytest.mark.parametrize("follow", ["loud", 3, [print]])
def test_a_follower_that_cannot_be_called_is_refused(follow):
    with pytest.raises(InvalidTypeError, match="progress is .* wanted a function"):
        Progress("x", follow)


def test_a_bar_appears_after_two_seconds_and_goes_at_the_end(monkeypatch, capsys):
    clock = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(module.sys.stderr, "isatty", lambda: True, raising=False)
    with Progress("simulating fhn") as progress:
        clock[0] = 1.9
        progress.at(0.1)
        assert capsys.readouterr().err == ""
        clock[0] = 2.1
        progress.at(0.4)
        assert progress._bar is not None
        assert progress._bar.tasks[0].completed == 0.4
        assert progress._bar.tasks[0].description == "simulating fhn"
        bar = progress._bar
    assert not bar.live.is_started


def test_without_a_terminal_nothing_is_shown(monkeypatch, capsys):
    monkeypatch.setattr(module.time, "monotonic", iter(range(0, 1000, 10)).__next__)
    with Progress("x") as progress:
        progress.at(0.5)
    assert capsys.readouterr().err == ""
