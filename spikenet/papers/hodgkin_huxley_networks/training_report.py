"""What the trainings of conductance networks say: accuracies beside the paper's, courses, and activity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Desk
from spikenet.papers.hodgkin_huxley_networks.conductance_training import Recipe, Trained
from spikenet.papers.hodgkin_huxley_networks.published import ACCURACY, BARS, LINEAR, SOURCES, TABLE_1
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels
from spikenet.report.table import Table, mean_sd


@dataclass(frozen=True, eq=False)
class Runs:
    """One network by several seeds; ``whole`` says that all images were used."""

    data: str
    recipe: Recipe
    runs: Sequence[Trained]
    whole: bool

    @property
    def case(self) -> tuple[str, str, str]:
        network = self.recipe.network
        linear = (network.variant, network.release) == ("cwa", "linear")
        return self.data, network.arch, LINEAR if linear else network.variant

    def right(self, part: str) -> list[float]:
        """Per cent by seed."""
        return [run.right[part] for run in self.runs]

    def course(self, name: str) -> np.ndarray:
        """By seed and epoch."""
        return np.array([run.course(name) for run in self.runs])

    def metrics(self) -> dict:
        judged = self.runs[0].right
        return {
            "recognised": {part: self.right(part) for part in judged},
            "training accuracy by epoch": 100 * self.course("accuracy"),
            "held out by epoch": 100 * self.course("validation_accuracy"),
            "loss by epoch": self.course("loss"),
            "activity by epoch and layer": self.course("activity"),
            "seconds an epoch": self.course("seconds").mean(axis=1),
            "collapses": [list(run.history["collapses"]) for run in self.runs],
            "parameters": int(self.runs[0].model.count_params()),
        }


def claims(runs: Runs) -> tuple[Claim, ...]:
    """The paper's accuracy or the project's own bar; only for whole data sets and networks of the paper's width."""
    if not runs.whole or runs.case not in ACCURACY or "test" not in runs.runs[0].right:
        return ()
    paper, source = ACCURACY[runs.case], SOURCES.get(runs.case[2], TABLE_1)
    bar = BARS.get(runs.case, paper)
    measured = float(np.mean(runs.right("test")))
    width = runs.recipe.network.width
    name = " ".join(runs.case) + ("" if width == 1 else f", {width:g} of the width")
    note = "" if bar == paper else f"the paper has {paper:g}, this project's bar is {bar:g}"
    found = Claim.at_least(f"{name}: test accuracy (%), mean of {len(runs.runs)}", source, paper=bar, measured=measured)
    return (found.with_note(note),)


def tables(runs: Runs) -> tuple[Table, ...]:
    history = [run.history for run in runs.runs]
    rows = [(part, mean_sd(runs.right(part), 2), _paper(runs, part)) for part in runs.runs[0].right]
    rows.append(("last epoch's training", mean_sd(100 * runs.course("accuracy")[:, -1], 2), None))
    recipe = runs.recipe
    caption = (
        f"{recipe}; {recipe.network}; {len(history)} networks, {sum(len(h['collapses']) for h in history)} collapses. "
        "The paper gives the best test accuracy of all epochs, ours is the last epoch's."
    )
    return (Table(f"Recognised by {' '.join(runs.case)} (%)", ("images", "ours", "paper"), tuple(rows), caption, 2),)


def _paper(runs: Runs, part: str) -> float | None:
    return ACCURACY.get(runs.case) if part == "test" else None


def draw(desk: Desk, runs: Runs) -> tuple[Figure, ...]:
    epochs = np.arange(1, runs.course("loss").shape[1] + 1)
    series = {"training": 100 * runs.course("accuracy")}
    if "held out" in runs.runs[0].right:
        series["held out"] = 100 * runs.course("validation_accuracy")
    references = {"paper, test": ACCURACY[runs.case]} if runs.case in ACCURACY else None
    plot_lines(desk.figure("epochs"), epochs, series, Labels("Training", "epoch", "recognised (%)"), references)
    activity = 100 * runs.course("activity")  # (seed, epoch, layer)
    layers = {f"layer {k + 1}": activity[:, :, k] for k in range(activity.shape[2])}
    plot_lines(desk.figure("activity"), epochs, layers, Labels("Neurons that release", "epoch", "active (%)"))
    return (
        Figure("epochs.png", "Accuracy by epoch", "Lines rise and level off.",
               "Training: each image as the network was when it saw it, augmented. Bands: one standard deviation."),
        Figure("activity.png", "Activity by layer", "A line for each layer.",
               "Share of release probabilities above zero, over 1,000 training images."),
    )  # fmt: skip
