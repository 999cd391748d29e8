"""A conductance network that learns with its spikes in the loop: Brian2 forward, the Keras layers' gradient backward.

A network that was trained in Keras answers worse when its neurons have only a few bins to spike in. It is trained on
with these very spikes, and judged before and after.
"""

import keras
import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.hybrid import BrianNetwork, Spiking, in_the_loop, to_brian
from spikenet.neurons import SpikingCWA
from spikenet.papers.hodgkin_huxley_networks.brian.spiking import SOURCE
from spikenet.papers.hodgkin_huxley_networks.brian.trained_network import BRIAN_OPTIONS, Subject, simulator, subject_of
from spikenet.papers.hodgkin_huxley_networks.conductance_training import parts_for
from spikenet.papers.hodgkin_huxley_networks.published import OWN_BAR
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels
from spikenet.report.table import Table
from spikenet.train import Trainer


def run(setup: Setup, desk: Desk) -> Outcome:
    """Accuracy over time before and after."""
    subject, options = subject_of(setup, desk), setup.options
    neuron = SpikingCWA.with_initial(release=float(options["release"]))
    bins = int(options["bins"])
    network = to_brian(subject.model, Spiking(bins), neuron=neuron, engine=simulator(setup))
    before = _judged(desk, network, subject, "before")
    kept = desk.keep("trained in the loop", lambda: _tune(setup, desk, network))
    subject.model.set_weights(kept["weights"])
    after = _judged(desk, network, subject, "after")
    subject.model.save(desk.file(f"{options['dataset']}-cwa-in-the-loop.keras"))
    lost = {"before": subject.right - before[-1], "after": subject.right - after[-1]}
    metrics = {"keras (%)": subject.right, "before": before, "after": after, "loss by epoch": kept["loss"]}
    claim = Claim.at_most(
        f"{bins} bins, trained in the loop: points lost", SOURCE, paper=0.2, measured=lost["after"]
    ).with_note(OWN_BAR)
    caption = (
        f"{len(subject.images)} test images; {int(options['loop_epochs'])} epochs on {kept['images']} training images "
        f"with the spikes of {bins} bins of 1 ms. Against: the Keras network before."
    )
    rows = [(name, float(one[-1]), -lost[name]) for name, one in (("before", before), ("after", after))]
    table = Table(
        "Spiking networks (%)", ("trained in the loop", "recognised", "against Keras"), tuple(rows), caption, 2
    )
    return Outcome(metrics, (claim,), (table,), _draw(desk, subject, before, after))


def _judged(desk: Desk, network: BrianNetwork, subject: Subject, when: str) -> np.ndarray:
    """Per cent recognised after each bin, (bin,)."""

    def judge() -> np.ndarray:
        with desk.progress(f"{len(subject.images)} images {when} training in the loop", 1) as progress:
            logits = network.logits_over_time(subject.images, progress=progress.at)
        return 100 * (logits.argmax(axis=2) == subject.labels[:, None]).mean(axis=0)

    return np.asarray(desk.keep(f"judged {when}", judge))


def _tune(setup: Setup, desk: Desk, network: BrianNetwork) -> dict:
    """The weights after training with spikes, and the loss by epoch."""
    options = setup.options
    train = parts_for(str(options["dataset"]), setup).train
    chosen = np.random.default_rng(setup.seeds[0]).permutation(len(train.x_train))[: int(options["tuned"])]
    trainer = Trainer(
        in_the_loop(network),
        keras.optimizers.Adam(float(options["rate"]), 0.9, 0.99),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        batch=128,
        seed=setup.seeds[0],
        validation=None,
    )
    epochs = int(options["loop_epochs"])
    with desk.progress(f"training in the loop, {len(chosen)} images", epochs) as progress:
        history = trainer.fit(train.x_train[chosen], train.y_train[chosen], epochs, progress=progress.at)
    losses = [epoch.loss for epoch in history.epochs]
    return {"weights": network.model.get_weights(), "loss": losses, "images": len(chosen)}


def _draw(desk: Desk, subject: Subject, before: np.ndarray, after: np.ndarray) -> tuple[Figure, ...]:
    labels = Labels("Before and after training in the loop", "bins of 1 ms", "recognised (%)")
    lines = {"before": before, "after": after}
    plot_lines(desk.figure("bins"), np.arange(1, len(before) + 1), lines, labels, {"Keras, no spikes": subject.right})
    return (Figure("bins.png", "Accuracy against time", "Two lines rise.", "The answer if the run ended there."),)


OPTIONS = {**BRIAN_OPTIONS, "bins": 25, "loop_epochs": 1, "tuned": 10_000, "rate": 1e-4, "release": 0.5}
