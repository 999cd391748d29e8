from dataclasses import replace

import keras
import numpy as np
import pytest

from spikenet.data import Dataset
from spikenet.errors import InvalidValueError
from spikenet.experiments.classification import accuracy, classify
from spikenet.papers.bogatenko2023.ann import HIDDEN, Training, build_ann, train_ann, train_or_load_ann


@pytest.fixture(scope="module")
def stripes():
    """Ten classes that anyone tells apart: a bright row of its own each, under some noise."""
    rng = np.random.default_rng(0)
    labels = np.arange(600) % 10
    images = rng.integers(0, 60, (600, 28, 28))
    images[np.arange(600), 2 * labels] += 150
    images = images.astype(np.uint8)
    return Dataset("stripes", images[:500], labels[:500], images[500:], labels[500:])


@pytest.fixture(scope="module")
def quick():
    return Training(epochs=12, batch=50)


@pytest.fixture(scope="module")
def told():
    """What the progress callback of ``trained`` was told."""
    return []


@pytest.fixture(scope="module")
def trained(stripes, quick, told):
    """Seed 1. Keras takes seconds to compile a training, so all that can looks at this one."""
    return train_ann(stripes, quick, 1, told.append)


def test_the_network_is_the_papers():
    model = build_ann(Training(), seed=0)
    assert [layer.shape for layer in model.get_weights()] == [(784, 100), (100,), (100, 10), (10,)]
    assert model.get_layer(HIDDEN).activation is keras.activations.sigmoid
    assert [w.shape for w in build_ann(Training(biases=False), seed=0).get_weights()] == [(784, 100), (100, 10)]


def test_pixels_are_scaled_and_the_classes_are_a_softmax():
    """By hand on a grey image: every pixel is 51/255 = 1/5."""
    model = build_ann(Training(), seed=3)
    hidden, bias, out, shift = (np.asarray(weights, float) for weights in model.get_weights())
    logits = 1 / (1 + np.exp(-(hidden.sum(axis=0) / 5 + bias))) @ out + shift
    found = np.asarray(model(np.full((1, 28, 28), 51, np.uint8)))[0]
    np.testing.assert_allclose(found, np.exp(logits) / np.exp(logits).sum(), rtol=1e-4)


def test_training_learns_what_is_there_to_learn(stripes, trained, quick):
    untrained = build_ann(quick, seed=1)
    assert accuracy(untrained, stripes.x_test, stripes.y_test) < 0.4
    assert accuracy(trained, stripes.x_test, stripes.y_test) > 0.95


def test_one_seed_gives_one_network_and_another_another(stripes, trained, quick):
    again, other = (train_ann(stripes, quick, seed).get_weights() for seed in (1, 2))
    for one, same, different in zip(trained.get_weights(), again, other, strict=True):
        np.testing.assert_allclose(one, same, atol=1e-6)
        assert np.abs(one - different).max() > 1e-3


def test_decay_shrinks_the_weights(stripes, trained, quick):
    strong = train_ann(stripes, replace(quick, decay=2.0), 1)
    norms = [np.linalg.norm(model.get_weights()[0]) for model in (trained, strong)]
    assert norms[1] < 0.9 * norms[0]


def test_sgd_is_there_too(stripes):
    model = train_ann(stripes, Training("sgd", rate=0.3, epochs=8, batch=25, decay=0.0), 1)
    assert accuracy(model, stripes.x_test, stripes.y_test) > 0.8


def test_progress_is_told_after_each_epoch(trained, told):
    assert told == [epoch / 12 for epoch in range(1, 13)]


def test_a_resumed_run_does_not_train_again(stripes, trained, quick, context, monkeypatch):
    monkeypatch.setattr("spikenet.papers.bogatenko2023.ann.train_ann", lambda *arguments: trained)
    train_or_load_ann(context, stripes, quick, 1)
    monkeypatch.setattr("spikenet.papers.bogatenko2023.ann.train_ann", None)
    again = train_or_load_ann(context, stripes, quick, 1)
    np.testing.assert_array_equal(classify(again, stripes.x_test), classify(trained, stripes.x_test))
    with pytest.raises(TypeError):
        train_or_load_ann(context, stripes, quick, 2)


def test_a_recipe_says_what_it_is():
    assert str(Training("sgd", 0.1, 20, 128, False, 0.0)) == "sgd 0.1, no biases, 20 epochs of 128"
    assert "decay 0.5, biases" in str(Training(decay=0.5))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"optimizer": "adamm"}, "unknown optimizer 'adamm'; there are adam, sgd"),
        ({"epochs": 0}, "epochs is 0, wanted a whole number from 1"),
        ({"batch": -1}, "batch is -1"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(wrong, message):
    with pytest.raises(InvalidValueError, match=message):
        Training(**wrong)
