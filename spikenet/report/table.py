"""A table of results: on the terminal, in Markdown and in HTML, its numbers formatted in one place."""

import math
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from rich import box
from rich.console import Group
from rich.table import Table as RichTable
from rich.text import Text

from spikenet.errors import InvalidValueError

MISSING = "–"
NUMBER = re.compile(r"[<>]?=? ?[-+]?\d")
SUMMARIES = ("average", "mean", "all", "total")

Cell = str | int | float | None


def format_cell(cell: Cell, decimals: int = 1) -> str:
    """A cell as text: a float with ``decimals``; what is missing or not finite as a dash."""
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return MISSING
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        text = f"{cell:.{decimals}f}"
        return text.removeprefix("-") if float(text) == 0 else text
    return str(cell)


def mean_sd(values: Sequence[float], decimals: int = 1) -> str:
    """``73.3 ± 0.4``: mean and sample standard deviation; of a single value just the value."""
    numbers = [float(value) for value in values]
    if not numbers:
        raise InvalidValueError("the mean of no values; give at least one")
    if not all(map(math.isfinite, numbers)):
        return MISSING
    mean = format_cell(statistics.fmean(numbers), decimals)
    return mean if len(numbers) == 1 else f"{mean} ± {statistics.stdev(numbers):.{decimals}f}"


@dataclass(frozen=True)
class Table:
    """Rows under columns; floats are shown with ``decimals``, None as a dash.

    A column whose name starts with "paper" is set apart, and a row whose first cell is one of ``SUMMARIES``
    is set below a line.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    decimals: int = 1

    def __post_init__(self):
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "rows", tuple(tuple(_plain(cell) for cell in row) for row in self.rows))
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise InvalidValueError(
                    f"table {self.title!r}: row {number} has {len(row)} cells for {len(self.columns)} columns"
                )

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The rows as they are shown."""
        return tuple(tuple(format_cell(cell, self.decimals) for cell in row) for row in self.rows)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether a column holds numbers only, and so stands to the right."""
        columns = zip(*self.texts, strict=True) if self.rows else ([] for _ in self.columns)
        return tuple(all(text in ("", MISSING) or NUMBER.match(text) for text in column) for column in columns)

    @property
    def from_paper(self) -> tuple[bool, ...]:
        """Whether a column holds the paper's numbers."""
        return tuple(column.lower().startswith("paper") for column in self.columns)

    @property
    def summaries(self) -> tuple[bool, ...]:
        """Whether a row sums up those above it."""
        return tuple(row[0].lower() in SUMMARIES for row in self.texts)

    def markdown(self) -> str:
        """The table as GitHub shows it, with its title and caption."""
        rule = ["---:" if numeric else "---" for numeric in self.numeric]
        lines = [self.columns, rule, *self.texts]
        body = "\n".join("| " + " | ".join(map(_markdown_cell, line)) + " |" for line in lines)
        return "\n\n".join(part for part in (f"### {self.title}", body, self.caption) if part) + "\n"

    def __rich__(self) -> Group:
        table = RichTable(box=box.SIMPLE_HEAD)
        for column, numeric, paper in zip(self.columns, self.numeric, self.from_paper, strict=True):
            table.add_column(Text(column), justify="right" if numeric else "left", style="dim" if paper else None)
        for number, (row, summary) in enumerate(zip(self.texts, self.summaries, strict=True)):
            last_before = self.summaries[number + 1 : number + 2] == (True,) and not summary
            table.add_row(*map(Text, row), style="bold" if summary else None, end_section=last_before)
        return Group(Text(self.title, style="bold"), table, *([Text(self.caption + "\n")] if self.caption else []))

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping) -> "Table":
        return cls(**stored)


def _plain(cell) -> Cell:
    """NumPy scalars become Python's; numbers that are not finite go missing, as JSON has none."""
    cell = cell.item() if hasattr(cell, "item") else cell
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _markdown_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
