"""A small trained network that learns with its spikes."""

import numpy as np
import pytest

from spikenet.experiments.experiment import Setup
from spikenet.experiments.registry import defaults
from spikenet.papers import EXPERIMENTS
from spikenet.papers.hodgkin_huxley_networks.brian import fine_tuning as cwa_loop


@pytest.fixture(scope="module")
def ran(quick_run, small_cwa):
    settings = {"images": 60, "steps": 8, "tuned": 40, "loop_epochs": 2, "model": str(small_cwa)}
    return quick_run("cwa-loop", seeds=(1,), engine="runtime", **settings)


def test_it_is_judged_before_and_after(ran):
    result, folder = ran
    assert np.shape(result["metrics"]["before"]) == np.shape(result["metrics"]["after"]) == (8,)
    assert len(result["metrics"]["loss by epoch"]) == 2
    assert (folder / "bins.png").is_file() and (folder / "mnist-cwa-in-the-loop.keras").is_file()


def test_what_is_lost_is_held_against_the_network_before(ran):
    (claim,) = ran[0]["claims"]
    metrics = ran[0]["metrics"]
    assert claim["measured"] == pytest.approx(metrics["keras (%)"] - metrics["after"][-1])


def test_it_learns_from_the_data_set_that_it_is_judged_on(monkeypatch):
    def load_splits(name, setup):
        raise LookupError(f"asked for {name}")

    monkeypatch.setattr(cwa_loop, "load_splits", load_splits)
    with pytest.raises(LookupError, match="asked for cifar10"):
        cwa_loop._tune(Setup(options={**defaults(EXPERIMENTS["cwa-loop"].options), "dataset": "cifar10"}), None, None)
