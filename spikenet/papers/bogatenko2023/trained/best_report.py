"""What `fhn-train-best` says: accuracies by gamma and decoder, chosen on held-out images, beside the paper's."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Desk
from spikenet.papers.bogatenko2023 import PAPER
from spikenet.papers.bogatenko2023.paper import AVERAGES_2, DIGITS, TABLE_2
from spikenet.papers.bogatenko2023.recognised import DECODED, per_cent
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_digits
from spikenet.report.table import Table, mean_sd

OURS = "our own bar"
ORDER = ("mean", "dwell", "smooth")


@dataclass(frozen=True)
class Best:
    """Images recognised, counts by part, decoder and digit, by gamma and training (one a seed), and their epochs."""

    labels: Mapping[str, np.ndarray]
    right: dict[tuple[float, str], list[dict]] = field(default_factory=dict)
    histories: dict[tuple[float, str], list[dict]] = field(default_factory=dict)

    def add(self, gamma: float, training: str, right: dict, history: dict) -> None:
        self.right.setdefault((gamma, training), []).append(right)
        self.histories.setdefault((gamma, training), []).append(history)

    @property
    def gammas(self) -> list[float]:
        return list(dict.fromkeys(gamma for gamma, _ in self.right))

    def accuracy(self, gamma: float, training: str, decoder: str, part: str) -> np.ndarray:
        """Per cent of the images, (seed,)."""
        right = [found[part][decoder] for found in self.right[gamma, training]]
        return 100 * np.sum(right, axis=1) / len(self.labels[part])

    def chosen(self, gamma: float, decoder: str) -> str:
        """The training that does best on the held-out images."""
        trainings = [training for other, training in self.right if other == gamma]
        return max(trainings, key=lambda one: self.accuracy(gamma, one, decoder, "held out").mean())

    def test(self, gamma: float, decoder: str) -> np.ndarray:
        """Per cent of the test images by the network that was chosen, (seed,)."""
        return self.accuracy(gamma, self.chosen(gamma, decoder), decoder, "test")

    def digits(self, gamma: float, decoder: str) -> np.ndarray:
        """Per cent of each digit of the test images by the network that was chosen, (seed, digit)."""
        right = [found["test"][decoder] for found in self.right[gamma, self.chosen(gamma, decoder)]]
        return per_cent(np.array(right), self.labels["test"])

    def metrics(self) -> dict:
        every = {
            f"gamma {gamma:g}, trained on {training}": {
                part: {decoder: self.accuracy(gamma, training, decoder, part) for decoder in DECODED}
                for part in self.labels
            }
            for gamma, training in self.right
        }
        digits = {
            f"gamma {gamma:g}": {decoder: self.digits(gamma, decoder) for decoder in DECODED} for gamma in self.gammas
        }
        chosen = {f"gamma {gamma:g}": {one: self.chosen(gamma, one) for one in DECODED} for gamma in self.gammas}
        seconds = {
            f"gamma {gamma:g}, {training}": [np.mean([epoch["seconds"] for epoch in one["epochs"]]) for one in found]
            for (gamma, training), found in self.histories.items()
        }
        return {"accuracy": every, "digits": digits, "chosen": chosen, "seconds an epoch": seconds}


def claims(best: Best) -> tuple[Claim, ...]:
    """Means over the seeds, on the test images."""
    found = [
        Claim.at_least(
            "mean over time, the better gamma: test images recognised (%)", OURS, paper=98.2,
            measured=float(max(best.test(gamma, "mean").mean() for gamma in best.gammas)),
        )
    ]  # fmt: skip
    for gamma, bar in ((-1.0, 97.5), (-0.5, 97.0)):
        for decoder in ("dwell", "smooth"):
            found.append(
                Claim.at_least(
                    f"{DECODED[decoder]}, gamma {gamma:g}: test images recognised (%)", OURS, paper=bar,
                    measured=float(best.test(gamma, decoder).mean()),
                )
            )  # fmt: skip
    eight = best.digits(-0.5, "dwell")[:, 8].mean()
    found.append(
        Claim.at_least(
            "dwell time, gamma -0.5: digit 8 (%; the paper has 0.1)", OURS, paper=95.0, measured=float(eight)
        )
    )
    return tuple(found)


def tables(best: Best) -> tuple[Table, ...]:
    rows = []
    for gamma in best.gammas:
        for decoder in ORDER:
            trainings = [training for other, training in best.right if other == gamma]
            held = (mean_sd(best.accuracy(gamma, one, decoder, "held out"), 2) for one in trainings)
            rows.append(
                (
                    f"{gamma:g}",
                    DECODED[decoder],
                    *held,
                    best.chosen(gamma, decoder),
                    mean_sd(best.test(gamma, decoder), 2),
                )
            )
    columns = ("gamma", "read out by", *(f"trained on {one}, held out" for one in trainings), "chosen", "test")
    caption = f"Per cent recognised; {_networks(best)} for each gamma, 100 FHN neurons. Paper, gamma -0.5, dwell: 79.9."
    return (Table("The best of 100 FHN neurons", columns, tuple(rows), caption), _digits(best))


def _digits(best: Best) -> Table:
    shown = [(gamma, decoder) for gamma in best.gammas for decoder in ("dwell", "mean")]
    columns = ("digit", *(f"gamma {gamma:g}, {DECODED[decoder]}" for gamma, decoder in shown), "paper, gamma -0.5")
    paper = TABLE_2["10,000 test"]
    rows = [(digit, *(mean_sd(best.digits(*one)[:, digit]) for one in shown), paper[digit]) for digit in DIGITS]
    average = ("average", *(mean_sd(best.digits(*one).mean(axis=1)) for one in shown), AVERAGES_2["10,000 test"])
    return Table("Test images recognised (%), beside table 2", columns, (*rows, average), f"{_networks(best)}.")


def _networks(best: Best) -> str:
    n = len(next(iter(best.right.values())))
    return f"{n} networks" if n > 1 else "one network"


def draw(desk: Desk, best: Best) -> tuple[Figure, ...]:
    series = {f"gamma {gamma:g}, dwell": best.digits(gamma, "dwell") for gamma in best.gammas}
    series["paper, gamma -0.5"] = np.array(TABLE_2["10,000 test"])
    plot_digits(desk.figure("digits"), DIGITS, series, "Test images recognised by dwell time")
    return (
        Figure("digits.png", "Digits recognised by dwell time", "Bars for each digit, ours beside the paper's.",
               f"{PAPER}, table 2; error bars are one standard deviation over the seeds."),
    )  # fmt: skip


def notes(best: Best) -> tuple[str, ...]:
    """What is not the paper's."""
    held = len(best.labels["held out"])
    return (
        "Dwell time after a low-pass filter: a synapse of 5 tau between the neurons and the read-out.",
        f"Trained on {5 * held} images; {held} were held out to choose the training for each decoder.",
    )
