"""A small trained network that sends spikes."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def ran(quick_run, small_cwa):
    settings = {"images": 60, "steps": 24, "counted": 20, "chance": 30, "model": str(small_cwa)}
    return quick_run("cwa-spiking", seeds=(1,), engine="runtime", **settings)


def test_both_kinds_of_spikes_are_judged_after_every_bin(ran):
    metrics = ran[0]["metrics"]
    for mode in ("spiking", "stochastic"):
        assert np.shape(metrics[mode]["right"]) == (24,)
        assert metrics[mode]["same class"][-1] > metrics[mode]["same class"][0]
        assert all(0 <= count <= 24 for count in metrics[mode]["spikes"].values())


def test_so_few_bins_claim_nothing(ran):
    assert ran[0]["claims"] == []
    assert [row[2] for row in ran[0]["tables"][0]["rows"]] == [10, 10]


def test_chance_is_tried_on_fewer_images(ran):
    assert [row[1] for row in ran[0]["tables"][0]["rows"]] == [60, 30]
    thirtieths = np.multiply(ran[0]["metrics"]["stochastic"]["right"], 30 / 100)
    np.testing.assert_allclose(thirtieths, np.round(thirtieths), atol=1e-9)


def test_every_figure_is_there(ran):
    result, folder = ran
    assert all((folder / figure["file"]).is_file() for figure in result["figures"])
