import io

import pytest
from rich.console import Console

from spikenet.experiments.experiment import Desk, Setup
from spikenet.experiments.folder import read_result
from spikenet.experiments.run import run_experiment
from spikenet.papers import load_experiment

QUICK = {"images": 200, "epochs": 1}
SHORT = {
    "settle": "2 ms",
    "duration": "5 ms",
}  # of all experiments, which then need one compiled project for each output


@pytest.fixture(scope="session")
def quick_run(tmp_path_factory):
    """Run an experiment on a few images of the bundled subset; gives its result and its folder."""

    def run(name, seeds=(1, 2), engine="response", **options):
        folder = tmp_path_factory.mktemp("runs") / name
        setup = Setup(engine=engine, seeds=seeds, out=folder, options=options)
        run_experiment(load_experiment(name), setup, Console(file=io.StringIO()))
        return read_result(folder), folder

    return run


@pytest.fixture(scope="session")
def small_cwa(tmp_path_factory):
    """The file of a conductance network with 60 units a layer that tells digits apart."""
    from spikenet.papers.hodgkin_huxley_networks.conductance_training import (
        CONDUCTANCE_OPTIONS,
        Recipe,
        keep_cwa,
        parts_for,
    )
    from spikenet.papers.hodgkin_huxley_networks.networks import Network

    folder = tmp_path_factory.mktemp("small_cwa")
    parts = parts_for("mnist", Setup(options={**CONDUCTANCE_OPTIONS, "images": 1000, "held": 0}))
    recipe = Recipe(Network(width=0.03), 3e-2, 4, 50)
    trained = keep_cwa(Desk(folder, Console(file=io.StringIO())), recipe, parts, 1)
    assert trained.right["test"] > 50
    trained.model.save(folder / "small.keras")
    return folder / "small.keras"
