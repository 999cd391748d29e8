"""How far a simulation is: silent for two seconds, then a bar on a terminal."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spikenet.errors import InvalidTypeError

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

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
        self._done = 0.0

    def at(self, fraction: float) -> None:
        """The part that is done, 0 to 1; it never goes back."""
        fraction = self._done = max(self._done, fraction)
        if self._follow:
            self._follow(fraction)
            return
        if self._bar is None and self._shown and time.monotonic() - self._started > _PATIENCE:
            self._bar = _new_bar()
            self._bar.start()
            self._bar.add_task(self._title, total=1.0)
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=fraction)

    def part(self, low: float, high: float) -> "Part":
        """The share from ``low`` to ``high`` of the whole, for somebody who counts it from 0 to 1."""
        return Part(self, low, high)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        if self._bar:
            self._bar.stop()


@dataclass(frozen=True)
class Part:
    """A share of a progress, and itself one to be shared out."""

    whole: "Progress | Part"
    low: float
    high: float

    def at(self, fraction: float) -> None:
        """The part of the share that is done, 0 to 1."""
        self.whole.at(self.low + fraction * (self.high - self.low))

    def part(self, low: float, high: float) -> "Part":
        """A share of the share."""
        return Part(self, low, high)


def _new_bar() -> "Bar":
    """Made only when a bar is due: Rich takes 50 ms to import, a tenth of a fresh process's first result."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
