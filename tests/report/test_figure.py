import pytest

from spikenet.errors import InvalidValueError
from spikenet.report.figure import Figure


def test_of_a_path_only_the_name_is_kept(tmp_path):
    figure = Figure(tmp_path / "a.png", "title", "a line that rises")
    assert figure.file == "a.png"
    assert Figure.from_json(figure.to_json()) == figure


def test_a_figure_is_a_png():
    with pytest.raises(InvalidValueError, match="a.svg"):
        Figure("a.svg", "title", "a line that rises")


def test_a_figure_without_alt_text_is_refused():
    with pytest.raises(InvalidValueError, match="alt text"):
        Figure("a.png", "title", " ")
