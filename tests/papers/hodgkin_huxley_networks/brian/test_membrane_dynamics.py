"""Membranes of a small trained network: they come to rest where Keras says."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def ran(quick_run, small_cwa):
    return quick_run("cwa-dynamics", seeds=(1,), engine="runtime", images=100, shown=20, model=str(small_cwa))


def test_settled_membranes_are_the_keras_layers(ran):
    result, _ = ran
    assert all(claim["holds"] for claim in result["claims"])
    assert len(result["claims"]) == 2


def test_layers_that_move_together_come_nearer_to_the_same_classes(ran):
    """A few units are slow: after one resting time constant they are not all there."""
    together = ran[0]["metrics"]["together"]
    assert together["same class"][-1] > max(0.7, together["same class"][0])
    assert together["farthest logit"][-1] < together["farthest logit"][0]
    stays = np.array(together["class stays from (ms)"], float)  # null where it does not
    assert np.nanmin(stays) < together["times (ms)"][-1]


def test_every_figure_is_there(ran):
    result, folder = ran
    assert {figure["file"] for figure in result["figures"]} == {"class.png", "logits.png", "membranes.png"}
    assert all((folder / figure["file"]).is_file() for figure in result["figures"])
