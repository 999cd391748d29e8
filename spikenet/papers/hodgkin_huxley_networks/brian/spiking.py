"""Trained conductance networks that send spikes: accuracy against time and against spikes.

The Keras network hands on release probabilities; its Brian2 twin sends spikes, by integrate-and-fire or by chance, and
exponential synapses open the conductances. One run gives the answers after every number of bins.
"""

from dataclasses import dataclass

import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.hybrid import Spiking, to_brian
from spikenet.neurons import SpikingCWA, StochasticCWA
from spikenet.papers.hodgkin_huxley_networks import PAPER
from spikenet.papers.hodgkin_huxley_networks.brian.trained_network import BRIAN_OPTIONS, Subject, simulator, subject_of
from spikenet.papers.hodgkin_huxley_networks.published import OWN_BAR
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines, plot_raster
from spikenet.report.style import Labels
from spikenet.report.table import Table

NEURONS = {"spiking": SpikingCWA, "stochastic": StochasticCWA}
MODES = {"spiking": "integrate-and-fire", "stochastic": "by chance"}
BINS = (10, 25, 50, 100, 200, 400)  # of 1 ms
SOURCE = f"this project's bar for {PAPER}, eq. 4"


@dataclass(frozen=True, eq=False)
class Spoken:
    """Per cent of the images recognised, and with the Keras network's class, after each bin, (bin,); spikes of each
    layer after the last bin, per neuron and image."""

    right: np.ndarray
    same: np.ndarray
    spikes: dict[str, float]


def run(setup: Setup, desk: Desk) -> Outcome:
    """Integrate-and-fire on all test images; chance, which is one thread's, on the first ``chance`` of them."""
    subject, bins = subject_of(setup, desk), int(setup.options["bins"])
    shown = {"spiking": subject, "stochastic": subject.first(int(setup.options["chance"]))}
    found = {mode: _speak(setup, desk, shown[mode], mode, bins) for mode in MODES}
    rows_at = [n for n in BINS if n <= bins]
    metrics = {
        "keras (%)": subject.right,
        **{name: {"right": one.right, "same class": one.same, "spikes": one.spikes} for name, one in found.items()},
    }
    claims = tuple(
        Claim.at_most(
            f"{MODES[mode]}, {n} bins: points lost", SOURCE, paper=0.5, measured=shown[mode].right - one.right[n - 1]
        ).with_note(OWN_BAR)
        for mode, one in found.items()
        for n in rows_at
        if n >= 50
    )
    _raster(setup, desk, subject, bins)
    return Outcome(metrics, claims, (_table(shown, found, rows_at),), _draw(desk, subject, found))


def _speak(setup: Setup, desk: Desk, subject: Subject, mode: str, bins: int) -> Spoken:
    network = to_brian(
        subject.model,
        Spiking(bins, str(setup.options["inputs"])),
        neuron=NEURONS[mode],
        engine=simulator(setup),
        seed=setup.seeds[0],
    )

    def speak() -> dict:
        with desk.progress(f"{len(subject.images)} images, {MODES[mode]}, {bins} bins", 1) as progress:
            logits = network.logits_over_time(subject.images, progress=progress.at)
        classes = logits.argmax(axis=2)  # (image, bin)
        few = subject.images[: int(setup.options["counted"])]
        counts = network.record(few, record=("count",))
        return {
            "right": 100 * (classes == subject.labels[:, None]).mean(axis=0),
            "same": 100 * (classes == subject.classes[:, None]).mean(axis=0),
            "spikes": {name: float(recording.count.mean()) for name, recording in counts.items()},
        }

    return Spoken(**desk.keep(mode, speak))


def _table(shown: dict[str, Subject], found: dict[str, Spoken], bins: list[int]) -> Table:
    rows = [
        (
            *(MODES[mode], len(shown[mode].images), n),
            *(float(one.right[n - 1]), float(one.right[n - 1] - shown[mode].right), float(one.same[n - 1])),
        )
        for mode, one in found.items()
        for n in bins
    ]
    sent = "; ".join(
        f"{MODES[mode]}: " + ", ".join(f"{name} {count:.2f}" for name, count in one.spikes.items())
        for mode, one in found.items()
    )
    caption = (
        f"Keras recognises {shown['spiking'].right:.2f} % of the {len(shown['spiking'].images)} test images. "
        "Spikes a neuron and image in "
        f"{len(next(iter(found.values())).right)} bins: {sent}."
    )
    columns = ("release", "test images", "bins", "recognised (%)", "against Keras", "same class (%)")
    return Table("Spiking networks", columns, tuple(rows), caption, 2)


def _raster(setup: Setup, desk: Desk, subject: Subject, bins: int) -> None:
    """The units of the last layer that spike while the first image is shown."""
    network = to_brian(subject.model, Spiking(bins), engine=simulator(setup))
    spikes = network.record(subject.images[:1], layers=network.layers[-1], record=("spikes",))[
        network.layers[-1]
    ].spikes
    units, rows = np.unique(spikes.unit, return_inverse=True)
    few = rows < 60
    title = f"Spikes of {min(len(units), 60)} units of {network.layers[-1]}, one image"
    plot_raster(desk.figure("raster"), 1e3 * spikes.time[few], rows[few], Labels(title, "time (ms)", "unit"))


def _draw(desk: Desk, subject: Subject, found: dict[str, Spoken]) -> tuple[Figure, ...]:
    times = np.arange(1, len(next(iter(found.values())).right) + 1)
    series = {MODES[mode]: one.right for mode, one in found.items()}
    labels = Labels("Spiking networks", "bins of 1 ms", "recognised (%)")
    plot_lines(desk.figure("bins"), times, series, labels, {"Keras, no spikes": subject.right})
    return (
        Figure(
            "bins.png", "Accuracy against time", "Lines rise to that of the Keras network.", "By chance: fewer images."
        ),
        Figure("raster.png", "Spikes", "A tick for each spike.", "Integrate-and-fire."),
    )


OPTIONS = {**BRIAN_OPTIONS, "bins": 100, "inputs": "regular", "counted": 1000, "chance": 2000}
