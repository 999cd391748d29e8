"""Section 4.3 of "Learning difficult perceptual tasks with Hodgkin-Huxley networks": networks that fall silent.

The paper has Glorot's first weights, e_r = -0.4 and G_r = 1 for fully connected networks. Taken literally, all
conductances of a layer are so near 1 that every average over them is the same. Only a few neurons of the first layer
release, so that the second layer stays below zero.
"""

import itertools
from dataclasses import dataclass, replace

import keras
import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.experiments.image_splits import DataSplits, load_splits
from spikenet.layers import balance_conductances
from spikenet.papers.hodgkin_huxley_networks import PAPER
from spikenet.papers.hodgkin_huxley_networks.architectures import Architecture, ImageInput, build_cwa, release_names
from spikenet.papers.hodgkin_huxley_networks.conductance_recipes import ConductanceRecipe
from spikenet.papers.hodgkin_huxley_networks.conductance_training import train_or_load_cwa
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels
from spikenet.report.table import Table

LITERAL = Architecture(start="glorot", rule="rectified", leak=0.0, gain=1.0, wide=1.0)
E_RESTS, G_RESTS = (-0.4, -0.2, -0.1, 0.0), (0.1, 1.0, 10.0)
BALANCED = "glorot, balanced"
STARTS = {"glorot": {}, BALANCED: {}, "even": {"start": "even"}, "sparse, 10 % open": {"start": "sparse", "open": 0.1}}
# From the paper's words to a network that learns, one change at a time.
STEPS = {
    "the paper's words, rate 1e-5": ConductanceRecipe(LITERAL, 1e-5, 3, 128, 0.0),
    "the paper's words, rate 1e-3": ConductanceRecipe(LITERAL, 1e-3, 3, 128, 0.0),
    "the paper's words, balanced, rate 1e-3": ConductanceRecipe(LITERAL, 1e-3, 3, 128, 0.0, balance=2000),
    "e_r = 0": ConductanceRecipe(replace(LITERAL, e_rest=0.0), 1e-3, 3, 128, 0.0),
    "G from 0 to 2": ConductanceRecipe(replace(LITERAL, start="even"), 1e-3, 3, 128, 0.0),
    "G from 0 to 2, logits times 10": ConductanceRecipe(
        replace(LITERAL, start="even", gain=3.0, wide=10.0), 1e-2, 3, 128, 0.1
    ),
}


@dataclass(frozen=True, eq=False)
class InitialActivity:
    """An untrained network by layer: the spread of its potentials z, and the share of its releases above 0."""

    spread: tuple[float, ...]
    active: tuple[float, ...]


def measure_activity(network: Architecture, images: np.ndarray, seed: int, balanced: bool = False) -> InitialActivity:
    """Measure an untrained network on some images; balance its conductances over them first if asked to."""
    model = build_cwa(network, ImageInput.of("mnist", images, "none"), seed)
    if balanced:
        balance_conductances(model, images)
    released = [model.get_layer(name) for name in release_names(model)]
    inner = keras.Model(model.input, [layer.input for layer in released])
    potentials = [np.asarray(z) for z in inner(images, training=False)]
    spread = tuple(float((z - z.mean(axis=0)).std()) for z in potentials)
    return InitialActivity(spread, tuple(float((z > 0).mean()) for z in potentials))


def run(setup: Setup, context: RunContext) -> Outcome:
    """Measure untrained networks; then train shortly, from the paper's words to a network that learns."""
    splits, seed = load_splits("mnist", setup), setup.seeds[0]
    shown, starts = splits.train.x_train[: int(setup.options["shown"])], {}
    cases = list(itertools.product(STARTS, E_RESTS, G_RESTS))
    with context.progress("untrained networks", len(cases)) as progress:
        for name, e_rest, g_rest in cases:
            network = replace(LITERAL, **STARTS[name], e_rest=e_rest, g_rest=g_rest)
            starts[name, e_rest, g_rest] = measure_activity(network, shown, seed, name == BALANCED)
            progress.step()
    epochs = int(setup.options["epochs"])
    learnt = {
        name: _train(context, replace(recipe, epochs=epochs) if epochs else recipe, splits, name, seed)
        for name, recipe in STEPS.items()
    }
    dead = starts["glorot", -0.4, 1.0].active[1]
    claims = (
        Claim.at_most(
            "share of the second layer that is active at the start, as the paper has it (%)", PAPER, paper=0.1,
            measured=100 * dead, reason="hardly a neuron releases, so hardly a gradient goes on",
        ),
    )  # fmt: skip
    return Outcome(_metrics(starts, learnt), claims, _tables(starts, learnt), _draw(context, starts))


def _train(context: RunContext, recipe: ConductanceRecipe, splits: DataSplits, name: str, seed: int) -> dict:
    """Return accuracy and activity by epoch; without a guard, so that a collapse is seen."""
    trained = train_or_load_cwa(context, recipe, splits, seed, key=name, guarded=False)
    return {what: trained.curve(what) for what in ("accuracy", "validation_accuracy", "activity")}


def _metrics(starts: dict, learnt: dict) -> dict:
    at_start = {
        f"{name}, e_r {e_rest:g}, G_r {g_rest:g}": {"spread of z": list(one.spread), "active": list(one.active)}
        for (name, e_rest, g_rest), one in starts.items()
    }
    return {"at the start": at_start, "trained": learnt}


def _tables(starts: dict, learnt: dict) -> tuple[Table, ...]:
    rows = [
        (name, e_rest, g_rest, *(f"{z:.2g}" for z in one.spread), *(100 * share for share in one.active))
        for (name, e_rest, g_rest), one in starts.items()
    ]
    columns = ("G", "e_r", "G_r", "spread of z, 1", "2", "active (%), 1", "layer 2")
    first = Table("Untrained networks of 2 x 2,000", columns, tuple(rows), "Spread: over images, for each unit.", 2)
    rows = [
        (name, 100 * one["accuracy"][-1], 100 * one["validation_accuracy"][-1], *(100 * one["activity"][-1]))
        for name, one in learnt.items()
    ]
    columns = ("recipe", "training (%)", "held out (%)", "active (%), 1", "layer 2")
    epochs = len(next(iter(learnt.values()))["accuracy"])
    return (first, Table(f"After {epochs} epochs", columns, tuple(rows), "One network each, without a guard.", 2))


def _draw(context: RunContext, starts: dict) -> tuple[Figure, ...]:
    lines = {name: np.array([100 * starts[name, e, 1.0].active[1] for e in E_RESTS]) for name in STARTS}
    labels = Labels("Second layer of untrained networks, G_r = 1", "e_r", "active (%)")
    plot_lines(context.figure("start"), np.array(E_RESTS), lines, labels)
    return (
        Figure("start.png", "Activity at the start", "A line for each way to start, from e_r = -0.4 to 0.",
               "Share of release probabilities above zero in the second layer."),
    )  # fmt: skip
