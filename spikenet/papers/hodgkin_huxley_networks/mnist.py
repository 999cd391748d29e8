"""Table 1 of "Learning difficult perceptual tasks with Hodgkin-Huxley networks": conductance networks on MNIST."""

from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.experiments.image_splits import load_splits
from spikenet.papers.hodgkin_huxley_networks.accuracy_report import Replicates, claims, draw, tables
from spikenet.papers.hodgkin_huxley_networks.conductance_recipes import choose_recipe
from spikenet.papers.hodgkin_huxley_networks.conductance_training import train_or_load_cwa


def run(setup: Setup, context: RunContext) -> Outcome:
    """Train one architecture and variant for every seed."""
    return train_for_table("mnist", setup, context)


def train_for_table(data: str, setup: Setup, context: RunContext) -> Outcome:
    """Train on data set ``data`` for every seed; the first network stays in the run folder."""
    recipe, splits = choose_recipe(data, setup), load_splits(data, setup)
    networks = []
    for seed in setup.seeds:
        networks.append(train_or_load_cwa(context, recipe, splits, seed))
        found = ", ".join(f"{part} {share:.2f} %" for part, share in networks[-1].correct.items())
        context.log(f"seed {seed}: {found}")
    networks[0].model.save(context.file(f"{data}-{recipe.network.arch}-{recipe.network.variant}.keras"))
    replicates = Replicates(data, recipe, networks, setup.data == "full" and not setup.options["images"])
    return Outcome(replicates.metrics(), claims(replicates), tables(replicates), draw(context, replicates))
