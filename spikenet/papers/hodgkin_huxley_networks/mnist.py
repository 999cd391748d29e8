"""Conductance networks on MNIST: table 1 of "Learning difficult perceptual tasks with Hodgkin-Huxley networks"."""

from dataclasses import dataclass

from spikenet.experiments.experiment import Desk, Experiment, Outcome, Setup
from spikenet.papers import PAPERS
from spikenet.papers.hodgkin_huxley_networks.conductance_training import OPTIONS, keep_cwa, parts_for, recipe_of
from spikenet.papers.hodgkin_huxley_networks.training_report import Runs, claims, draw, tables


@dataclass(frozen=True)
class Table1:
    """Trains one architecture in one variant on a data set, for every seed."""

    data: str

    def __call__(self, setup: Setup, desk: Desk) -> Outcome:
        recipe, parts = recipe_of(self.data, setup), parts_for(self.data, setup)
        trained = []
        for seed in setup.seeds:
            trained.append(keep_cwa(desk, recipe, parts, seed))
            found = ", ".join(f"{part} {share:.2f} %" for part, share in trained[-1].right.items())
            desk.log(f"seed {seed}: {found}")
        trained[0].model.save(desk.file(f"{self.data}-{recipe.network.arch}-{recipe.network.variant}.keras"))
        runs = Runs(self.data, recipe, trained, setup.data == "full" and not setup.options["images"])
        return Outcome(runs.metrics(), claims(runs), tables(runs), draw(desk, runs))


def experiment(name: str, data: str, defaults: dict) -> Experiment:
    """The experiment ``name`` of PAPERS, on a data set."""
    entry = PAPERS[name]
    return Experiment(name, entry.title, entry.source, Table1(data), {**OPTIONS, **defaults})


EXPERIMENT = experiment("cwa-mnist", "mnist", {})
