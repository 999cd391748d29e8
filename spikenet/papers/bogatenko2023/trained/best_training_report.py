"""The report of `fhn-train-best`: accuracies by gamma and decoder, beside the paper's.

The training of each decoder is chosen on held-out images.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.classification import percent_correct
from spikenet.experiments.experiment import RunContext
from spikenet.papers.bogatenko2023 import PAPER
from spikenet.papers.bogatenko2023.decoder_comparison import DECODER_NAMES
from spikenet.papers.bogatenko2023.published_tables import DIGITS, TABLE_2, TABLE_2_AVERAGES
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_digits
from spikenet.report.table import Table, mean_sd

OURS = "our own bar"
ORDER = ("mean", "dwell", "smooth")


@dataclass(frozen=True)
class BestResults:
    """Correct images by gamma and training: for each seed, counts by part, decoder and digit.

    ``labels`` (image,) by part; ``histories`` are the epochs of each seed.
    """

    labels: Mapping[str, np.ndarray]
    correct: dict[tuple[float, str], list[dict]] = field(default_factory=dict)
    histories: dict[tuple[float, str], list[dict]] = field(default_factory=dict)

    def add(self, gamma: float, training: str, correct: dict, history: dict) -> None:
        self.correct.setdefault((gamma, training), []).append(correct)
        self.histories.setdefault((gamma, training), []).append(history)

    @property
    def gammas(self) -> list[float]:
        return list(dict.fromkeys(gamma for gamma, _ in self.correct))

    def accuracy(self, gamma: float, training: str, decoder: str, part: str) -> np.ndarray:
        """Return the per cent of the images that is correct, (seed,)."""
        counts = [found[part][decoder] for found in self.correct[gamma, training]]
        return 100 * np.sum(counts, axis=1) / len(self.labels[part])

    def chosen(self, gamma: float, decoder: str) -> str:
        """Return the training that does best on the held-out images."""
        trainings = [training for other, training in self.correct if other == gamma]
        return max(trainings, key=lambda one: self.accuracy(gamma, one, decoder, "held out").mean())

    def test(self, gamma: float, decoder: str) -> np.ndarray:
        """Return the per cent of the test images that the chosen network has correct, (seed,)."""
        return self.accuracy(gamma, self.chosen(gamma, decoder), decoder, "test")

    def digits(self, gamma: float, decoder: str) -> np.ndarray:
        """Return the same for each digit, (seed, digit)."""
        counts = [found["test"][decoder] for found in self.correct[gamma, self.chosen(gamma, decoder)]]
        return percent_correct(np.array(counts), self.labels["test"])

    def metrics(self) -> dict:
        every = {
            f"gamma {gamma:g}, trained on {training}": {
                part: {decoder: self.accuracy(gamma, training, decoder, part) for decoder in DECODER_NAMES}
                for part in self.labels
            }
            for gamma, training in self.correct
        }
        digits = {
            f"gamma {gamma:g}": {decoder: self.digits(gamma, decoder) for decoder in DECODER_NAMES}
            for gamma in self.gammas
        }
        chosen = {f"gamma {gamma:g}": {one: self.chosen(gamma, one) for one in DECODER_NAMES} for gamma in self.gammas}
        seconds = {
            f"gamma {gamma:g}, {training}": [np.mean([epoch["seconds"] for epoch in one["epochs"]]) for one in found]
            for (gamma, training), found in self.histories.items()
        }
        return {"accuracy": every, "digits": digits, "chosen": chosen, "seconds an epoch": seconds}


def claims(results: BestResults) -> tuple[Claim, ...]:
    """Claim accuracies on the test images; means over the seeds."""
    found = [
        Claim.at_least(
            "mean over time, the better gamma: test images recognised (%)", OURS, paper=98.2,
            measured=float(max(results.test(gamma, "mean").mean() for gamma in results.gammas)),
        )
    ]  # fmt: skip
    for gamma, bar in ((-1.0, 97.5), (-0.5, 97.0)):
        for decoder in ("dwell", "smooth"):
            found.append(
                Claim.at_least(
                    f"{DECODER_NAMES[decoder]}, gamma {gamma:g}: test images recognised (%)", OURS, paper=bar,
                    measured=float(results.test(gamma, decoder).mean()),
                )
            )  # fmt: skip
    eight = results.digits(-0.5, "dwell")[:, 8].mean()
    found.append(
        Claim.at_least(
            "dwell time, gamma -0.5: digit 8 (%; the paper has 0.1)", OURS, paper=95.0, measured=float(eight)
        )
    )
    return tuple(found)


def tables(results: BestResults) -> tuple[Table, ...]:
    rows = []
    for gamma in results.gammas:
        for decoder in ORDER:
            trainings = [training for other, training in results.correct if other == gamma]
            held = (mean_sd(results.accuracy(gamma, one, decoder, "held out"), 2) for one in trainings)
            rows.append(
                (
                    f"{gamma:g}",
                    DECODER_NAMES[decoder],
                    *held,
                    results.chosen(gamma, decoder),
                    mean_sd(results.test(gamma, decoder), 2),
                )
            )
    columns = ("gamma", "read out by", *(f"trained on {one}, held out" for one in trainings), "chosen", "test")
    caption = (
        f"Per cent recognised; {_networks(results)} for each gamma, 100 FHN neurons. Paper, gamma -0.5, dwell: 79.9."
    )
    return (Table("The best of 100 FHN neurons", columns, tuple(rows), caption), _digits(results))


def _digits(results: BestResults) -> Table:
    shown = [(gamma, decoder) for gamma in results.gammas for decoder in ("dwell", "mean")]
    columns = (
        "digit",
        *(f"gamma {gamma:g}, {DECODER_NAMES[decoder]}" for gamma, decoder in shown),
        "paper, gamma -0.5",
    )
    paper = TABLE_2["10,000 test"]
    rows = [(digit, *(mean_sd(results.digits(*one)[:, digit]) for one in shown), paper[digit]) for digit in DIGITS]
    average = (
        "average",
        *(mean_sd(results.digits(*one).mean(axis=1)) for one in shown),
        TABLE_2_AVERAGES["10,000 test"],
    )
    return Table("Test images recognised (%), beside table 2", columns, (*rows, average), f"{_networks(results)}.")


def _networks(results: BestResults) -> str:
    n = len(next(iter(results.correct.values())))
    return f"{n} networks" if n > 1 else "one network"


def draw(context: RunContext, results: BestResults) -> tuple[Figure, ...]:
    series = {f"gamma {gamma:g}, dwell": results.digits(gamma, "dwell") for gamma in results.gammas}
    series["paper, gamma -0.5"] = np.array(TABLE_2["10,000 test"])
    plot_digits(context.figure("digits"), DIGITS, series, "Test images recognised by dwell time")
    return (
        Figure("digits.png", "Digits recognised by dwell time", "Bars for each digit, ours beside the paper's.",
               f"{PAPER}, table 2; error bars are one standard deviation over the seeds."),
    )  # fmt: skip


def notes(results: BestResults) -> tuple[str, ...]:
    """Return what differs from the paper."""
    held = len(results.labels["held out"])
    return (
        "Dwell time after a low-pass filter: a synapse of 5 tau between the neurons and the read-out.",
        f"Trained on {5 * held} images; {held} were held out to choose the training for each decoder.",
    )
