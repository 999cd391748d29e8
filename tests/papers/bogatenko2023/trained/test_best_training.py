"""The best training, very shortly: both stages for both gains, chosen on held-out images, models that load."""

import keras
import numpy as np
import pytest

import spikenet as sn
from tests.papers.conftest import SHORT


@pytest.fixture(scope="module")
def ran(quick_run):
    return quick_run("fhn-train-best", seeds=(1,), **SHORT, images=240, epochs=2, vote_epochs=1, smooth="1 ms")


def test_both_trainings_are_read_out_by_every_decoder(ran):
    result, _ = ran
    assert set(result["metrics"]["accuracy"]) == {
        f"gamma {gamma}, trained on {training}" for gamma in ("-0.5", "-1") for training in ("mean", "votes")
    }
    assert len(result["tables"][0]["rows"]) == 6


def test_the_network_is_chosen_on_held_out_images(ran):
    metrics = ran[0]["metrics"]
    for gamma in ("-0.5", "-1"):
        for decoder, chosen in metrics["chosen"][f"gamma {gamma}"].items():
            held = {
                training: np.mean(metrics["accuracy"][f"gamma {gamma}, trained on {training}"]["held out"][decoder])
                for training in ("mean", "votes")
            }
            assert held[chosen] == max(held.values())


def test_a_kept_model_loads_and_is_a_hybrid(ran):
    model = keras.models.load_model(ran[1] / "fhn-loop-gamma-1-votes.keras")
    assert sn.Hybrid.from_keras(model).drive == sn.tanh_drive(-1.0)
