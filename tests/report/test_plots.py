"""Pictures are for eyes; here is what a test can see: that they are drawn, of what, and what is refused."""

from contextlib import contextmanager

import matplotlib.axes
import numpy as np
import pytest
from matplotlib.image import imread

from spikenet.errors import InvalidValueError
from spikenet.report import plots
from spikenet.report.style import BLUE, GREEN, GREYS, ORANGE, Labels

LABELS = Labels("title", "time (ms)", "x")
TIMES = np.arange(0, 10, 0.1)
RNG = np.random.default_rng(1)


@pytest.fixture
def drawn(monkeypatch):
    """The arguments of each call of a drawing function of matplotlib's axes, by its name."""
    calls: dict[str, list] = {}

    def watch(name):
        original = getattr(matplotlib.axes.Axes, name)

        def spy(self, *args, **kwargs):
            calls.setdefault(name, []).append((args, kwargs))
            return original(self, *args, **kwargs)

        monkeypatch.setattr(matplotlib.axes.Axes, name, spy)

    for name in ("bar", "errorbar", "plot", "fill_between", "axhline", "broken_barh", "imshow", "vlines", "pcolormesh"):
        watch(name)
    return calls


@pytest.fixture
def pictures(monkeypatch):
    """The figures that are drawn."""
    kept = []
    drawing = plots.drawing

    @contextmanager
    def keeping(*args, **kwargs):
        with drawing(*args, **kwargs) as figure:
            kept.append(figure)
            yield figure

    monkeypatch.setattr(plots, "drawing", keeping)
    return kept


def names(axes) -> tuple[str, str, str]:
    """What stands on the axes: title, x and y."""
    return axes.get_title("left"), axes.get_xlabel(), axes.get_ylabel()


def legend(axes) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def assert_picture(path):
    """A PNG of at least 1,000 pixels' width that is not blank."""
    pixels = imread(path)
    assert pixels.shape[1] >= 960
    assert pixels[..., :3].std() > 0.01


def test_digits_are_bars_with_the_spread_over_seeds(tmp_path, drawn):
    ours = np.array([[90.0, 10.0], [94.0, 20.0]])
    plots.plot_digits(tmp_path / "a.png", [0, 1], {"ours": ours, "paper": np.array([98.6, 1.5])}, "title")
    assert_picture(tmp_path / "a.png")
    heights = [args[1].tolist() for args, _ in drawn["bar"]]
    assert heights == [[92.0, 15.0], [98.6, 1.5]]
    assert [kwargs["color"] for _, kwargs in drawn["bar"]] == [BLUE, GREYS[0]]
    ((args, _),) = drawn["errorbar"]
    np.testing.assert_allclose(args[2], ours.std(axis=0, ddof=1))
    left, right = (args[0] for args, _ in drawn["bar"])
    assert (right > left).all()
    np.testing.assert_allclose((left + right) / 2, [0, 1], atol=1e-12)  # about the digit


def test_lines_have_bands_references_and_points(tmp_path, drawn):
    x = np.linspace(-2, 1, 7)
    runs = RNG.normal(50, 5, (4, 7))
    series = {"plain": runs, "one seed": runs[:1]}
    plots.plot_lines(tmp_path / "a.png", x, series, LABELS, {"ANN": 97.7}, {"paper": ([-1, -0.5], [82.9, 73.3])})
    assert_picture(tmp_path / "a.png")
    ((band, _),) = drawn["fill_between"]
    np.testing.assert_allclose(band[2] - band[1], 2 * runs.std(axis=0, ddof=1))
    np.testing.assert_allclose((band[1] + band[2]) / 2, runs.mean(axis=0))
    assert [args[0] for args, _ in drawn["axhline"]] == [97.7]
    assert [kwargs["label"] for _, kwargs in drawn["plot"]] == ["plain", "one seed", "paper"]


def test_the_winning_class_fills_all_of_the_time(tmp_path, drawn):
    logits = np.zeros((100, 10))
    logits[:60, 3] = logits[60:90, 5] = logits[90:, 3] = 1
    plots.plot_class_over_time(tmp_path / "a.png", TIMES, {"a 3": logits}, {"a 3": np.eye(28)}, LABELS)
    assert_picture(tmp_path / "a.png")
    assert len(drawn["imshow"]) == 1
    bars = [(args[0][0], args[1][0] + 0.38, kwargs["color"]) for args, kwargs in drawn["broken_barh"]]
    assert [(round(start, 6), round(width, 6)) for (start, width), _, _ in bars] == [(0, 6), (6, 3), (9, 1)]
    assert [round(which) for _, which, _ in bars] == [3, 5, 3]
    assert [colour for _, _, colour in bars] == [BLUE, GREYS[0], BLUE]


def test_digits_and_lines_name_their_axes_and_series(tmp_path, pictures):
    plots.plot_digits(tmp_path / "a.png", [0, 1], {"ours": [1, 2], "paper": [3, 4]}, "Digits")
    series = {"ours": np.array([1.0, 2.0, 4.0])}
    plots.plot_lines(tmp_path / "b.png", [1, 2, 3], series, LABELS, {"ANN": 97.7}, {"paper": ([1], [2.0])})
    digits, lines = (figure.axes[0] for figure in pictures)
    assert names(digits) == ("Digits", "digit", "recognised (%)")
    assert names(lines) == ("title", "time (ms)", "x")
    assert legend(digits) == ["ours", "paper"] and legend(lines) == ["ours", "paper", "ANN"]
    assert all(tick == round(tick) for tick in lines.get_xticks())  # there is no epoch 1.5


def test_as_many_lines_as_a_deep_network_has_layers_are_told_apart(tmp_path, drawn):
    plots.plot_lines(tmp_path / "a.png", [1, 2, 3], {f"layer {k}": np.ones(3) for k in range(17)}, LABELS)
    strokes = [(args[2], kwargs["color"]) for args, kwargs in drawn["plot"]]
    assert len(set(strokes)) == 17
    assert {stroke for stroke, _ in strokes[:6]} == {"-"}


def test_who_won_and_for_how_long_stands_above_each_panel(tmp_path, pictures, drawn):
    logits = np.zeros((100, 10))
    logits[:30, 5] = logits[30:, 3] = 1
    images = {"a 3": np.eye(28), "a 7": 1 - np.eye(28)}
    plots.plot_class_over_time(tmp_path / "a.png", TIMES, {"a 3": logits, "a 7": 1 - logits}, images, LABELS)
    axes = pictures[0].axes[1::2]  # the others are the thumbnails
    assert names(axes[0]) == ("a 3: 3 for 70 % of the time", "", "x")
    assert names(axes[1]) == ("a 7: 0 for 100 % of the time", "time (ms)", "x")
    assert pictures[0].get_suptitle() == "title"
    for (args, _), image in zip(drawn["imshow"], images.values(), strict=True):
        np.testing.assert_array_equal(args[0], image)


def test_the_class_can_be_drawn_without_thumbnails(tmp_path, drawn):
    plots.plot_class_over_time(tmp_path / "a.png", TIMES, {"a": RNG.normal(size=(100, 3)), "b": np.ones((100, 3))})
    assert_picture(tmp_path / "a.png")
    assert "imshow" not in drawn


def test_a_phase_plane_keeps_its_view_on_the_trajectory(tmp_path, monkeypatch):
    limits = []
    show = plots._frame
    monkeypatch.setattr(plots, "_frame", lambda axes, *rest: (show(axes, *rest), limits.append(axes.axis())))
    angle = np.linspace(0, 2 * np.pi, 50)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    nullclines = {"dx/dt = 0": np.array([[-100.0, -100], [100, 100]]), "dy/dt = 0": np.array([[0.0, -9], [0, 9]])}
    plots.plot_phase(tmp_path / "a.png", {"trajectory": circle}, nullclines, {"rest": (3.0, 0.0)})
    assert_picture(tmp_path / "a.png")
    left, right, bottom, top = limits[0]
    assert -1.2 < left < -1
    assert right == 3
    assert (bottom, top) == pytest.approx((-1.1, 1.1), abs=0.05)


def test_the_first_nullcline_is_orange_and_the_others_are_green(tmp_path, pictures):
    curve = np.array([[0.0, 0.0], [1.0, 1.0]])
    plots.plot_phase(tmp_path / "a.png", {"here": curve}, {"dx": curve, "dy": curve, "more": curve})
    (axes,) = pictures[0].axes
    assert [line.get_color() for line in axes.lines] == [BLUE, ORANGE, GREEN, GREEN]
    assert legend(axes) == ["here", "dx", "dy", "more"] and names(axes) == ("", "x", "y")


def test_traces_are_named_one_by_one_or_by_their_ends(tmp_path, pictures):
    few, many = ({f"unit {n}": TIMES for n in range(size)} for size in (2, 13))
    plots.plot_traces(tmp_path / "few.png", TIMES, few, LABELS)
    plots.plot_traces(tmp_path / "many.png", TIMES, many, LABELS)
    lines, (axes, bar) = pictures[0].axes, pictures[1].axes
    assert [one.texts[0].get_text() for one in lines] == ["unit 0", "unit 1"]
    assert [one.get_xlabel() for one in lines] == ["", "time (ms)"] and pictures[0].get_supylabel() == "x"
    assert axes.get_yticks().tolist() == [0, 12]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["unit 0", "unit 12"]
    assert names(axes) == ("title", "time (ms)", "") and bar.get_ylabel() == "x"


def test_every_spike_is_a_tick_in_its_row(tmp_path, drawn):
    plots.plot_raster(tmp_path / "a.png", [0.1, 0.2, 0.2], [0, 5, 1], LABELS)
    assert_picture(tmp_path / "a.png")
    ((args, _),) = drawn["vlines"]
    assert ((args[1] + args[2]) / 2).tolist() == [0, 5, 1]


def test_a_raster_without_spikes_can_be_drawn(tmp_path):
    plots.plot_raster(tmp_path / "a.png", [], [], LABELS)
    assert (tmp_path / "a.png").exists()


def test_few_traces_are_lines_and_many_a_map(tmp_path, drawn):
    few = {f"unit {n}": np.sin(TIMES + n) for n in range(plots.MAX_TRACES)}
    plots.plot_traces(tmp_path / "few.png", TIMES, few, LABELS)
    assert_picture(tmp_path / "few.png")
    assert len(drawn["plot"]) == plots.MAX_TRACES
    plots.plot_traces(tmp_path / "many.png", TIMES, {**few, "one more": TIMES}, LABELS)
    assert_picture(tmp_path / "many.png")
    args, _ = drawn["pcolormesh"][0]  # the colour bar is another
    np.testing.assert_array_equal(args[2][-1], TIMES)


@pytest.mark.parametrize(
    ("plot", "arguments", "message"),
    [
        (plots.plot_digits, ([0, 1], {"ours": [1.0, 2.0, 3.0]}), r"'ours' has shape \(3,\); give \(2,\) or \(run, 2\)"),
        (plots.plot_lines, ([0, 1], {"ours": np.ones((2, 2, 2))}, LABELS), r"give \(2,\)"),
        (plots.plot_class_over_time, (TIMES, {"a": np.ones((99, 10))}), "give .100 times, class"),
        (plots.plot_phase, ({"a": np.ones((3, 5))}, {}), r"'a' has shape \(3, 5\); give \(point, 2\)"),
        (plots.plot_raster, ([1, 2], [1], LABELS), "two arrays"),
        (plots.plot_traces, (TIMES, {}, LABELS), "no traces"),
        (plots.plot_traces, (TIMES, {"a": [1, 2]}, LABELS), r"'a' has shape \(2,\) for 100 times"),
    ],
)
def test_arrays_of_a_wrong_shape_are_refused_and_nothing_is_written(tmp_path, plot, arguments, message):
    with pytest.raises(InvalidValueError, match=message):
        plot(tmp_path / "a.png", *arguments)
    assert not list(tmp_path.iterdir())
