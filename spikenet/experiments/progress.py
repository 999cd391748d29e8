"""Progress with the time left: a bar on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from spikenet.errors import InvalidValueError

LINE_EVERY = 10.0  # seconds between lines where there is no terminal


class Advance:
    """Call it with the steps just done; or hand ``at`` to whoever reports the part that is done, from 0 to 1."""

    def __init__(self, total: int, show: Callable[[float], None]):
        self._done, self._total, self._show = 0.0, total, show

    def __call__(self, steps: float = 1) -> None:
        self._done += steps
        self._show(self._done)

    def at(self, fraction: float) -> None:
        self._done = fraction * self._total
        self._show(self._done)


@contextmanager
def show_progress(console: Console, description: str, total: int) -> Iterator[Advance]:
    """Gives the ``Advance`` to call as the work goes on; may be nested."""
    if total < 1:
        raise InvalidValueError(f"progress of {description!r} over {total} steps; give at least 1")
    shown = _bar if console.is_terminal else _lines
    with shown(console, description, total) as show:
        yield Advance(total, show)


@contextmanager
def _bar(console: Console, description: str, total: int) -> Iterator[Callable[[float], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task(escape(description), total=total)
        yield lambda done: bars.update(task, completed=done)


@contextmanager
def _lines(console: Console, description: str, total: int) -> Iterator[Callable[[float], None]]:
    start = last = time.monotonic()

    def show(done: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LINE_EVERY and 0 < done < total:
            last = now
            left = (now - start) * (total - done) / done
            console.print(f"{description}: {done:.4g} of {total}, {left:.0f} s left", markup=False, soft_wrap=True)

    yield show
