"""The outer loop learns what it should: formulas, Keras' own loop, schedules, patience, progress."""

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidValueError


def test_a_step_of_gradient_descent_is_the_textbooks(images, labels, dense):
    """Softmax regression from zero weights, all images in one batch: W = -rate * X^T (p - onehot) / n, by hand."""
    model = dense(kernel="zeros")
    history = sn.Trainer(model, keras.optimizers.SGD(0.3), batch=300, validation=0).fit(images, labels, epochs=1)
    x, wanted = images.reshape(300, -1) / 255, np.eye(10)[labels]
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(kernel, -0.3 * x.T @ (0.1 - wanted) / 300, atol=1e-6)
    np.testing.assert_allclose(bias, -0.3 * (0.1 - wanted).mean(axis=0), atol=1e-6)
    assert history.epochs[0].loss == pytest.approx(np.log(10), rel=1e-6)
    assert history.epochs[0].accuracy == pytest.approx(np.mean(labels == 0))  # all classes are equal: the lowest wins


def test_keras_own_loop_on_the_same_batches_reaches_the_same_weights(images, labels, dense):
    ours, theirs = dense(), dense()
    sn.Trainer(ours, "sgd", batch=128, seed=6, validation=None).fit(images, labels, epochs=2)
    theirs.compile("sgd", "sparse_categorical_crossentropy")
    for epoch in (1, 2):
        order = np.random.default_rng([6, epoch]).permutation(300)
        for start in range(0, 300, 128):
            theirs.train_on_batch(images[order[start : start + 128]], labels[order[start : start + 128]])
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_it_learns_through_the_simulated_layer(whole):
    _, history, _ = whole
    assert history.epochs[-1].accuracy > 0.8 > 0.6 > history.epochs[0].accuracy
    assert history.epochs[-1].loss < 0.6 * history.epochs[0].loss


def test_the_history_counts_what_the_model_gets_right(images, labels, dense):
    model = dense()
    held = images[200:], labels[200:]
    history = sn.Trainer(model, batch=64, validation=held).fit(images[:200], labels[:200], epochs=2)
    right = np.asarray(model(held[0])).argmax(axis=1) == held[1]
    last = history.epochs[-1]
    assert last.validation_accuracy == pytest.approx(right.mean())
    assert last.per_class == pytest.approx([right[held[1] == c].mean() for c in range(10)])
    assert [epoch.epoch for epoch in history.epochs] == [1, 2]
    assert all(epoch.seconds > 0 for epoch in history.epochs)
    assert history.restored is None and not history.stopped_early


def test_a_schedule_of_the_learning_rate_is_followed(images, labels, dense):
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)  # halves in 5 steps, an epoch of 300 / 60
    model = dense()
    history = sn.Trainer(model, keras.optimizers.SGD(rate), batch=60, validation=0).fit(images, labels, epochs=3)
    assert [epoch.learning_rate for epoch in history.epochs] == pytest.approx([0.05, 0.025, 0.0125])


def test_impatience_ends_the_training_with_the_best_weights(images, labels, dense):
    """The labels of the held-out images are the model's own before it learns: it can only lose them."""
    model = dense()
    held = images[200:], np.asarray(model(images[200:])).argmax(axis=1)
    trainer = sn.Trainer(model, keras.optimizers.SGD(0.2), batch=20, validation=held, patience=2)
    history = trainer.fit(images[:200], labels[:200], epochs=30)
    best = max(history.epochs, key=lambda epoch: epoch.validation_accuracy)
    assert history.restored == best.epoch == len(history.epochs) - 2 and history.stopped_early
    classes = np.asarray(model(held[0])).argmax(axis=1)
    assert np.mean(classes == held[1]) == pytest.approx(best.validation_accuracy)
    assert best.validation_accuracy > history.epochs[-1].validation_accuracy


def test_over_instants_the_most_votes_win_and_each_instant_learns(images, labels, dense):
    """Three instants of one and the same network train as one does."""
    one, many = dense(), dense(behind=[keras.layers.RepeatVector(3)])
    wanted, found = (
        sn.Trainer(model, "sgd", batch=128, validation=0.2).fit(images, labels, epochs=2).epochs[-1]
        for model in (one, many)
    )
    np.testing.assert_allclose(one.get_weights()[0], many.get_weights()[0], atol=1e-6)
    assert (found.accuracy, found.per_class) == (wanted.accuracy, wanted.per_class)


def test_a_subclassed_model_trains_too(images, labels, dense):
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = dense()

        def call(self, x):
            return self.inner(x)

    model = Net()
    with pytest.raises(InvalidValueError, match="not built"):
        sn.Trainer(model).fit(images, labels)
    model(images[:2])
    history = sn.Trainer(model, batch=100, validation=0).fit(images, labels, epochs=3)
    assert history.epochs[-1].loss < history.epochs[0].loss


def test_one_seed_gives_the_same_bits_and_another_others(small, images, labels, same_bits):
    models = [small.build() for _ in range(3)]
    for model, seed in zip(models, (1, 1, 2), strict=True):
        small.trainer(None, model, seed=seed).fit(images, labels, epochs=1)
    assert same_bits(models[0], models[1]) and not same_bits(models[0], models[2])


def test_progress_goes_from_nought_to_one(images, labels, dense):
    told = []
    sn.Trainer(dense(), batch=100, validation=0.3).fit(images, labels, epochs=2, progress=told.append)
    assert told == sorted(told) and told[-1] == 1
    assert len([part for part in told if part <= 0.5]) == 4  # three batches of training (210), one of validation


def test_tensorboard_has_every_epoch(images, labels, tmp_path, dense):
    sn.Trainer(dense(), batch=100, tensorboard=tmp_path).fit(images, labels, epochs=1)
    assert list(tmp_path.glob("events.out.tfevents.*"))
