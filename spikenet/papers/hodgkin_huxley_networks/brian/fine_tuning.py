"""Fine-tuning of a conductance network with its spikes in the loop: Brian2 forward, Keras' gradient backward.

A network that was trained in Keras loses accuracy if its neurons have only a few bins to spike in. It is trained
further with these spikes, and its accuracy is measured before and after.
"""

import keras
import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.experiments.image_splits import load_splits
from spikenet.hybrid import BrianNetwork, Spiking, in_the_loop, to_brian
from spikenet.neurons import SpikingCWA
from spikenet.papers.hodgkin_huxley_networks.brian.reference_network import (
    KerasReference,
    load_reference,
    spiking_engine,
)
from spikenet.papers.hodgkin_huxley_networks.brian.spiking_accuracy import SOURCE
from spikenet.papers.hodgkin_huxley_networks.published_accuracies import OWN_BAR
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels
from spikenet.report.table import Table
from spikenet.train import Trainer


def run(setup: Setup, context: RunContext) -> Outcome:
    """Measure accuracy over time, train with spikes, and measure it again."""
    reference, options = load_reference(setup, context), setup.options
    neuron = SpikingCWA.with_initial(release=float(options["release"]))
    bins = int(options["steps"])
    network = to_brian(reference.model, Spiking(bins), neuron=neuron, engine=spiking_engine(setup))
    before = _measure(context, network, reference, "before")
    kept = context.cached("trained in the loop", lambda: _tune(setup, context, network))
    reference.model.set_weights(kept["weights"])
    after = _measure(context, network, reference, "after")
    reference.model.save(context.file(f"{options['dataset']}-cwa-in-the-loop.keras"))
    lost = {"before": reference.percent_correct - before[-1], "after": reference.percent_correct - after[-1]}
    metrics = {"keras (%)": reference.percent_correct, "before": before, "after": after, "loss by epoch": kept["loss"]}
    claim = Claim.at_most(
        f"{bins} bins, trained in the loop: points lost", SOURCE, paper=0.2, measured=lost["after"]
    ).with_note(OWN_BAR)
    caption = (
        f"{len(reference.images)} test images; {int(options['loop_epochs'])} epochs on {kept['images']} training "
        f"images with the spikes of {bins} bins of 1 ms. Against: the Keras network before."
    )
    rows = [(name, float(one[-1]), -lost[name]) for name, one in (("before", before), ("after", after))]
    table = Table(
        "Spiking networks (%)", ("trained in the loop", "recognised", "against Keras"), tuple(rows), caption, 2
    )
    return Outcome(metrics, (claim,), (table,), _draw(context, reference, before, after))


def _measure(context: RunContext, network: BrianNetwork, reference: KerasReference, when: str) -> np.ndarray:
    """Return the per cent of the images that is correct after each bin, (bin,)."""

    def measure() -> np.ndarray:
        with context.progress(f"{len(reference.images)} images {when} training in the loop", 1) as progress:
            logits = network.logits_over_time(reference.images, progress=progress.at)
        return 100 * (logits.argmax(axis=2) == reference.labels[:, None]).mean(axis=0)

    return np.asarray(context.cached(f"judged {when}", measure))


def _tune(setup: Setup, context: RunContext, network: BrianNetwork) -> dict:
    """Return the weights after training with spikes, and the loss by epoch."""
    options = setup.options
    train = load_splits(str(options["dataset"]), setup).train
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
    with context.progress(f"training in the loop, {len(chosen)} images", epochs) as progress:
        history = trainer.fit(train.x_train[chosen], train.y_train[chosen], epochs, progress=progress.at)
    losses = [epoch.loss for epoch in history.epochs]
    return {"weights": network.model.get_weights(), "loss": losses, "images": len(chosen)}


def _draw(context: RunContext, reference: KerasReference, before: np.ndarray, after: np.ndarray) -> tuple[Figure, ...]:
    labels = Labels("Before and after training in the loop", "bins of 1 ms", "recognised (%)")
    lines = {"before": before, "after": after}
    plot_lines(
        context.figure("bins"),
        np.arange(1, len(before) + 1),
        lines,
        labels,
        {"Keras, no spikes": reference.percent_correct},
    )
    return (Figure("bins.png", "Accuracy against time", "Two lines rise.", "The answer if the run ended there."),)
