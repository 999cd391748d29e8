"""A ReLU network as an integrate-and-fire network: accuracy against steps."""

import keras
import pytest

from spikenet.errors import DataError, InvalidValueError

L = keras.layers


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    keras.utils.set_random_seed(0)
    layers = [keras.Input((28, 28), dtype="uint8"), L.Rescaling(1 / 255), L.Flatten(), L.Dense(12, "relu"), L.Dense(10)]
    path = tmp_path_factory.mktemp("model") / "small.keras"
    keras.Sequential(layers).save(path)
    return path


def test_accuracies_are_beside_those_of_keras(model, quick_run):
    options = {"model": str(model), "steps": [4, 16], "wait": [0, 1], "calibration": 20, "images": 60}
    result, folder = quick_run("cnn-spiking", engine="runtime", **options)
    runs = result["metrics"]["runs"]
    assert [(one["wait"], one["steps"]) for one in runs] == [(0, 4), (0, 16), (1, 4), (1, 16)]
    assert all(one["same"] > 60 for one in runs if one["steps"] == 16)  # of an untrained network, with near ties
    assert (folder / "steps.png").is_file()
    assert result["claims"] == []  # only of all test images


def test_a_model_that_is_no_file_is_refused(quick_run):
    with pytest.raises(DataError, match="no file; give a .keras file"):
        quick_run("cnn-spiking", model="none.keras")


def test_a_model_of_other_images_is_refused(tmp_path, quick_run):
    path = tmp_path / "other.keras"
    keras.Sequential([keras.Input((8, 8)), L.Flatten(), L.Dense(3, "relu"), L.Dense(10)]).save(path)
    with pytest.raises(InvalidValueError, match="give the dataset it was trained on"):
        quick_run("cnn-spiking", model=str(path))
