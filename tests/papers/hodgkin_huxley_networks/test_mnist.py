"""The experiment on next to no images with next to no neurons."""

import keras
import numpy as np
import pytest

SMALL = {"images": 400, "epochs": 2, "recipe": "network.width=0.02 batch=50"}


@pytest.fixture(scope="module")
def ran(quick_run):
    return quick_run("cwa-mnist", seeds=(1, 2), **SMALL)


def test_every_seed_is_trained_and_tested_and_nothing_claimed_of_few_images(ran):
    result, folder = ran
    assert len(result["metrics"]["recognised"]["test"]) == 2
    assert result["claims"] == []
    assert (folder / "activity.png").is_file()


def test_the_first_network_is_kept(ran):
    result, folder = ran
    model = keras.models.load_model(folder / "mnist-fcn-cwa.keras")
    assert np.asarray(model(np.zeros((2, 28, 28), np.uint8))).shape == (2, 10)
    assert model.count_params() == result["metrics"]["parameters"]
