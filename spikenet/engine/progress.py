"""How far a simulation is: silent for two seconds, then a bar on a terminal."""

import sys
import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from spikenet.errors import InvalidTypeError

_PATIENCE = 2.0  # seconds before a bar is worth its place


class Progress:
    """Takes ``at(fraction)`` from an engine; shows a bar, or hands the fraction to ``follow``."""

    def __init__(self, title: str, follow: Callable[[float], None] | None = None):
        if follow is not None and not callable(follow):
            raise InvalidTypeError(f"progress is {follow!r}, wanted a function that takes the part that is done")
        self._title, self._follow = title, follow
        self._started = time.monotonic()
        self._bar: Bar | None = None
        self._shown = sys.stderr.isatty()
        self._low, self._high, self._done = 0.0, 1.0, 0.0

    def at(self, fraction: float) -> None:
        """The part that is done, 0 to 1; it never goes back."""
        fraction = self._done = max(self._done, self._low + fraction * (self._high - self._low))
        if self._follow:
            self._follow(fraction)
            return
        if self._bar is None and self._shown and time.monotonic() - self._started > _PATIENCE:
            columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
            self._bar = Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
            self._bar.start()
            self._bar.add_task(self._title, total=1.0)
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=fraction)

    def part(self, low: float, high: float) -> "Progress":
        """From here on, what an engine calls 0 to 1 is ``low`` to ``high`` of the whole."""
        self._low, self._high = low, high
        return self

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        if self._bar:
            self._bar.stop()
