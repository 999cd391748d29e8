"""The experiment with few neurons on few images; wrong options."""

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.papers import load_experiment
from spikenet.papers.gupta_naveed.spiking_rows import AXES, DRIVE, LIF, build

TINY = {"units": 3, "dropout": 0.2, "jitter": 1}


def test_both_networks_and_their_average_are_measured(quick_run):
    few = {"images": 100, "held": 20, "epochs": 1, "units": 4, "batch": 50}
    result, folder = quick_run("rnn-spiking", seeds=(1,), engine="runtime", **few)
    recognised = result["metrics"]["recognised"]
    assert set(recognised) == {"held out", "test"}
    assert set(recognised["test"]) == {"rows", "columns", "average"}
    assert result["claims"] == []  # which are for all images
    model = sn.load_model(folder / "rows.keras")
    assert result["metrics"]["spikes an image"]["rows"][0] > 0
    assert model.count_params() == 28 * 4 + 4 + 4 * 4 + 28 * 4 * 10 + 10


def test_columns_are_rows_of_the_transposed_image():
    rows, columns = (build(axis, TINY, 1, "runtime") for axis in AXES.values())
    columns.set_weights(rows.get_weights())
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28)).astype(np.uint8)
    np.testing.assert_array_equal(rows(images), columns(images.transpose(0, 2, 1)))


def test_a_pre_activation_of_one_leads_from_rest_to_threshold():
    settings = {"duration": "1 ms", "dt": "1 ms", "record": "count", "engine": "runtime"}
    found = sn.simulate(LIF, DRIVE(np.array([[0.99, 1.01]])), **settings)
    np.testing.assert_array_equal(found.count, [[0, 1]])


def test_weights_depend_on_the_seed_alone():
    first, again, other = (build("rows", TINY, seed).get_weights()[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert keras.ops.max(keras.ops.abs(first - other)) > 0


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        (Setup(options={"networks": [3]}), "networks are .* give some of 1, 2, each once"),
        (Setup(engine="cuda"), "engine cuda cannot simulate units that drive each other"),
    ],
)
def test_what_cannot_be_run_is_refused(setup, words):
    with pytest.raises(InvalidValueError, match=words):
        load_experiment("rnn-spiking").complete(setup)
