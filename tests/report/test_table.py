import io
import json
import math

import numpy as np
import pytest
from rich.console import Console

from spikenet.errors import InvalidValueError
from spikenet.report.table import MISSING, Table, format_cell, mean_sd

TABLE = Table(
    "Test set",
    ("digit", "ours", "paper"),
    ((0, "98.3 ± 2.0", 98.6), (1, 3.14159, None), ("average", 50.0, 73.3)),
    "10 seeds.",
)


def printed(table: Table, width: int = 60) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("cell", "text"),
    [(1.25, "1.2"), (-0.04, "0.0"), (3, "3"), ("a", "a"), (None, MISSING), (math.nan, MISSING), (True, "yes")],
)
def test_cells_are_formatted_in_one_place(cell, text):
    assert format_cell(cell) == text


def test_mean_and_sample_standard_deviation():
    assert mean_sd([1, 2, 3, 4], decimals=2) == "2.50 ± 1.29"  # sqrt(5/3), and not sqrt(5/4)
    assert mean_sd(np.array([2.0])) == "2.0"
    assert mean_sd([1.0, math.inf]) == MISSING


def test_the_mean_of_nothing_is_refused():
    with pytest.raises(InvalidValueError, match="no values"):
        mean_sd([])


def test_a_ragged_row_is_refused_by_number():
    with pytest.raises(InvalidValueError, match="row 1 has 1 cells for 2 columns"):
        Table("t", ("a", "b"), ((1, 2), (3,)))


def test_markdown_has_every_cell_and_aligns_numbers_to_the_right():
    assert TABLE.markdown().splitlines() == [
        "### Test set",
        "",
        "| digit | ours | paper |",
        "| --- | ---: | ---: |",
        "| 0 | 98.3 ± 2.0 | 98.6 |",
        "| 1 | 3.1 | – |",
        "| average | 50.0 | 73.3 |",
        "",
        "10 seeds.",
    ]


def test_markdown_escapes_what_would_end_a_cell():
    assert "| a\\|b c |" in Table("t", ("x",), (("a|b\nc",),)).markdown()


def test_the_terminal_shows_title_cells_and_caption_as_they_are():
    text = printed(Table("t [bold]", ("[red]x",), (("[0]",),), "c [1]"))
    for part in ("t [bold]", "[red]x", "[0]", "c [1]"):
        assert part in text


def test_a_summary_row_stands_below_a_line():
    lines = printed(TABLE).splitlines()
    average = next(number for number, line in enumerate(lines) if "average" in line)
    assert not lines[average - 1].strip()


def test_a_table_survives_json():
    assert Table.from_json(json.loads(json.dumps(TABLE.to_json()))) == TABLE


def test_numpy_scalars_and_missing_numbers_survive_strict_json():
    table = Table("t", ("x", "y"), ((np.float32(0.5), np.int64(3)), (np.nan, math.inf)))
    assert table.rows == ((0.5, 3), (None, None))
    assert Table.from_json(json.loads(json.dumps(table.to_json(), allow_nan=False))) == table


def test_a_table_without_rows_can_be_shown():
    empty = Table("t", ("x", "y"), ())
    assert "| x | y |" in empty.markdown()
    assert "x" in printed(empty)


def test_numbers_stand_to_the_right_and_summaries_are_bold_on_the_terminal():
    title, shown, caption = TABLE.__rich__().renderables
    assert (str(title), str(caption)) == ("Test set", "10 seeds.\n")
    assert [column.justify for column in shown.columns] == ["left", "right", "right"]
    assert [column.style for column in shown.columns][1:] == ["", "dim"]
    assert [row.style for row in shown.rows] == [None, None, "bold"]


def test_the_papers_columns_and_summaries_are_known_in_capitals_too():
    table = Table("t", ("Paper, train", "ours on paper"), (("Average", 1), ("averages", 2)))
    assert table.from_paper == (True, False)
    assert table.summaries == (True, False)
