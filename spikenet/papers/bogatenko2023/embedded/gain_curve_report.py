"""The report of `fhn-gamma`: accuracy over the gain, as figure 4, and claims about the shape of the curve."""

from dataclasses import dataclass, field

import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import RunContext
from spikenet.papers.bogatenko2023 import PAPER
from spikenet.papers.bogatenko2023.decoder_comparison import DECODER_NAMES
from spikenet.papers.bogatenko2023.published_tables import TABLE_1_AVERAGES
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels
from spikenet.report.table import Table, mean_sd

SOURCE = f"{PAPER}, figure 4"
OURS = "our own, not in the paper"
EMBEDDINGS = ("plain", "calibrated")
NAMES = {"dwell": "dwell", "mean": "mean", "smooth": "dwell, low-pass"}


@dataclass(frozen=True)
class GainCurves:
    """Per cent of the test images that are correct, over rising ``gammas``.

    ``ann`` has the networks without neurons, by seed; ``found`` those with neurons, by embedding, seed, gamma and
    decoder. ``complete`` if all of MNIST was used.
    """

    gammas: np.ndarray
    complete: bool
    ann: list[float] = field(default_factory=list)
    found: dict[tuple[str, int, float], dict[str, float]] = field(default_factory=dict)

    def add(self, kind: str, seed: int, gamma: float, accuracies: dict[str, float]) -> None:
        self.found[kind, seed, gamma] = accuracies

    @property
    def seeds(self) -> list[int]:
        return list(dict.fromkeys(seed for _, seed, _ in self.found))

    def curve(self, kind: str, decoder: str) -> np.ndarray:
        """Return an accuracy, (seed, gamma); NaN where there is none."""
        missing = dict.fromkeys(DECODER_NAMES, np.nan)
        return np.array([[self.found.get((kind, s, g), missing)[decoder] for g in self.gammas] for s in self.seeds])

    def lost(self, kind: str, decoder: str) -> np.ndarray:
        """Return the points that are lost to the network without neurons, (seed, gamma)."""
        return np.array(self.ann)[:, None] - self.curve(kind, decoder)

    def metrics(self) -> dict:
        kinds = {}
        for kind in EMBEDDINGS:
            there = np.isfinite(self.curve(kind, "mean")).all(axis=0)
            kinds[kind] = {
                "gammas": self.gammas[there],
                **{name: self.curve(kind, name)[:, there] for name in DECODER_NAMES},
            }
        return {"ann": self.ann, **kinds}


def claims(curves: GainCurves) -> tuple[Claim, ...]:
    return (*_shape(curves), *_calibrated(curves))


def _shape(curves: GainCurves) -> list[Claim]:
    """Claim that accuracy is lowest for gamma > 0 and near 0, rises from 0 to -1 and saturates below -1."""
    gammas, dwell = curves.gammas, curves.curve("plain", "dwell").mean(axis=0)
    rising = dwell[(gammas >= -1) & (gammas < -0.01)][::-1]  # from 0 to -1
    found = []
    if (gammas > 0).any() and len(rising) > 1:
        found.append(
            Claim.at_most(
                "gamma > 0 is lowest: best accuracy there (%)", SOURCE, paper=10.0,
                measured=float(dwell[gammas > 0].max()), reason="10 % is what guessing gives",
            )
        )  # fmt: skip
        found.append(
            Claim.at_least(
                "rises from gamma 0 to -1: smallest step (points)", SOURCE, paper=0.0,
                measured=float(np.diff(rising).min()), slack=1.0, reason="the ripple of partial cycles",
            )
        )  # fmt: skip
    if {-2.0, -1.0} <= set(gammas.tolist()) and len(rising) > 1:
        gained, after = rising[-1] - rising[0], np.abs(dwell[gammas <= -1] - rising[-1]).max()
        found.append(
            Claim.at_most(
                "saturates below -1: largest change there, as a share of the rise from 0 to -1", SOURCE, paper=0.2,
                measured=float(after / gained), reason="a fifth: the paper says that it saturates, without a number",
            )
        )  # fmt: skip
    return found


def _calibrated(curves: GainCurves) -> list[Claim]:
    """Claim that calibrated networks lose little at the worst gamma; means over the seeds."""
    bar, reason = (0.1, "our own bar") if curves.complete else (0.5, "five of 1,000 images")
    below = curves.gammas < 0
    far = curves.gammas <= -1
    found = []
    for where, decoder, text in ((below, "mean", "every gamma < 0"), (far, "dwell", "every gamma <= -1")):
        if where.any():
            worst = float(curves.lost("calibrated", decoder).mean(axis=0)[where].max())
            claim = Claim.at_most(
                f"calibrated, {NAMES[decoder]}, {text}: points lost, at most", OURS, paper=bar, measured=worst,
                reason=reason,
            )  # fmt: skip
            found.append(claim)
    return found


def tables(curves: GainCurves) -> tuple[Table, ...]:
    columns = ("gamma", *(f"{kind}, {NAMES[decoder]}" for kind in EMBEDDINGS for decoder in DECODER_NAMES))
    values = [curves.curve(kind, decoder) for kind in EMBEDDINGS for decoder in DECODER_NAMES]
    rows = [
        (f"{gamma:g}", *(mean_sd(value[:, column]) for value in values)) for column, gamma in enumerate(curves.gammas)
    ]
    caption = (
        f"Per cent of the test images; {len(curves.ann)} networks, which themselves have {mean_sd(curves.ann, 2)} %."
    )
    return (Table("Accuracy against gamma", columns, tuple(rows), caption),)


def draw(context: RunContext, curves: GainCurves) -> tuple[Figure, ...]:
    """Draw figure 4, and the calibrated networks beside the network without neurons."""
    paper = {"paper, table 1": ([-1.0, -0.5, 0.5], [TABLE_1_AVERAGES[gamma]["test"] for gamma in (-1.0, -0.5, 0.5)])}
    ann = {"without neurons": float(np.mean(curves.ann))}
    labels = Labels("Accuracy against the gain of the drive", "gamma", "test images recognised (%)")
    series = {
        "plain, dwell": curves.curve("plain", "dwell"),
        "plain, mean": curves.curve("plain", "mean"),
        "calibrated, dwell": curves.curve("calibrated", "dwell"),
        "calibrated, mean": curves.curve("calibrated", "mean"),
    }
    plot_lines(context.figure("gamma"), curves.gammas, series, labels, ann, paper)
    below = curves.gammas < 0
    lost = {NAMES[decoder]: -curves.lost("calibrated", decoder)[:, below] for decoder in DECODER_NAMES}
    labels = Labels("Calibrated networks beside their network without neurons", "gamma", "difference (points)")
    plot_lines(context.figure("calibrated"), curves.gammas[below], lost, labels, {"no difference": 0.0})
    return (
        Figure(
            "gamma.png",
            "Accuracy against gamma",
            "Plain accuracy is under ten per cent for gamma above zero and rises towards gamma -1; calibrated networks "
            "stay level with the network without neurons.",
            "As figure 4 of the paper; the points are its table 1. Bands: one standard deviation over the seeds.",
        ),
        Figure(
            "calibrated.png",
            "What calibrated neurons cost",
            "Difference to the network without neurons: none by the mean, some by dwell time for gamma near zero.",
        ),
    )


def notes(curves: GainCurves) -> tuple[str, ...]:
    return () if curves.complete else ("The paper's figure is for all 10,000 test images; this run has fewer.",)
