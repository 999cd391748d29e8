"""Trainings that are kept and continue, to the same bits."""

import io

import keras
import numpy as np
import pytest
from rich.console import Console

from spikenet.experiments.experiment import RunContext, Setup
from spikenet.experiments.image_splits import load_splits
from spikenet.papers.gupta_naveed.conventional import network_training
from spikenet.papers.gupta_naveed.conventional.network_training import NetworkTraining
from spikenet.papers.gupta_naveed.conventional.printed_networks import PrintedNetwork
from spikenet.papers.gupta_naveed.conventional.training_recipes import TrainingRecipe

SMALL = PrintedNetwork(2, "Conv[3x3](2) - MaxPool[4x4] - Dropout(0.2) - Dense(8) - Dense(10)", 99.0)
RECIPE = TrainingRecipe("adadelta", 1.0, 3, 32)


@pytest.fixture(scope="module")
def splits():
    return load_splits("mnist", Setup(options={"held": 40, "images": 200, "test": 1}))


def training(folder, splits, **settings):
    folder.mkdir(exist_ok=True)
    return NetworkTraining(RunContext(folder, Console(file=io.StringIO())), splits, **settings)


def same(one, other):
    for first, second in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_training_goes_on_where_it_stopped_to_the_same_bits(tmp_path, splits, monkeypatch):
    whole = training(tmp_path / "whole", splits).network(SMALL, RECIPE, 1)
    fit, stop = network_training.Trainer.fit, KeyboardInterrupt()

    def interrupted(self, images, labels, epochs, **settings):
        fit(self, images, labels, 1, **settings)
        raise stop

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(network_training.Trainer, "fit", interrupted)
        training(tmp_path / "parts", splits).network(SMALL, RECIPE, 1)
    resumed = training(tmp_path / "parts", splits).network(SMALL, RECIPE, 1)
    same(whole, resumed)
    assert len(resumed.history["epochs"]) == 3
    for part in ("held out", "test"):
        np.testing.assert_array_equal(whole.outputs[part], resumed.outputs[part])


def test_runs_share_the_networks_of_a_folder(tmp_path, splits, monkeypatch):
    kept = tmp_path / "kept"
    first = training(tmp_path / "one", splits, kept=kept).network(SMALL, RECIPE, 1)
    assert not [path for path in kept.iterdir() if path.is_dir()]  # checkpoints of what is complete
    monkeypatch.delattr(network_training.Trainer, "fit")
    same(first, training(tmp_path / "other", splits, kept=kept).network(SMALL, RECIPE, 1))


def test_a_training_after_another_starts_from_its_weights(tmp_path, splits):
    """A rate of next to nothing leaves them where they are."""
    folder = training(tmp_path / "run", splits)
    before = folder.network(SMALL, RECIPE, 1)
    after = folder.network(SMALL, TrainingRecipe("adam", 1e-30, 1, 32, jitter=True, after=RECIPE), 1)
    same(before, after)


def test_networks_that_are_printed_alike_differ_by_their_seeds(tmp_path, splits):
    folder, recipe = training(tmp_path / "run", splits), TrainingRecipe("adam", 1e-30, 1, 100)
    first = folder.network(SMALL, recipe, 1)
    for twin, seed in ((PrintedNetwork(5, SMALL.structure, 99.0), 1), (SMALL, 2)):
        other = folder.network(twin, recipe, seed)
        assert not np.array_equal(first.model.get_weights()[0], other.model.get_weights()[0])


def test_a_training_in_half_precision_gives_a_network_in_single(tmp_path, splits):
    found = training(tmp_path / "run", splits, precision="mixed_bfloat16").network(SMALL, RECIPE, 1)
    assert {layer.compute_dtype for layer in found.model.layers if layer.weights} == {"float32"}
    assert found.outputs["test"].sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert keras.config.dtype_policy().name == "float32"


def test_more_views_are_other_outputs(tmp_path, splits):
    folder = training(tmp_path / "run", splits)
    plain, viewed = (folder.network(SMALL, TrainingRecipe("adam", 0.01, 1, 32, views=views), 1) for views in (1, 3))
    same(plain, viewed)
    assert np.abs(plain.outputs["test"] - viewed.outputs["test"]).max() > 1e-3
    assert viewed.outputs["test"].sum(axis=1) == pytest.approx(1, abs=1e-5)
