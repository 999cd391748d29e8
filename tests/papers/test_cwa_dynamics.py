"""Membranes of a small trained network: they come to rest where Keras says."""

import pytest

SMALL = {"images": 100, "epochs": 1, "recipe": "network.width=0.01 batch=50", "shown": 20}


@pytest.fixture(scope="module")
def ran(quick_run):
    return quick_run("cwa-dynamics", seeds=(1,), **SMALL)


def test_settled_membranes_are_the_keras_layers(ran):
    result, _ = ran
    assert all(claim["holds"] for claim in result["claims"])
    assert len(result["claims"]) == 2


def test_layers_that_move_together_come_to_the_same_classes(ran):
    together = ran[0]["metrics"]["together"]
    assert together["same class"][-1] == 1
    assert together["farthest logit"][-1] < together["farthest logit"][0]
    assert max(together["class stays from (ms)"]) <= together["times (ms)"][-1]


def test_every_figure_is_there(ran):
    result, folder = ran
    assert {figure["file"] for figure in result["figures"]} == {"class.png", "logits.png", "membranes.png"}
    assert all((folder / figure["file"]).is_file() for figure in result["figures"])
