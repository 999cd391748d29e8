"""The experiment with tiny networks on few images; wrong options."""

import keras
import numpy as np
import pytest

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.papers import load_experiment
from spikenet.papers.gupta_naveed.conventional import cnn_mnist
from spikenet.papers.gupta_naveed.conventional.printed_networks import PrintedNetwork, PrintedTable

SMALL = PrintedTable(
    "cnn", "2.1", {k: PrintedNetwork(k, "MaxPool[4x4] - Dense(8) - Dense(10)", 99.0) for k in (1, 2)}, 99.6
)


@pytest.fixture(scope="module")
def ran(quick_run):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cnn_mnist, "CNNS", SMALL)
        return quick_run("cnn-mnist", seeds=(1, 2), images=300, held=60, epochs=2, networks=[1, 2])


def test_networks_and_ensembles_are_tested_for_each_seed(ran):
    result, folder = ran
    found = result["metrics"]["recognised"]
    assert set(found["test"]) == {"1", "2", "averaging", "stacking"}
    assert set(found["held out"]) == {"1", "2", "averaging"}  # what stacks was trained on them
    assert {len(values) for values in found["test"].values()} == {2}
    assert result["claims"] == []  # of few images
    assert np.shape(result["metrics"]["held out by epoch"]["1"]) == (2, 2)
    for figure in result["figures"]:
        assert (folder / figure["file"]).is_file()


def test_the_networks_of_the_first_seed_are_kept(ran):
    _, folder = ran
    model = keras.models.load_model(folder / "cnn-2.keras")
    assert np.asarray(model(np.zeros((3, 28, 28), np.uint8))).shape == (3, 10)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"networks": [1, 6]}, r"networks are \[1, 6\]; give some of 1, 2, 3, 4, 5"),
        ({"networks": [2, 2]}, "each once"),
        ({"networks": []}, "empty list"),
        ({"held": 0}, "stacking is trained on images held out"),
        ({"recipe": "best"}, "there are 'printed', 'own'"),
        ({"precision": "float16"}, "there are 'float32', 'mixed_bfloat16'"),
        ({"rate": -1.0}, "rate is -1.0; give at least 0"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises((InvalidValueError, InvalidTypeError), match=message):
        load_experiment("cnn-mnist").complete(Setup(options=options))
