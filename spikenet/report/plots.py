"""Plots of results: one function for each kind of figure; each takes plain arrays and draws to a path.

Several runs, as over seeds, are one array with the runs as its first axis, drawn as mean and standard deviation.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from spikenet.errors import InvalidValueError
from spikenet.report.style import (
    BLUE,
    COLOURS,
    FAINT,
    GREEN,
    GREYS,
    INK,
    ORANGE,
    SOFT,
    Labels,
    colours_for,
    drawing,
    legend_above,
)

TIME_AND_CLASS, X_AND_Y = Labels(x="time", y="class"), Labels(x="x", y="y")
MAX_TRACES = 12  # more are drawn as a colour map
_STROKES = ("-", "--", ":")  # of the first, second and third line of one colour


def plot_digits(path: Path, digits: Sequence, series: Mapping[str, np.ndarray], title: str = "") -> None:
    """Draw grouped bars for each digit, in per cent; ``series`` by label, (digit,) or (seed, digit).

    Series whose label starts with "paper" are grey.
    """
    places = np.arange(len(digits))
    width = 0.84 / len(series)
    with drawing(path, width=min(7.5 + 0.5 * len(series), 10)) as figure:
        axes = figure.subplots()
        for number, (colour, (label, values)) in enumerate(zip(colours_for(series), series.items(), strict=True)):
            mean, spread = _mean_and_spread(values, len(digits), label)
            at = places + (number - (len(series) - 1) / 2) * width
            axes.bar(at, mean, width * 0.92, label=label, color=colour)
            if spread is not None:
                axes.errorbar(at, mean, spread, fmt="none", ecolor=INK, elinewidth=1, capsize=2)
        axes.set_xticks(places, [str(digit) for digit in digits])
        axes.tick_params(axis="x", length=0)
        axes.set_ylim(0, 104)
        axes.grid(axis="y")
        Labels(title, "digit", "recognised (%)").put_on(axes)
        legend_above(axes)


def plot_lines(
    path: Path,
    x: np.ndarray,
    series: Mapping[str, np.ndarray],
    labels: Labels,
    references: Mapping[str, float] | None = None,
    points: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
) -> None:
    """Draw lines over ``x``: each (point,), or (run, point) with a band of one standard deviation.

    ``references`` are horizontal lines by label; ``points`` are single points (x, y) by label, such as a paper's.
    """
    x = np.asarray(x, float)
    with drawing(path) as figure:
        axes, drawn = figure.subplots(), Counter()
        marker = "o" if len(x) <= 40 else None
        for colour, (label, values) in zip(colours_for(series), series.items(), strict=True):
            mean, spread = _mean_and_spread(values, len(x), label)
            stroke = _STROKES[drawn[colour] % len(_STROKES)]
            drawn[colour] += 1
            axes.plot(x, mean, stroke, label=label, color=colour, marker=marker, markersize=3.5)
            if spread is not None:
                axes.fill_between(x, mean - spread, mean + spread, color=colour, alpha=0.18, linewidth=0)
        for marker, (label, (at, values)) in zip("DsX^v" * len(points or ()), (points or {}).items(), strict=False):
            axes.plot(at, values, marker, label=label, color=INK, markersize=6, markerfacecolor="white", zorder=4)
        for style, (label, value) in zip(("--", ":", "-.") * 3, (references or {}).items(), strict=False):
            axes.axhline(value, color=SOFT, linestyle=style, linewidth=1.2, label=label, zorder=1)
        axes.grid(axis="y")
        axes.margins(x=0.02)
        if np.array_equal(x, np.round(x)):  # epochs and the like: no ticks between them
            axes.xaxis.set_major_locator(MaxNLocator(10, integer=True, min_n_ticks=1))
        labels.put_on(axes)
        legend_above(axes)


def plot_class_over_time(
    path: Path,
    times: np.ndarray,
    panels: Mapping[str, np.ndarray],
    images: Mapping[str, np.ndarray] | None = None,
    labels: Labels = TIME_AND_CLASS,
) -> None:
    """Draw the class that wins over time, one panel for each label; the one that wins longest is coloured.

    ``panels`` are logits (time, class), ``times`` the starts of equal intervals, ``images`` thumbnails by label.
    """
    times = np.asarray(times, float)
    with drawing(path, height=0.6 + 1.9 * len(panels)) as figure:
        ratios = (1, 9) if images else (1,)
        grid = figure.subplots(len(panels), len(ratios), squeeze=False, sharex="col", width_ratios=ratios)
        for row, (label, logits) in zip(grid, panels.items(), strict=True):
            if images:
                row[0].set_axis_off()
                row[0].imshow(images[label], cmap="gray_r", interpolation="nearest")
            _winners(row[-1], times, np.asarray(logits), label)
            row[-1].set_ylabel(labels.y)
        grid[-1, -1].set_xlabel(labels.x)
        figure.suptitle(labels.title, x=0.01, ha="left", fontsize=11, fontweight="bold")


def plot_phase(
    path: Path,
    trajectories: Mapping[str, np.ndarray],
    nullclines: Mapping[str, np.ndarray],
    points: Mapping[str, tuple[float, float]] | None = None,
    labels: Labels = X_AND_Y,
) -> None:
    """Draw a phase plane: trajectories and nullclines by label, each (point, 2), and points such as fixed points.

    The first nullcline is orange, the others are green, as in figure 2 of Bogatenko et al. (2023).
    """
    with drawing(path, width=6.2, height=5.2) as figure:
        axes = figure.subplots()
        for number, (label, curve) in enumerate(trajectories.items()):
            axes.plot(*_curve(curve, label), color=(BLUE, *COLOURS[4:])[number % 3], label=label, zorder=3)
        frame = axes.axis()
        for number, (label, curve) in enumerate(nullclines.items()):
            style = ("-", "-", "--", ":", "-.")[min(number, 4)]
            axes.plot(*_curve(curve, label), style, color=GREEN if number else ORANGE, linewidth=1.5, label=label)
        for marker, (label, point) in zip("osD^" * len(points or ()), (points or {}).items(), strict=False):
            axes.plot(*point, marker, color=INK, markerfacecolor="white", markersize=7, label=label, zorder=4)
        _frame(axes, frame, list((points or {}).values()))
        axes.grid()
        labels.put_on(axes)
        legend_above(axes)


def plot_raster(path: Path, times: np.ndarray, units: np.ndarray, labels: Labels) -> None:
    """Draw spikes as ticks in one row for each unit; ``times`` and ``units`` (spike,)."""
    times, units = np.asarray(times, float), np.asarray(units, int)
    if times.shape != units.shape or times.ndim != 1:
        raise InvalidValueError(f"spikes have times {times.shape} and units {units.shape}; give two arrays (spike,)")
    rows = int(units.max()) + 1 if len(units) else 1
    with drawing(path, height=min(1.4 + 0.12 * rows, 6)) as figure:
        axes = figure.subplots()
        axes.vlines(times, units - 0.4, units + 0.4, color=INK, linewidth=0.9)
        axes.set_ylim(-0.7, rows - 0.3)
        axes.yaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
        axes.margins(x=0.02)
        labels.put_on(axes)


def plot_traces(path: Path, times: np.ndarray, traces: Mapping[str, np.ndarray], labels: Labels) -> None:
    """Draw traces by label, each (time,), one under the other; more than 12 as a colour map."""
    times = np.asarray(times, float)
    if not traces:
        raise InvalidValueError("there are no traces to draw; give at least one, by its label")
    values = {label: np.asarray(trace, float) for label, trace in traces.items()}
    for label, trace in values.items():
        if trace.shape != times.shape:
            raise InvalidValueError(f"trace {label!r} has shape {trace.shape} for {len(times)} times; give (time,)")
    draw = _traces_as_map if len(values) > MAX_TRACES else _traces_stacked
    draw(path, times, values, labels)


def _traces_stacked(path: Path, times: np.ndarray, traces: Mapping[str, np.ndarray], labels: Labels) -> None:
    with drawing(path, height=1.3 + 0.9 * len(traces)) as figure:
        rows = figure.subplots(len(traces), 1, squeeze=False, sharex=True, sharey=True)[:, 0]
        for axes, (label, trace) in zip(rows, traces.items(), strict=True):
            axes.plot(times, trace, linewidth=1.3)
            axes.text(1.01, 0.5, label, transform=axes.transAxes, va="center")
            axes.yaxis.set_major_locator(MaxNLocator(3))
            axes.margins(x=0.01)
        rows[-1].set_xlabel(labels.x)
        rows[0].set_title(labels.title)
        figure.supylabel(labels.y, fontsize=10)


def _traces_as_map(path: Path, times: np.ndarray, traces: Mapping[str, np.ndarray], labels: Labels) -> None:
    with drawing(path, height=min(2 + 0.05 * len(traces), 5.5)) as figure:
        axes = figure.subplots()
        names = list(traces)
        shown = axes.pcolormesh(times, np.arange(len(names)), np.array(list(traces.values())), cmap="cividis")
        axes.set_yticks((0, len(names) - 1), (names[0], names[-1]))
        figure.colorbar(shown, ax=axes, label=labels.y)
        Labels(labels.title, labels.x, "").put_on(axes)


def _winners(axes: Axes, times: np.ndarray, logits: np.ndarray, label: str) -> None:
    if logits.ndim != 2 or len(logits) != len(times):
        raise InvalidValueError(f"logits of {label!r} have shape {logits.shape}; give ({len(times)} times, class)")
    winner = logits.argmax(axis=1)
    share = np.bincount(winner, minlength=logits.shape[1]) / len(winner)
    longest = int(share.argmax())
    step = times[1] - times[0] if len(times) > 1 else 1.0
    starts = np.flatnonzero(np.diff(winner, prepend=-1))
    ends = np.append(times[starts[1:]], times[-1] + step)
    for start, end, which in zip(times[starts], ends, winner[starts], strict=True):
        colour = BLUE if which == longest else GREYS[0]
        axes.broken_barh([(start, end - start)], (which - 0.38, 0.76), color=colour, linewidth=0)
    axes.set(yticks=range(0, logits.shape[1], 1 + logits.shape[1] // 12), ylim=(-0.6, logits.shape[1] - 0.4))
    axes.set_xlim(times[0], times[-1] + step)
    axes.tick_params(axis="y", labelsize=7, length=2)
    axes.grid(axis="y", color=FAINT)
    axes.set_title(f"{label}: {longest} for {100 * share[longest]:.0f} % of the time", fontweight="normal", fontsize=10)


def _mean_and_spread(values: np.ndarray, size: int, label: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Return mean and sample standard deviation over the runs; None instead of the latter for a single run."""
    values = np.asarray(values, float)
    if values.ndim not in (1, 2) or values.shape[-1] != size:
        raise InvalidValueError(f"{label!r} has shape {values.shape}; give ({size},) or (run, {size})")
    if values.ndim == 1 or len(values) == 1:
        return values.reshape(size), None
    return values.mean(axis=0), values.std(axis=0, ddof=1)


def _curve(curve: np.ndarray, label: str) -> np.ndarray:
    curve = np.asarray(curve, float)
    if curve.ndim != 2 or curve.shape[1] != 2:
        raise InvalidValueError(f"curve {label!r} has shape {curve.shape}; give (point, 2)")
    return curve.T


def _frame(axes: Axes, frame: tuple[float, ...], points: list[tuple[float, float]]) -> None:
    """Fit the axes to trajectories and points, however far the nullclines go."""
    left, right, bottom, top = frame
    xs, ys = [left, right, *(x for x, _ in points)], [bottom, top, *(y for _, y in points)]
    axes.set_xlim(min(xs), max(xs))
    axes.set_ylim(min(ys), max(ys))
