"""The style of all figures. They are drawn without pyplot, so that no global setting of Matplotlib changes."""

import itertools
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe and Ito (2008), which colour-blind readers can distinguish; without yellow, too pale for lines on white.
BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY = "#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9"
COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)
INK, SOFT, FAINT, GREYS = "#1c2430", "#5a6675", "#dfe4ea", ("#98a2ae", "#c3cad2")
DPI = 160
CHARACTER = 0.085  # inches, a wide estimate for a letter of the legend

RC = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same picture on every machine
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelsize": 10,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "text.color": INK,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "figure.constrained_layout.w_pad": 0.1,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
}


@dataclass(frozen=True)
class Labels:
    """The title of a figure and the names of its axes, with units."""

    title: str = ""
    x: str = ""
    y: str = ""

    def put_on(self, axes: Axes) -> None:
        """Set title and names."""
        axes.set(xlabel=self.x, ylabel=self.y)
        axes.set_title(self.title)


@contextmanager
def drawing(path: Path, width: float = 7.5, height: float = 4.2) -> Iterator[Figure]:
    """Give a figure of ``width`` x ``height`` inches in this style, and save it to ``path`` at the end."""
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        figure.savefig(path, dpi=DPI, facecolor="white", metadata={"Software": "spikenet"})


def legend_above(axes: Axes) -> None:
    """Put the legend between title and axes, where it hides no data, in as many columns as fit."""
    handles, labels = axes.get_legend_handles_labels()
    if len(handles) < 2:
        return
    entry = (max(map(len, labels)) + 8) * CHARACTER
    columns = max(1, int((axes.figure.get_figwidth() - 0.7) // entry))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2, handlelength=3, borderpad=0)
    rows = math.ceil(len(handles) / columns)
    axes.set_title(axes.get_title("left"), pad=5 + 15 * rows)


def colours_for(names: Iterable[str]) -> list[str]:
    """Return a colour for each series; names that start with "paper" get a grey."""
    ours, theirs = itertools.cycle(COLOURS), itertools.cycle(GREYS)
    return [next(theirs if name.lower().startswith("paper") else ours) for name in names]
