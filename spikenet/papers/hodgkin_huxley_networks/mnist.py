"""Conductance networks on MNIST: table 1 of "Learning difficult perceptual tasks with Hodgkin-Huxley networks"."""

from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.papers.hodgkin_huxley_networks.conductance_training import (
    CONDUCTANCE_OPTIONS,
    keep_cwa,
    parts_for,
    recipe_of,
)
from spikenet.papers.hodgkin_huxley_networks.training_report import Runs, claims, draw, tables

OPTIONS = CONDUCTANCE_OPTIONS


def run(setup: Setup, desk: Desk) -> Outcome:
    """Train one architecture in one variant for every seed."""
    return train_for_table("mnist", setup, desk)


def train_for_table(data: str, setup: Setup, desk: Desk) -> Outcome:
    """Train on data set ``data`` for every seed; the first network stays in the run folder."""
    recipe, parts = recipe_of(data, setup), parts_for(data, setup)
    trained = []
    for seed in setup.seeds:
        trained.append(keep_cwa(desk, recipe, parts, seed))
        found = ", ".join(f"{part} {share:.2f} %" for part, share in trained[-1].right.items())
        desk.log(f"seed {seed}: {found}")
    trained[0].model.save(desk.file(f"{data}-{recipe.network.arch}-{recipe.network.variant}.keras"))
    runs = Runs(data, recipe, trained, setup.data == "full" and not setup.options["images"])
    return Outcome(runs.metrics(), claims(runs), tables(runs), draw(desk, runs))
