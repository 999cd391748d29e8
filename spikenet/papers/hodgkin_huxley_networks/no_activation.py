"""Section 2.3 of "Learning difficult perceptual tasks with Hodgkin-Huxley networks": no activation function.

An average that is weighted by conductances is not linear by itself. Potentials become release probabilities by a change
of units, p = (1 + z)/2, which clips nothing.
"""

from dataclasses import replace

from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.experiments.image_splits import load_splits
from spikenet.papers.hodgkin_huxley_networks.accuracy_report import Replicates, claims, draw, tables
from spikenet.papers.hodgkin_huxley_networks.conductance_recipes import (
    LOGARITHMS,
    ConductanceRecipe,
    choose_recipe,
)
from spikenet.papers.hodgkin_huxley_networks.conductance_training import train_or_load_cwa


def run(setup: Setup, context: RunContext) -> Outcome:
    """Train a network on MNIST for every seed."""
    recipe = choose_recipe("mnist", replace(setup, options={**setup.options, "variant": "cwa"}), _linear)
    splits = load_splits("mnist", setup)
    networks = [train_or_load_cwa(context, recipe, splits, seed) for seed in setup.seeds]
    replicates = Replicates("mnist", recipe, networks, setup.data == "full" and not setup.options["images"])
    return Outcome(replicates.metrics(), claims(replicates), tables(replicates), draw(context, replicates))


def _linear(recipe: ConductanceRecipe) -> ConductanceRecipe:
    """Adapt the recipe: all release probabilities are near a half, so a read-out of thousands takes small steps."""
    network = replace(recipe.network, **LOGARITHMS, release="linear", gain=0.1, wide=1.0)
    return replace(recipe, network=network, rate=6e-2)
