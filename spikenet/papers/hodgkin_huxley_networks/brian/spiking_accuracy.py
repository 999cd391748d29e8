"""Trained conductance networks that send spikes: accuracy against time and against the number of spikes.

The Keras network passes on release probabilities. In Brian2 the neurons send spikes instead, by integrate-and-fire or
at random, and exponential synapses open the conductances. One run gives the answer after every bin.
"""

from dataclasses import dataclass

import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.hybrid import Spiking, to_brian
from spikenet.neurons import SpikingCWA, StochasticCWA
from spikenet.papers.hodgkin_huxley_networks import PAPER
from spikenet.papers.hodgkin_huxley_networks.brian.reference_network import (
    KerasReference,
    load_reference,
    spiking_engine,
)
from spikenet.papers.hodgkin_huxley_networks.published_accuracies import OWN_BAR
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines, plot_raster
from spikenet.report.style import Labels
from spikenet.report.table import Table

NEURONS = {"spiking": SpikingCWA, "stochastic": StochasticCWA}
MODES = {"spiking": "integrate-and-fire", "stochastic": "by chance"}
BINS = (10, 25, 50, 100, 200, 400)  # of 1 ms
SOURCE = f"this project's bar for {PAPER}, eq. 4"


@dataclass(frozen=True, eq=False)
class SpikingAccuracy:
    """Per cent of the images that are correct (``correct``) and that have Keras' class (``same``), (bin,) each.

    ``spikes`` of each layer in all bins, per neuron and image.
    """

    correct: np.ndarray
    same: np.ndarray
    spikes: dict[str, float]


def run(setup: Setup, context: RunContext) -> Outcome:
    """Simulate integrate-and-fire on all test images, and random release, on one thread, on ``chance`` of them."""
    reference, bins = load_reference(setup, context), int(setup.options["steps"])
    shown = {"spiking": reference, "stochastic": reference.first(int(setup.options["chance"]))}
    found = {mode: _measure(setup, context, shown[mode], mode, bins) for mode in MODES}
    rows_at = [n for n in BINS if n <= bins]
    metrics = {
        "keras (%)": reference.percent_correct,
        **{name: {"right": one.correct, "same class": one.same, "spikes": one.spikes} for name, one in found.items()},
    }
    claims = tuple(
        Claim.at_most(
            f"{MODES[mode]}, {n} bins: points lost",
            SOURCE,
            paper=0.5,
            measured=shown[mode].percent_correct - one.correct[n - 1],
        ).with_note(OWN_BAR)
        for mode, one in found.items()
        for n in rows_at
        if n >= 50
    )
    _raster(setup, context, reference, bins)
    return Outcome(metrics, claims, (_table(shown, found, rows_at),), _draw(context, reference, found))


def _measure(setup: Setup, context: RunContext, reference: KerasReference, mode: str, bins: int) -> SpikingAccuracy:
    network = to_brian(
        reference.model,
        Spiking(bins, str(setup.options["input"])),
        neuron=NEURONS[mode],
        engine=spiking_engine(setup),
        seed=setup.seeds[0],
    )

    def measure() -> dict:
        with context.progress(f"{len(reference.images)} images, {MODES[mode]}, {bins} bins", 1) as progress:
            logits = network.logits_over_time(reference.images, progress=progress.at)
        classes = logits.argmax(axis=2)  # (image, bin)
        few = reference.images[: int(setup.options["counted"])]
        counts = network.record(few, record=("count",))
        return {
            "correct": 100 * (classes == reference.labels[:, None]).mean(axis=0),
            "same": 100 * (classes == reference.classes[:, None]).mean(axis=0),
            "spikes": {name: float(recording.count.mean()) for name, recording in counts.items()},
        }

    return SpikingAccuracy(**context.cached(mode, measure))


def _table(shown: dict[str, KerasReference], found: dict[str, SpikingAccuracy], bins: list[int]) -> Table:
    rows = [
        (
            *(MODES[mode], len(shown[mode].images), n),
            *(
                float(one.correct[n - 1]),
                float(one.correct[n - 1] - shown[mode].percent_correct),
                float(one.same[n - 1]),
            ),
        )
        for mode, one in found.items()
        for n in bins
    ]
    sent = "; ".join(
        f"{MODES[mode]}: " + ", ".join(f"{name} {count:.2f}" for name, count in one.spikes.items())
        for mode, one in found.items()
    )
    caption = (
        f"Keras recognises {shown['spiking'].percent_correct:.2f} % of the {len(shown['spiking'].images)} test images. "
        "Spikes a neuron and image in "
        f"{len(next(iter(found.values())).correct)} bins: {sent}."
    )
    columns = ("release", "test images", "bins", "recognised (%)", "against Keras", "same class (%)")
    return Table("Spiking networks", columns, tuple(rows), caption, 2)


def _raster(setup: Setup, context: RunContext, reference: KerasReference, bins: int) -> None:
    """Draw the spikes of the last layer during the first image."""
    network = to_brian(reference.model, Spiking(bins), engine=spiking_engine(setup))
    last = network.layers[-1]
    spikes = network.record(reference.images[:1], layers=last, record=("spikes",))[last].spikes
    units, rows = np.unique(spikes.unit, return_inverse=True)
    few = rows < 60
    title = f"Spikes of {min(len(units), 60)} units of {last}, one image"
    plot_raster(context.figure("raster"), 1e3 * spikes.time[few], rows[few], Labels(title, "time (ms)", "unit"))


def _draw(context: RunContext, reference: KerasReference, found: dict[str, SpikingAccuracy]) -> tuple[Figure, ...]:
    times = np.arange(1, len(next(iter(found.values())).correct) + 1)
    series = {MODES[mode]: one.correct for mode, one in found.items()}
    labels = Labels("Spiking networks", "bins of 1 ms", "recognised (%)")
    plot_lines(context.figure("bins"), times, series, labels, {"Keras, no spikes": reference.percent_correct})
    return (
        Figure(
            "bins.png", "Accuracy against time", "Lines rise to that of the Keras network.", "By chance: fewer images."
        ),
        Figure("raster.png", "Spikes", "A tick for each spike.", "Integrate-and-fire."),
    )
