"""Conductance networks without an activation function: section 2.3 of "Learning difficult perceptual tasks with
Hodgkin-Huxley networks".

The average over conductances is not linear by itself. Potentials become release probabilities by a change of units,
p = (1 + z)/2, which clips nothing.
"""

from dataclasses import replace

from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.papers.hodgkin_huxley_networks.conductance_training import (
    CONDUCTANCE_OPTIONS,
    LOGARITHMS,
    Recipe,
    keep_cwa,
    parts_for,
    recipe_of,
)
from spikenet.papers.hodgkin_huxley_networks.training_report import Runs, claims, draw, tables


def run(setup: Setup, desk: Desk) -> Outcome:
    """A network of MNIST for every seed."""
    recipe = recipe_of("mnist", replace(setup, options={**setup.options, "variant": "cwa"}), _linear)
    parts = parts_for("mnist", setup)
    trained = [keep_cwa(desk, recipe, parts, seed) for seed in setup.seeds]
    runs = Runs("mnist", recipe, trained, setup.data == "full" and not setup.options["images"])
    return Outcome(runs.metrics(), claims(runs), tables(runs), draw(desk, runs))


def _linear(recipe: Recipe) -> Recipe:
    """Release probabilities are all near a half: a read-out of thousands takes small steps."""
    network = replace(recipe.network, **LOGARITHMS, release="linear", gain=0.1, wide=1.0)
    return replace(recipe, network=network, rate=6e-2)


OPTIONS = {name: value for name, value in CONDUCTANCE_OPTIONS.items() if name != "variant"}
