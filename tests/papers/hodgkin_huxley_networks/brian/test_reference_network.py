"""The network that experiments run on Brian2: trained or loaded."""

import keras
import numpy as np
import pytest

from spikenet.errors import DataError, InvalidValueError
from spikenet.experiments.classification import predict_outputs
from spikenet.experiments.experiment import Setup
from spikenet.experiments.registry import defaults
from spikenet.papers.hodgkin_huxley_networks import BRIAN_OPTIONS
from spikenet.papers.hodgkin_huxley_networks.brian.reference_network import (
    KerasReference,
    load_reference,
    spiking_engine,
)

SMALL = {"images": 200, "epochs": 1, "recipe": "network.width=0.01 batch=50"}


def setup_of(**options):
    return Setup(options={**defaults(BRIAN_OPTIONS), **SMALL, **options})


def test_a_network_is_trained_or_loaded_from_a_file(context, tmp_path):
    trained = load_reference(setup_of(), context)
    assert len(trained.images) == len(trained.labels) == 200
    trained.model.save(tmp_path / "net.keras")
    loaded = load_reference(setup_of(model=str(tmp_path / "net.keras")), context)
    np.testing.assert_array_equal(loaded.classes, trained.classes)
    np.testing.assert_array_equal(predict_outputs(loaded.model, loaded.images).argmax(axis=1), loaded.classes)


def test_a_file_that_is_not_there_is_named(context):
    with pytest.raises(DataError, match="there is no model nowhere.keras"):
        load_reference(setup_of(model="nowhere.keras"), context)


def test_a_network_is_shown_what_it_was_trained_on(context, tmp_path):
    model = keras.Sequential([keras.Input((32, 32, 3), dtype="uint8"), keras.layers.Flatten(), keras.layers.Dense(10)])
    model.save(tmp_path / "colours.keras")
    with pytest.raises(InvalidValueError, match=r"takes images \(32, 32, 3\), and those of mnist are \(28, 28\)"):
        load_reference(setup_of(model=str(tmp_path / "colours.keras")), context)
    with pytest.raises(InvalidValueError, match="unknown data set 'svhn'; there are .*cifar10"):
        load_reference(setup_of(dataset="svhn"), context)


def test_the_first_images_keep_their_labels():
    reference = KerasReference(None, np.arange(4), np.array([1, 2, 3, 4]), np.array([1, 0, 3, 0]))
    assert reference.percent_correct == 50
    assert reference.first(1).percent_correct == 100


@pytest.mark.parametrize("engine, wanted", [("response", "cpp"), ("cpp", "cpp"), ("runtime", "runtime")])
def test_tables_give_way_to_cpp(engine, wanted):
    assert spiking_engine(Setup(engine=engine)) == wanted


def test_a_search_has_no_images_to_run_on(context):
    with pytest.raises(InvalidValueError, match="test=0 leaves no images"):
        load_reference(setup_of(test=0), context)
