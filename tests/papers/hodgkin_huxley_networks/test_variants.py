"""Table 2 of trainings that did not happen, and the experiment's options."""

from types import SimpleNamespace

import pytest

from spikenet.papers import load_experiment
from spikenet.papers.hodgkin_huxley_networks.accuracy_report import Replicates
from spikenet.papers.hodgkin_huxley_networks.architectures import Architecture
from spikenet.papers.hodgkin_huxley_networks.conductance_recipes import ConductanceRecipe
from spikenet.papers.hodgkin_huxley_networks.conductance_training import TrainedNetwork
from spikenet.papers.hodgkin_huxley_networks.variants import VARIANTS, _ablation, _draw, _table

EPOCH = {"accuracy": 0.5, "validation_accuracy": 0.4, "loss": 1.0, "activity": [0.3], "seconds": 2.0}


def found(whole=True, **tests):
    model = SimpleNamespace(count_params=lambda: 12)
    return {
        variant: Replicates(
            "cifar10",
            ConductanceRecipe(Architecture("fcn", variant), 0.1, 1),
            [TrainedNetwork(model, {"epochs": [EPOCH], "collapses": []}, {"held out": 1.0, "test": test})],
            whole,
        )
        for variant, test in tests.items()
    }


def test_the_table_has_the_papers_rows():
    table = _table(found(cwa=60.0, absnorm=58.0, lateral=61.0))
    assert [row[:3] for row in table.rows] == [
        ("CWA", "60.00", 61.98), ("AbsNorm", "58.00", 59.95), ("CWA and lateral inhibition", "61.00", 62.03)
    ]  # fmt: skip


@pytest.mark.parametrize("absnorm, holds", [(58.0, True), (60.5, False)])
def test_what_valences_are_worth_is_a_claim(absnorm, holds):
    (claim,) = _ablation(found(cwa=60.0, absnorm=absnorm, lateral=60.0))
    assert claim.measured == pytest.approx(60 - absnorm)
    assert claim.holds == holds
    assert _ablation(found(whole=False, cwa=60.0, absnorm=58.0, lateral=60.0)) == ()


def test_figures_are_drawn(context):
    for figure in _draw(context, found(cwa=60.0, absnorm=58.0, lateral=61.0)):
        assert (context.folder / figure.file).is_file()


def test_every_variant_is_run():
    assert "variant" not in load_experiment("cwa-variants").options
    assert set(VARIANTS) == {"cwa", "absnorm", "lateral"}
