"""The network that experiments run on Brian2: trained or loaded."""

import keras
import numpy as np
import pytest

from spikenet.errors import DataError, InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.papers.hodgkin_huxley_networks.brian.trained_network import (
    BRIAN_OPTIONS,
    Subject,
    logits_of,
    simulator,
    subject_of,
)

SMALL = {"images": 200, "epochs": 1, "recipe": "network.width=0.01 batch=50"}


def setup_of(**options):
    return Setup(options={**BRIAN_OPTIONS, **SMALL, **options})


def test_a_network_is_trained_or_loaded_from_a_file(desk, tmp_path):
    trained = subject_of(setup_of(), desk)
    assert len(trained.images) == len(trained.labels) == 200
    trained.model.save(tmp_path / "net.keras")
    loaded = subject_of(setup_of(model=str(tmp_path / "net.keras")), desk)
    np.testing.assert_array_equal(loaded.classes, trained.classes)
    np.testing.assert_array_equal(logits_of(loaded.model, loaded.images).argmax(axis=1), loaded.classes)


def test_a_file_that_is_not_there_is_named(desk):
    with pytest.raises(DataError, match="there is no model nowhere.keras"):
        subject_of(setup_of(model="nowhere.keras"), desk)


def test_a_network_is_shown_what_it_was_trained_on(desk, tmp_path):
    model = keras.Sequential([keras.Input((32, 32, 3), dtype="uint8"), keras.layers.Flatten(), keras.layers.Dense(10)])
    model.save(tmp_path / "colours.keras")
    with pytest.raises(InvalidValueError, match=r"takes images \(32, 32, 3\), and those of mnist are \(28, 28\)"):
        subject_of(setup_of(model=str(tmp_path / "colours.keras")), desk)
    with pytest.raises(InvalidValueError, match="there is no data set 'svhn'; there are .*cifar10"):
        subject_of(setup_of(dataset="svhn"), desk)


def test_the_first_images_keep_their_labels():
    subject = Subject(None, np.arange(4), np.array([1, 2, 3, 4]), np.array([1, 0, 3, 0]))
    assert subject.right == 50
    assert subject.first(1).right == 100


@pytest.mark.parametrize("engine, wanted", [("response", "cpp"), ("cpp", "cpp"), ("runtime", "runtime")])
def test_tables_give_way_to_cpp(engine, wanted):
    assert simulator(Setup(engine=engine)) == wanted


def test_a_search_has_no_images_to_run_on(desk):
    with pytest.raises(InvalidValueError, match="test=0 leaves no images"):
        subject_of(setup_of(test=0), desk)
