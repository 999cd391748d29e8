"""The report of trained conductance networks: accuracies beside the paper's, training curves, and activity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import RunContext
from spikenet.papers.hodgkin_huxley_networks.conductance_recipes import ConductanceRecipe
from spikenet.papers.hodgkin_huxley_networks.conductance_training import TrainedNetwork
from spikenet.papers.hodgkin_huxley_networks.published_accuracies import ACCURACY, BARS, LINEAR, SOURCES, TABLE_1
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels
from spikenet.report.table import Table, mean_sd


@dataclass(frozen=True, eq=False)
class Replicates:
    """One network trained from several seeds on data set ``data``; ``complete`` if all images were used."""

    data: str
    recipe: ConductanceRecipe
    networks: Sequence[TrainedNetwork]
    complete: bool

    @property
    def case(self) -> tuple[str, str, str]:
        """Data set, architecture and variant: a key of ``ACCURACY``."""
        network = self.recipe.network
        linear = (network.variant, network.release) == ("cwa", "linear")
        return self.data, network.arch, LINEAR if linear else network.variant

    def correct(self, part: str) -> list[float]:
        """Return the per cent of the images of a part that is correct, by seed."""
        return [network.correct[part] for network in self.networks]

    def curve(self, name: str) -> np.ndarray:
        """Return a number of every epoch, (seed, epoch)."""
        return np.array([network.curve(name) for network in self.networks])

    def metrics(self) -> dict:
        judged = self.networks[0].correct
        return {
            "recognised": {part: self.correct(part) for part in judged},
            "training accuracy by epoch": 100 * self.curve("accuracy"),
            "held out by epoch": 100 * self.curve("validation_accuracy"),
            "loss by epoch": self.curve("loss"),
            "activity by epoch and layer": self.curve("activity"),
            "seconds an epoch": self.curve("seconds").mean(axis=1),
            "collapses": [list(network.history["collapses"]) for network in self.networks],
            "parameters": int(self.networks[0].model.count_params()),
        }


def claims(replicates: Replicates) -> tuple[Claim, ...]:
    """Compare with the paper's accuracy or the project's own bar, only if all images were used."""
    if not replicates.complete or replicates.case not in ACCURACY or "test" not in replicates.networks[0].correct:
        return ()
    paper, source = ACCURACY[replicates.case], SOURCES.get(replicates.case[2], TABLE_1)
    bar = BARS.get(replicates.case, paper)
    measured = float(np.mean(replicates.correct("test")))
    width = replicates.recipe.network.width
    name = " ".join(replicates.case) + ("" if width == 1 else f", {width:g} of the width")
    note = "" if bar == paper else f"the paper has {paper:g}, this project's bar is {bar:g}"
    found = Claim.at_least(
        f"{name}: test accuracy (%), mean of {len(replicates.networks)}", source, paper=bar, measured=measured
    )
    return (found.with_note(note),)


def tables(replicates: Replicates) -> tuple[Table, ...]:
    history = [network.history for network in replicates.networks]
    rows = [
        (part, mean_sd(replicates.correct(part), 2), _paper(replicates, part))
        for part in replicates.networks[0].correct
    ]
    rows.append(("last epoch's training", mean_sd(100 * replicates.curve("accuracy")[:, -1], 2), None))
    recipe = replicates.recipe
    caption = (
        f"{recipe}; {recipe.network}; {len(history)} networks, {sum(len(h['collapses']) for h in history)} collapses. "
        "The paper gives the best test accuracy of all epochs, ours is the last epoch's."
    )
    return (
        Table(f"Recognised by {' '.join(replicates.case)} (%)", ("images", "ours", "paper"), tuple(rows), caption, 2),
    )


def _paper(replicates: Replicates, part: str) -> float | None:
    return ACCURACY.get(replicates.case) if part == "test" else None


def draw(context: RunContext, replicates: Replicates) -> tuple[Figure, ...]:
    epochs = np.arange(1, replicates.curve("loss").shape[1] + 1)
    series = {"training": 100 * replicates.curve("accuracy")}
    if "held out" in replicates.networks[0].correct:
        series["held out"] = 100 * replicates.curve("validation_accuracy")
    references = {"paper, test": ACCURACY[replicates.case]} if replicates.case in ACCURACY else None
    plot_lines(context.figure("epochs"), epochs, series, Labels("Training", "epoch", "recognised (%)"), references)
    activity = 100 * replicates.curve("activity")  # (seed, epoch, layer)
    layers = {f"layer {k + 1}": activity[:, :, k] for k in range(activity.shape[2])}
    plot_lines(context.figure("activity"), epochs, layers, Labels("Neurons that release", "epoch", "active (%)"))
    return (
        Figure("epochs.png", "Accuracy by epoch", "Lines rise and level off.",
               "Training: each image as the network was when it saw it, augmented. Bands: one standard deviation."),
        Figure("activity.png", "Activity by layer", "A line for each layer.",
               "Share of release probabilities above zero, over 1,000 training images."),
    )  # fmt: skip
