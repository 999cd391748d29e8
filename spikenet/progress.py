"""Progress of a task: a bar on a terminal, a line in a notebook, lines elsewhere, and parts of a whole."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from spikenet.errors import InvalidTypeError, InvalidValueError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar

PATIENCE = 2.0  # seconds before a bar is shown that nobody asked for
LINE_EVERY = 10.0  # seconds between lines where there is no terminal
REWRITE_EVERY = 1.0  # seconds between changes of a notebook's line


def silent(fraction: float) -> None:
    """Show nothing: ``progress=silent``."""


class Progress:
    """The part of a task that is done; it never goes back.

    Used as ``with Progress(...) as progress:``, which removes the bar at the end.

    Parameters
    ----------
    title : str
        Shown beside the bar.
    follow : callable, optional
        Takes the part that is done, from 0 to 1. Then nothing is shown.
    total : int
        Number of steps, for `step` and for the text beside the bar.
    console : rich.console.Console, optional
        Where to show the progress; by default standard error. A terminal gets a bar, after two seconds where no
        console was given; a notebook gets a line that changes each second; a pipe or a file a line every ten seconds.

    Raises
    ------
    InvalidTypeError
        If ``follow`` cannot be called.
    InvalidValueError
        If there are no steps.

    Examples
    --------
    >>> from spikenet.progress import Progress
    >>> seen = []
    >>> first, second = Progress("two batches", seen.append).parts([1, 3])
    >>> first.at(1), second.at(0.5), seen
    (None, None, [0.25, 0.625])
    """

    def __init__(
        self,
        title: str,
        follow: Callable[[float], None] | None = None,
        *,
        total: int = 1,
        console: "Console | None" = None,
    ):
        if follow is not None and not callable(follow):
            raise InvalidTypeError(f"progress is {follow!r}, wanted a function that takes the part that is done")
        if total < 1:
            raise InvalidValueError(f"progress of {title!r} over {total} steps; give at least 1")
        self._title, self._follow, self._total, self._console = title, follow, total, console
        self._done = 0.0  # in steps
        self._started = self._last_line = time.monotonic()
        self._bar: Bar | None = None
        self._rewritten = 0  # characters of a notebook's line

    def at(self, fraction: float) -> None:
        """Report the part that is done, from 0 to 1."""
        self._report(fraction * self._total)

    def step(self, steps: float = 1) -> None:
        """Report that some more steps are done."""
        self._report(self._done + steps)

    def part(self, low: float, high: float) -> "Progress":
        """Return the share from ``low`` to ``high`` of the whole as a progress from 0 to 1."""
        return Progress(self._title, lambda fraction: self.at(low + fraction * (high - low)))

    def parts(self, sizes: Iterable[float]) -> list["Progress"]:
        """Return a share of the whole for each of the tasks of these sizes, done one after the other."""
        ends = list(accumulate(sizes, initial=0))
        return [self.part(low / ends[-1], high / ends[-1]) for low, high in pairwise(ends)]

    def over[Item](self, items: Sequence[Item]) -> Iterator[tuple[Item, "Progress"]]:
        """Yield each item with an equal share of the whole."""
        yield from zip(items, self.parts([1] * len(items)), strict=True)

    def __enter__(self) -> "Progress":
        if self._console and self._console.is_terminal:
            self._show_bar()
        return self

    def __exit__(self, *_) -> None:
        if self._bar:
            self._bar.stop()
        if self._rewritten:
            print("\r" + " " * self._rewritten, end="\r", file=sys.stderr, flush=True)

    def _report(self, done: float) -> None:
        self._done = max(self._done, done)
        if self._follow:
            self._follow(self._done / self._total)
        elif self._bar:
            self._bar.update(self._bar.task_ids[0], completed=self._done)
        elif self._console or sys.stderr:  # None in a process without one
            self._show()

    def _show(self) -> None:
        """Show a line if one is due, or the bar on a terminal that nobody gave."""
        now, notebook = time.monotonic(), not self._console and _in_notebook()
        if not self._console and not notebook and sys.stderr.isatty():
            if now - self._started > PATIENCE:
                self._show_bar()
        elif now - self._last_line >= (REWRITE_EVERY if notebook else LINE_EVERY) and 0 < self._done < self._total:
            self._last_line = now
            left = (now - self._started) * (self._total - self._done) / self._done
            done = f"{100 * self._done:.0f} %"
            if self._total > 1:
                done = (
                    f"{self._done:.4g} of {self._total}" if self._done < 1e4 else f"{self._done:.0f} of {self._total}"
                )
            self._print_line(f"{self._title}: {done}, {left:.0f} s left", rewrite=notebook)

    def _show_bar(self) -> None:
        # Imported only when a bar is due: Rich takes 50 ms, a tenth of a fresh process's first result.
        from rich.console import Console  # noqa: PLC0415
        from rich.markup import escape  # noqa: PLC0415
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
        from rich.progress import Progress as Bar  # noqa: PLC0415

        count = MofNCompleteColumn() if self._total > 1 else TextColumn("{task.percentage:>3.0f} %")
        columns = (TextColumn("{task.description}"), BarColumn(), count, TimeRemainingColumn())
        self._bar = Bar(*columns, console=self._console or Console(stderr=True), transient=True)
        self._bar.start()
        self._bar.add_task(escape(self._title), total=self._total, completed=self._done)

    def _print_line(self, text: str, *, rewrite: bool) -> None:
        if self._console:
            self._console.print(text, markup=False, soft_wrap=True)
        elif rewrite:
            print("\r" + text.ljust(self._rewritten), end="", file=sys.stderr, flush=True)
            self._rewritten = len(text)
        else:
            print(text, file=sys.stderr, flush=True)


def _in_notebook() -> bool:
    """Return True if standard error is an output of a notebook's cell."""
    return type(sys.stderr).__module__.startswith("ipykernel.")
