import matplotlib
import numpy as np
import pytest
from matplotlib.image import imread

from spikenet.report.style import COLOURS, GREYS, Labels, colours_for, drawing, legend_above


def test_drawing_leaves_the_global_settings_and_backend_alone(tmp_path):
    before = dict(matplotlib.rcParams)
    with drawing(tmp_path / "a.png") as figure:
        figure.subplots().plot([1, 2])
        assert matplotlib.rcParams["legend.frameon"] is False
    assert dict(matplotlib.rcParams) == before
    assert imread(tmp_path / "a.png").shape[:2] == (4.2 * 160, 7.5 * 160)


def test_a_drawing_that_fails_writes_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), drawing(tmp_path / "a.png"):
        _ = 1 / 0
    assert not list(tmp_path.iterdir())


def test_the_papers_series_are_grey_and_ours_start_over_after_the_last_colour():
    names = ["ours", "paper, train", "Paper, test", *"abcdef"]
    assert colours_for(names) == [COLOURS[0], *GREYS, *COLOURS[1:], COLOURS[0]]


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return float(
        np.dot((0.2126, 0.7152, 0.0722), np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4))
    )


def test_neighbouring_bars_differ_in_lightness_too_for_who_sees_no_hue():
    """Ours and the paper's, in grey scale: a contrast of at least 1.5, where 1 is none."""
    ours, paper = _luminance(COLOURS[0]), _luminance(GREYS[0])
    assert (paper + 0.05) / (ours + 0.05) > 1.5


def test_the_title_makes_room_for_the_legend(tmp_path):
    with drawing(tmp_path / "a.png") as figure:
        axes = figure.subplots()
        axes.plot([1, 2], label="a")
        Labels("title", "x (ms)", "y").put_on(axes)
        legend_above(axes)
        assert axes.get_legend() is None  # one series needs none
        axes.plot([2, 1], label="b")
        legend_above(axes)
        figure.draw_without_rendering()
        legend, title = axes.get_legend().get_window_extent(), axes._left_title.get_window_extent()
        assert legend.y0 >= axes.get_window_extent().y1 - 1
        assert title.y0 >= legend.y1


def test_a_legend_of_long_names_stays_within_the_picture(tmp_path):
    with drawing(tmp_path / "a.png") as figure:
        axes = figure.subplots()
        for number in range(4):
            axes.plot([1, 2], label=f"spikenet with ten seeds, images of the {number}th training set")
        legend_above(axes)
        figure.draw_without_rendering()
        assert axes.get_legend().get_window_extent().x1 <= figure.bbox.x1
