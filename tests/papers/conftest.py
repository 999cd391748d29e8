import io

import pytest
from rich.console import Console

from spikenet.experiments.experiment import RunContext, Setup
from spikenet.experiments.registry import defaults
from spikenet.experiments.run import run_experiment
from spikenet.experiments.run_folder import read_result
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
    from spikenet.experiments.image_splits import load_splits
    from spikenet.papers.hodgkin_huxley_networks import CONDUCTANCE_OPTIONS
    from spikenet.papers.hodgkin_huxley_networks.architectures import Architecture
    from spikenet.papers.hodgkin_huxley_networks.conductance_recipes import ConductanceRecipe
    from spikenet.papers.hodgkin_huxley_networks.conductance_training import train_or_load_cwa

    folder = tmp_path_factory.mktemp("small_cwa")
    parts = load_splits("mnist", Setup(options={**defaults(CONDUCTANCE_OPTIONS), "images": 1000, "held": 0}))
    recipe = ConductanceRecipe(Architecture(width=0.03), 3e-2, 4, 50)
    trained = train_or_load_cwa(RunContext(folder, Console(file=io.StringIO())), recipe, parts, 1)
    assert trained.correct["test"] > 50
    trained.model.save(folder / "small.keras")
    return folder / "small.keras"
