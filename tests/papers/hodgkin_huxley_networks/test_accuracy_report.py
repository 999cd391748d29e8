"""Tables, claims and figures of trainings that did not happen."""

from types import SimpleNamespace

import numpy as np
import pytest

from spikenet.papers.hodgkin_huxley_networks.accuracy_report import Replicates, claims, draw, tables
from spikenet.papers.hodgkin_huxley_networks.architectures import Architecture
from spikenet.papers.hodgkin_huxley_networks.conductance_recipes import ConductanceRecipe
from spikenet.papers.hodgkin_huxley_networks.conductance_training import TrainedNetwork

EPOCH = {"accuracy": 0.5, "validation_accuracy": 0.4, "loss": 1.0, "activity": [0.3, 0.2], "seconds": 2.0}


def replicates_of(tests, data="mnist", arch="fcn", variant="cwa", complete=True, **network):
    model = SimpleNamespace(count_params=lambda: 12)
    history = {"epochs": [EPOCH, {**EPOCH, "accuracy": 0.75}], "collapses": [2]}
    trained = [TrainedNetwork(model, history, {"held out": 40.0, "test": test}) for test in tests]
    return Replicates(data, ConductanceRecipe(Architecture(arch, variant, **network), 0.1, 2), trained, complete)


@pytest.mark.parametrize("tests, holds", [((98.8, 99.2), True), ((98.7, 98.9), False)])
def test_the_mean_over_seeds_is_held_against_the_bar(tests, holds):
    (claim,) = claims(replicates_of(tests))
    assert claim.measured == pytest.approx(np.mean(tests))
    assert claim.holds == holds
    assert "98.65" in claim.note and "98.9" in claim.paper


@pytest.mark.parametrize("variant, table", [("cwa", "table 1"), ("absnorm", "table 2"), ("lateral", "table 2")])
def test_a_claim_names_its_table(variant, table):
    (claim,) = claims(replicates_of((60.0,), data="cifar10", variant=variant))
    assert claim.source.endswith(table)


def test_a_network_without_activation_function_is_beside_what_the_paper_says_of_it():
    linear = replicates_of((98.4,), release="linear")
    (claim,) = claims(linear)
    assert claim.holds and "section 2.3" in claim.source and "without activation" in claim.id
    assert tables(linear)[0].rows[1] == ("test", "98.40", 98.0)
    assert claims(replicates_of((98.4,), variant="absnorm", release="linear")) == ()


def test_a_narrower_network_says_so():
    (claim,) = claims(replicates_of((99.1,), arch="resnet18", width=0.25))
    assert "0.25 of the width" in claim.id


@pytest.mark.parametrize("few", [{"complete": False}, {"variant": "absnorm"}])
def test_nothing_is_claimed_of_parts_or_of_what_the_paper_does_not_have(few):
    assert claims(replicates_of((99.0,), **few)) == ()


def test_the_table_has_every_part_beside_the_paper():
    (table,) = tables(replicates_of((98.8, 99.2)))
    assert [row[0] for row in table.rows] == ["held out", "test", "last epoch's training"]
    assert table.rows[1][1:] == ("99.00 ± 0.28", 98.65)
    assert table.rows[2][1] == "75.00 ± 0.00"
    assert "2 collapses" in table.caption


def test_metrics_hold_every_epoch_of_every_seed():
    metrics = replicates_of((98.8, 99.2)).metrics()
    np.testing.assert_allclose(metrics["training accuracy by epoch"], [[50, 75]] * 2)
    assert metrics["collapses"] == [[2], [2]]
    assert np.shape(metrics["activity by epoch and layer"]) == (2, 2, 2)


def test_figures_are_drawn(context):
    for figure in draw(context, replicates_of((98.8, 99.2))):
        assert (context.folder / figure.file).is_file()
