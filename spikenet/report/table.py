"""A table of results for the terminal, for Markdown and for HTML, with its numbers formatted in one place."""

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
    """Return a cell as text: a float with ``decimals``, and a dash for what is missing or not finite."""
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return MISSING
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        text = f"{cell:.{decimals}f}"
        return text.removeprefix("-") if float(text) == 0 else text
    return str(cell)


def mean_sd(values: Sequence[float], decimals: int = 1) -> str:
    """Return mean and sample standard deviation as text; of a single value just the value.

    Examples
    --------
    >>> from spikenet.report import mean_sd
    >>> mean_sd([73.0, 73.6])
    '73.3 ± 0.4'
    """
    numbers = [float(value) for value in values]
    if not numbers:
        raise InvalidValueError("there are no values to take the mean of; give at least one")
    if not all(map(math.isfinite, numbers)):
        return MISSING
    mean = format_cell(statistics.fmean(numbers), decimals)
    return mean if len(numbers) == 1 else f"{mean} ± {statistics.stdev(numbers):.{decimals}f}"


@dataclass(frozen=True)
class Table:
    """A table of results.

    Parameters
    ----------
    title : str
        Stands over the table.
    columns : tuple of str
        Names of the columns. One that starts with "paper" is set apart.
    rows : tuple of tuple
        Cells: text, numbers, or None for a dash. A row whose first cell is one of ``SUMMARIES`` is set below a line.
    caption : str
        Stands under the table.
    decimals : int
        Digits after the decimal point of floats.

    Raises
    ------
    InvalidValueError
        For a row with fewer or more cells than there are columns.

    Examples
    --------
    >>> from spikenet.report import Table
    >>> Table("Accuracy", ("digit", "ours (%)"), ((0, 98.76), (1, None))).texts
    (('0', '98.8'), ('1', '–'))
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
        """The rows as text."""
        return tuple(tuple(format_cell(cell, self.decimals) for cell in row) for row in self.rows)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """For each column, True if it has numbers only; it is aligned to the right."""
        columns = zip(*self.texts, strict=True) if self.rows else ([] for _ in self.columns)
        return tuple(all(text in ("", MISSING) or NUMBER.match(text) for text in column) for column in columns)

    @property
    def from_paper(self) -> tuple[bool, ...]:
        """For each column, True if it has the paper's numbers."""
        return tuple(column.lower().startswith("paper") for column in self.columns)

    @property
    def summaries(self) -> tuple[bool, ...]:
        """For each row, True if it sums up those above it."""
        return tuple(row[0].lower() in SUMMARIES for row in self.texts)

    def markdown(self) -> str:
        """Return the table as Markdown, with its title and caption."""
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
        """Return the table as strict JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping) -> "Table":
        """Return the table of `to_json`."""
        return cls(**stored)


def _plain(cell) -> Cell:
    """Return a NumPy scalar as Python's, and None for a number that is not finite."""
    cell = cell.item() if hasattr(cell, "item") else cell
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _markdown_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
