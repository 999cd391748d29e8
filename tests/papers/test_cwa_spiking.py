"""A small trained network that sends spikes."""

import numpy as np
import pytest

SMALL = {"images": 100, "epochs": 2, "recipe": "network.width=0.02 batch=20", "bins": 12, "counted": 20}


@pytest.fixture(scope="module")
def ran(quick_run):
    return quick_run("cwa-spiking", seeds=(1,), **SMALL)


def test_both_kinds_of_spikes_are_judged_after_every_bin(ran):
    metrics = ran[0]["metrics"]
    for mode in ("spiking", "stochastic"):
        assert np.shape(metrics[mode]["right"]) == (12,)
        assert metrics[mode]["same class"][-1] > metrics[mode]["same class"][0]
        assert all(0 <= count <= 12 for count in metrics[mode]["spikes"].values())


def test_so_few_bins_claim_nothing(ran):
    assert ran[0]["claims"] == []
    assert [row[1] for row in ran[0]["tables"][0]["rows"]] == [10, 10]


def test_every_figure_is_there(ran):
    result, folder = ran
    assert all((folder / figure["file"]).is_file() for figure in result["figures"])
