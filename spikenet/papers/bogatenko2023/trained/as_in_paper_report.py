"""What `fhn-train` says: table 2 beside the paper's, the course of training, and why digits are not learnt."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Desk
from spikenet.papers.bogatenko2023 import PAPER
from spikenet.papers.bogatenko2023.paper import AVERAGES_2, DIGITS, TABLE_2
from spikenet.papers.bogatenko2023.recognised import per_cent
from spikenet.papers.bogatenko2023.training_curves import by_epoch, plot_course
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_digits
from spikenet.report.style import Labels
from spikenet.report.table import Table, mean_sd

TABLE = f"{PAPER}, table 2"
_CHANCE = 10.0


@dataclass(frozen=True)
class Trained:
    """Images recognised, counts by column of table 2 and digit, of every recipe and seed, and their epochs.

    ``choices`` are the counts of the test images by (tanh, what the loss sees), ``dead`` the digits that were not
    learnt, by recipe and spread of the first weights, for each seed.
    """

    labels: Mapping[str, np.ndarray]
    right: dict[str, list[dict]] = field(default_factory=dict)
    histories: dict[str, list[dict]] = field(default_factory=dict)
    choices: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    dead: dict[tuple[str, float], list[list[int]]] = field(default_factory=dict)

    def add(self, recipe: str, right: dict, history: dict) -> None:
        self.right.setdefault(recipe, []).append(right)
        self.histories.setdefault(recipe, []).append(history)

    def digits(self, recipe: str, part: str) -> np.ndarray:
        """Per cent of each digit, (seed, digit)."""
        return per_cent(np.array([right[part] for right in self.right[recipe]]), self.labels[part])

    def course(self, recipe: str, name: str) -> np.ndarray:
        """A number of every epoch, (seed, epoch)."""
        return by_epoch(self.histories[recipe], name)

    def metrics(self) -> dict:
        return {
            "digits": {name: {part: self.digits(name, part) for part in self.labels} for name in self.right},
            "loss": {name: self.course(name, "loss") for name in self.right},
            "test by epoch": {name: 100 * self.course(name, "validation_accuracy") for name in self.right},
            "seconds an epoch": {name: self.course(name, "seconds").mean(axis=1) for name in self.right},
            "choices": {f"tanh {place}, {seen}": right for (place, seen), right in self.choices.items()},
            "digits not learnt": {f"{name}, spread {spread}": found for (name, spread), found in self.dead.items()},
        }


def claims(trained: Trained) -> tuple[Claim, ...]:
    """The paper's network is better than one with embedded neurons, and does not know one of the digits."""
    found = []
    for part in trained.labels:
        first, second = (trained.digits(name, part) for name in trained.right)
        found.append(
            Claim.at_least(
                f"{part} images, the better recipe: average (%)", TABLE, paper=AVERAGES_2[part],
                measured=float(max(first.mean(), second.mean())), slack=3.0, reason="what a digit more or less makes",
            )
        )  # fmt: skip
    part = list(trained.labels)[-1]
    lost = [int((digits < 5).sum()) for digits in trained.digits(next(iter(trained.right)), part)]
    found.append(
        Claim.between(
            f"{part} images, squared errors: digits that are never recognised, mean over seeds", TABLE, low=0.2,
            high=2.0, measured=float(np.mean(lost)), reason="the paper has one; which and how many depend on the seed",
        )
    )  # fmt: skip
    return tuple(found)


def tables(trained: Trained) -> tuple[Table, ...]:
    return (_table_2(trained), *_choices(trained), *_dead(trained))


def _table_2(trained: Trained) -> Table:
    columns, names = ["digit"], list(trained.right)
    for part in trained.labels:
        columns += [f"{part}: {name}" for name in names] + ["paper"]
    rows = []
    for digit in DIGITS:
        row = [digit]
        for part in trained.labels:
            row += [mean_sd(trained.digits(name, part)[:, digit]) for name in names] + [TABLE_2[part][digit]]
        rows.append(row)
    average = ["average"]
    for part in trained.labels:
        average += [mean_sd(trained.digits(name, part).mean(axis=1)) for name in names] + [AVERAGES_2[part]]
    caption = (
        f"By dwell time, gamma -0.5, trained on 10,000 images; {len(next(iter(trained.right.values())))} networks a "
        "recipe. Standard deviations are large where a digit is learnt by some networks and not at all by others."
    )
    return Table("Recognised images (%), as table 2", tuple(columns), (*map(tuple, rows), tuple(average)), caption)


def _choices(trained: Trained) -> list[Table]:
    if not trained.choices:
        return []
    counts = np.bincount(trained.labels["1,000 test"], minlength=10)
    rows = []
    for (place, seen), right in trained.choices.items():
        share = 100 * right / counts
        rows.append((f"tanh {place} the weights", seen, float(share.mean()), int(share.argmin()), float(share.min())))
    columns = ("tanh", "the loss sees", "recognised (%)", "worst digit", "of it (%)")
    caption = "Cross-entropy and Glorot's weights, 1,000 test images, one network each. Before: drives held within 3."
    return [Table("What the paper leaves open", columns, tuple(rows), caption)]


def _dead(trained: Trained) -> list[Table]:
    if not trained.dead:
        return []
    rows = [
        (name, spread, float(np.mean([len(one) for one in found])), "; ".join(_listed(one) for one in found))
        for (name, spread), found in trained.dead.items()
    ]
    columns = ("recipe", "spread of the first weights", "digits not learnt", "which, by seed")
    caption = (
        "Digits of which under 5 % of the test images are recognised. A softmax that starts far out is flat: under "
        "squared errors a class that never wins gets no gradient and never will; under the cross-entropy it does."
    )
    return [Table("Why a digit is not learnt", columns, tuple(rows), caption)]


def _listed(digits: list[int]) -> str:
    return ", ".join(map(str, digits)) or "none"


def draw(desk: Desk, trained: Trained) -> tuple[Figure, ...]:
    """Figures 6 and A.7."""
    accuracies = {}
    for name in trained.right:
        accuracies[f"{name}: training"] = 100 * trained.course(name, "accuracy")
        accuracies[f"{name}: test"] = 100 * trained.course(name, "validation_accuracy")
    labels = Labels("Training with FHN neurons in the loop", "epoch", "recognised (%)")
    plot_course(desk.figure("epochs"), accuracies, labels, references={"paper, 1,000 test": AVERAGES_2["1,000 test"]})
    losses = {name: trained.course(name, "loss") / trained.course(name, "loss")[:, :1] for name in trained.right}
    plot_course(desk.figure("loss"), losses, Labels("Loss", "epoch", "share of the first epoch's"))
    part = list(trained.labels)[-1]
    bars = {name: trained.digits(name, part) for name in trained.right} | {"paper": np.array(TABLE_2[part])}
    plot_digits(desk.figure("digits"), DIGITS, bars, f"{part} images")
    return (
        Figure("epochs.png", "Accuracy by epoch", "Lines rise and level off; the mean over time is read out here.",
               "As figure 6 b of the paper. Bands: one standard deviation over the seeds."),
        Figure("loss.png", "Loss by epoch", "Lines fall.", "As figure 6 a of the paper."),
        Figure("digits.png", "Digits recognised", f"Bars for each digit of {part} images, ours beside the paper's.",
               "As figure A.7 of the paper, by dwell time."),
    )  # fmt: skip


def notes(trained: Trained) -> tuple[str, ...]:
    found = [
        "The paper does not name its loss and first weights. Squared errors of a softmax with first weights as wide "
        "as even ones from -1 to 1 leave a digit at zero in many networks, another one with every seed, as the "
        "paper's digit 8.",
        "The test images decide nothing in the training: no epoch is chosen by them.",
    ]
    if len(trained.labels) == 2:
        found.append("The paper's other two columns need all of MNIST: run with --data full.")
    return tuple(found)
