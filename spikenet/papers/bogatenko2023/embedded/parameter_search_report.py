"""The report of `fhn-search`: the choices that come closest to the paper's training columns, and the networks."""

from dataclasses import dataclass

import numpy as np

from spikenet.experiments.experiment import RunContext
from spikenet.papers.bogatenko2023.published_tables import GAMMAS, TABLE_1
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels
from spikenet.report.table import Table, mean_sd

_PAPER = np.array([TABLE_1[gamma]["train"] for gamma in GAMMAS])  # (gamma, digit)


@dataclass(frozen=True)
class AnnAccuracy:
    """Per cent of its training images, and of those held out, that a network without neurons classifies correctly."""

    recipe: str
    seed: int
    trained: float
    held_out: float


@dataclass(frozen=True, eq=False)
class SearchResult:
    """One choice of all that is open, and the correct images, ``digits`` (seed, gamma, digit) in per cent."""

    recipe: str
    epsilon: float
    start: str
    digits: np.ndarray

    @property
    def distance(self) -> float:
        """Root mean square distance of our mean over the seeds from the paper, over gammas and digits, in points."""
        return _rms(self.digits.mean(axis=0))

    @property
    def distances(self) -> list[float]:
        """The same distance for the network of each seed."""
        return [_rms(digits) for digits in self.digits]

    def averages(self, gamma: float) -> np.ndarray:
        """Return the mean over the digits, (seed,)."""
        return self.digits[:, GAMMAS.index(gamma)].mean(axis=1)


def _rms(digits: np.ndarray) -> float:
    return float(np.sqrt(np.mean((digits - _PAPER) ** 2)))


def metrics(found: list[SearchResult], networks: list[AnnAccuracy]) -> dict:
    return {
        "candidates": [
            {"recipe": one.recipe, "epsilon": one.epsilon, "start": one.start, "distance": one.distance,
             "distances": one.distances, "digits": one.digits.mean(axis=0)}
            for one in found
        ],
        "gammas": list(GAMMAS),
        "networks": [vars(network) for network in networks],
    }  # fmt: skip


def tables(found: list[SearchResult], networks: list[AnnAccuracy]) -> tuple[Table, ...]:
    return (_candidates(found), _networks(networks))


def _candidates(found: list[SearchResult]) -> Table:
    paper = {gamma: float(_PAPER[number].mean()) for number, gamma in enumerate(GAMMAS)}
    rows = [("the paper", None, "", 0.0, "", *(paper[gamma] for gamma in GAMMAS))]
    for one in found:
        averages = (mean_sd(one.averages(gamma)) for gamma in GAMMAS)
        rows.append((one.recipe, f"{one.epsilon:g}", one.start, one.distance, mean_sd(one.distances), *averages))
    columns = ("network", "epsilon", "start (x, y)", "distance", "of one seed", *(f"gamma {g:g}" for g in GAMMAS))
    caption = (
        "Distance: root mean square, over the ten digits and three gammas, of the mean of our networks from the "
        "training columns of table 1, in points. The last columns are averages over the digits in per cent, by plain "
        "dwell time."
    )
    return Table("Choices by their distance from table 1", columns, tuple(rows), caption)


def _networks(networks: list[AnnAccuracy]) -> Table:
    recipes = list(dict.fromkeys(network.recipe for network in networks))
    rows = [
        (
            recipe,
            mean_sd([network.trained for network in networks if network.recipe == recipe], 2),
            mean_sd([network.held_out for network in networks if network.recipe == recipe], 2),
        )
        for recipe in recipes
    ]
    caption = "Trained on five sixths of the training images, validated on the rest; no test image is looked at."
    return Table("Networks without neurons", ("network", "trained on (%)", "held out (%)"), tuple(rows), caption)


def draw(context: RunContext, found: list[SearchResult]) -> tuple[Figure, ...]:
    """Draw the distance over epsilon for every training."""
    usual = found[0].start if len({one.start for one in found}) == 1 else "(-1, -2/3)"
    epsilons = sorted({one.epsilon for one in found})
    series = {}
    for recipe in dict.fromkeys(one.recipe for one in sorted(found, key=lambda one: one.recipe)):
        mine = {one.epsilon: one for one in found if one.recipe == recipe and one.start == usual}
        series[recipe] = np.array([mine[epsilon].distances for epsilon in epsilons]).T
    labels = Labels("Distance from the paper's table 1", "epsilon (logarithm to base 10)", "distance (points)")
    plot_lines(context.figure("distance"), np.log10(epsilons), series, labels)
    return (
        Figure(
            "distance.png",
            "Distance from table 1 over epsilon",
            f"A line for each way of training; {found[0].recipe} at epsilon {found[0].epsilon:g} comes closest.",
            "Root mean square over digits and gammas for single networks; bands are one standard deviation over seeds.",
        ),
    )


def notes(found: list[SearchResult], networks: list[AnnAccuracy], sample: int) -> tuple[str, ...]:
    best, spread = found[0], max(one.distance for one in found)
    recipe = max({n.recipe for n in networks}, key=lambda r: np.mean([n.held_out for n in networks if n.recipe == r]))
    return (
        f"Closest: {best.recipe}, epsilon {best.epsilon:g}, start {best.start}: {best.distance:.1f} points from "
        f"table 1 (the farthest is {spread:.1f}).",
        f"Best on held-out images without neurons: {recipe}.",
        f"Distances are measured with {sample} training images, of each digit its share.",
    )
