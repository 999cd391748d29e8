import keras
import numpy as np
import pytest

from spikenet.data import load_dataset
from spikenet.experiments.classification import classify
from spikenet.experiments.experiment import Setup
from spikenet.papers import load_experiment
from spikenet.papers.bogatenko2023.ann_accuracy import _claims


@pytest.fixture(scope="module")
def ran(quick_run):
    return quick_run("fhn-ann", images=300, epochs=6)


def test_the_first_network_stays_in_the_folder_and_has_the_accuracy_that_is_told(ran):
    result, folder = ran
    model = keras.models.load_model(folder / "ann-seed-1.keras")
    metrics = result["metrics"]
    assert len(metrics["accuracy"]["test"]) == 2
    assert np.shape(metrics["digits"]["train"]) == (2, 10)
    full = load_dataset("mnist", "mini")
    seen = 100 * np.mean(classify(model, full.x_test) == full.y_test)
    assert metrics["accuracy"]["test"][0] == pytest.approx(seen, abs=6), "300 of its 1,000 test images"
    assert metrics["accuracy"]["train"][0] > 60


def test_on_fewer_images_nothing_is_claimed_and_a_note_says_why(ran):
    result, folder = ran
    assert result["claims"] == []
    assert "cannot reach them" in result["notes"][0]
    assert (folder / "digits.png").stat().st_size > 10_000


@pytest.mark.parametrize(("test", "holds"), [([97.6, 97.9], True), ([97.5, 97.8], False)])
def test_on_all_of_mnist_the_mean_of_the_networks_is_claimed(test, holds):
    setup = load_experiment("fhn-ann").complete(Setup(data="full", seeds=(1, 2)))
    train, tested = _claims(setup, {"train": [99.6, 99.5], "test": test})
    assert train.holds and tested.holds is holds
    assert (train.paper, tested.paper) == (">= 99.5", ">= 97.7")
