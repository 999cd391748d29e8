import keras
import numpy as np
import pytest
import tensorflow as tf

import spikenet as sn
from spikenet.errors import CheckpointError, InvalidTypeError, InvalidValueError, TrainingError


def dense(activation="softmax", kernel="glorot_uniform", behind=()):
    """Softmax regression; the same weights every time."""
    keras.utils.set_random_seed(2)
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((28, 28), dtype="uint8"), layers.Rescaling(1 / 255), layers.Flatten()]
        + [layers.Dense(10, activation, kernel_initializer=kernel), *behind]
    )


class Broken(keras.layers.Layer):
    """Passes its input on through Python; ``spoil`` may change it or raise."""

    def __init__(self, spoil):
        super().__init__()
        self.spoil = spoil

    def call(self, inputs, training=False):
        @tf.custom_gradient
        def pass_on(x):
            y = tf.numpy_function(lambda x: self.spoil(x, training), [x], tf.float32)
            y.set_shape(x.shape)
            return y, lambda upstream: upstream

        return pass_on(inputs)


def spoilt(spoil):
    return dense(activation=None, behind=[Broken(spoil), keras.layers.Softmax()])


@pytest.fixture(scope="module")
def whole(small, tmp_path_factory):
    """An uninterrupted training: model, history and folder."""
    folder = tmp_path_factory.mktemp("whole")
    model = small.build()
    history = small.trainer(folder, model).fit(*small.some_images(), epochs=4)
    return model, history, folder


def interrupt_at(fraction):
    def progress(part):
        if part >= fraction:
            raise KeyboardInterrupt

    return progress


def test_a_step_of_gradient_descent_is_the_textbooks(images, labels):
    """Softmax regression from zero weights, all images in one batch: W = -rate * X^T (p - onehot) / n, by hand."""
    model = dense(kernel="zeros")
    history = sn.Trainer(model, keras.optimizers.SGD(0.3), batch=300, validation=0).fit(images, labels, epochs=1)
    x, wanted = images.reshape(300, -1) / 255, np.eye(10)[labels]
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(kernel, -0.3 * x.T @ (0.1 - wanted) / 300, atol=1e-6)
    np.testing.assert_allclose(bias, -0.3 * (0.1 - wanted).mean(axis=0), atol=1e-6)
    assert history.epochs[0].loss == pytest.approx(np.log(10), rel=1e-6)
    assert history.epochs[0].accuracy == pytest.approx(np.mean(labels == 0))  # all classes are equal: the lowest wins


def test_keras_own_loop_on_the_same_batches_reaches_the_same_weights(images, labels):
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


def test_the_history_counts_what_the_model_gets_right(images, labels):
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


def test_a_schedule_of_the_learning_rate_is_followed(images, labels):
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)  # halves in 5 steps, an epoch of 300 / 60
    model = dense()
    history = sn.Trainer(model, keras.optimizers.SGD(rate), batch=60, validation=0).fit(images, labels, epochs=3)
    assert [epoch.learning_rate for epoch in history.epochs] == pytest.approx([0.05, 0.025, 0.0125])


def test_impatience_ends_the_training_with_the_best_weights(images, labels):
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


def test_over_instants_the_most_votes_win_and_each_instant_learns(images, labels):
    """Three instants of one and the same network train as one does."""
    one, many = dense(), dense(behind=[keras.layers.RepeatVector(3)])
    wanted, found = (
        sn.Trainer(model, "sgd", batch=128, validation=0.2).fit(images, labels, epochs=2).epochs[-1]
        for model in (one, many)
    )
    np.testing.assert_allclose(one.get_weights()[0], many.get_weights()[0], atol=1e-6)
    assert (found.accuracy, found.per_class) == (wanted.accuracy, wanted.per_class)


def test_a_subclassed_model_trains_too(images, labels):
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


@pytest.mark.parametrize("fraction", [0.3, 0.99])
def test_a_resumed_training_has_the_bits_of_an_uninterrupted_one(whole, small, tmp_path, same_bits, fraction):
    model, history, _ = whole
    with pytest.raises(KeyboardInterrupt):
        small.trainer(tmp_path, small.build()).fit(*small.some_images(), 4, progress=interrupt_at(fraction))
    other = small.build(seed=9)  # its weights come from the checkpoint
    resumed = small.trainer(tmp_path, other).fit(*small.some_images(), 4, resume=True)
    assert same_bits(model, other)
    for one, two in zip(history.epochs, resumed.epochs, strict=True):
        assert {**vars(one), "seconds": 0} == {**vars(two), "seconds": 0}
    assert resumed.restored == history.restored


def test_more_epochs_go_on_and_no_more_give_the_same_again(whole, small, tmp_path, same_bits):
    model, history, _ = whole
    small.trainer(tmp_path, small.build()).fit(*small.some_images(), 2)
    other = small.build()
    small.trainer(tmp_path, other).fit(*small.some_images(), 4, resume=True)
    again = small.build()
    found = small.trainer(tmp_path, again).fit(*small.some_images(), 4, resume=True)
    assert same_bits(model, other) and same_bits(model, again)
    assert len(found.epochs) == 4 and found.restored == history.restored
    with pytest.raises(InvalidValueError, match="epochs is 3, but 4 are done"):
        small.trainer(tmp_path, again).fit(*small.some_images(), 3, resume=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch": 33}, "batch was 32, is 33"),
        ({"optimizer": "sgd"}, "optimizer.class_name was Adam, is SGD"),
        ({"optimizer": "adam"}, "optimizer.config.learning_rate"),
        ({"loss": "categorical_crossentropy"}, "loss.function was sparse_categorical_crossentropy"),
        ({"validation": 0.2}, "validation was uint8"),
        ({"patience": 7}, "patience was 100, is 7"),
    ],
)
def test_other_settings_are_not_resumed(whole, small, change, message):
    *_, folder = whole
    model = small.build()
    with pytest.raises(CheckpointError, match=message):
        small.trainer(folder, model, **change).fit(*small.some_images(), resume=True)


def test_other_models_and_data_are_not_resumed(whole, small, images, labels):
    *_, folder = whole
    with pytest.raises(CheckpointError, match=r"training was uint8 \(270, 28, 28\) \w+, labels .* is uint8"):
        small.trainer(folder, small.build()).fit(images, np.roll(labels, 1), resume=True)
    model = small.build()
    model.layers[2].trainable = False
    with pytest.raises(CheckpointError, match=r"kernel \(784, 16\) float32 is now .*not trained; .*optimizer had"):
        small.trainer(folder, model).fit(images, labels, resume=True)


def test_a_training_starts_over_no_other(whole, small, images, labels):
    *_, folder = whole
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(CheckpointError, match="holds checkpoints"):
        small.trainer(folder, small.build()).fit(images, labels)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_loss_that_is_not_finite_ends_with_the_last_whole_epoch(images, labels, tmp_path, same_bits):
    calls = []

    def spoil(x, training):
        calls.append(training)
        return x * np.float32(np.nan if calls.count(True) == 5 else 1)  # the second batch of the second epoch

    model, reference = spoilt(spoil), spoilt(lambda x, training: x)
    sn.Trainer(reference, batch=100, validation=0).fit(images, labels, epochs=1)
    with pytest.raises(TrainingError, match=r"loss is nan in epoch 2, batch 2; .*weights of epoch 1 again"):
        sn.Trainer(model, batch=100, validation=0, checkpoints=tmp_path).fit(images, labels, epochs=3)
    assert same_bits(model, reference)
    assert [path.name for path in tmp_path.glob("*.npz")] == ["epoch-0001.npz"]


def test_a_simulation_that_fails_says_where_and_why(images, labels, same_bits):
    def spoil(x, training):
        if training:
            raise ValueError("drive 3.2 is outside the table")
        return x

    model, before = spoilt(spoil), dense()
    with pytest.raises(TrainingError, match=r"epoch 1, batch 1: ValueError: drive 3.2 is outside the table"):
        sn.Trainer(model, batch=100).fit(images, labels)
    assert same_bits(model, before)


def test_weights_that_leave_the_finite_numbers_end_the_training(images, labels):
    model = dense()
    optimizer = keras.optimizers.SGD(float("inf"))  # the only batch has a finite loss
    with pytest.raises(TrainingError, match="kernel holds a NaN or an infinity after epoch 1"):
        sn.Trainer(model, optimizer, batch=300, validation=0).fit(images, labels)
    assert np.isfinite(model.get_weights()[0]).all()


def test_an_exploding_loss_warns(images, labels):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = dense(activation=None)
    with pytest.warns(RuntimeWarning, match="loss explodes: .* in epoch 1, batch 2"):
        sn.Trainer(model, keras.optimizers.SGD(1e5), loss, batch=100, validation=0).fit(images, labels, epochs=1)


def test_an_interrupted_training_keeps_its_last_epoch(small, images, labels, tmp_path, same_bits):
    model, reference = small.build(), small.build()
    small.trainer(None, reference).fit(images, labels, epochs=1)
    with pytest.raises(KeyboardInterrupt):
        small.trainer(tmp_path, model).fit(images, labels, epochs=2, progress=interrupt_at(0.75))
    assert same_bits(model, reference)
    small.trainer(tmp_path, model).fit(images, labels, epochs=1, resume=True)  # its checkpoint is whole


def test_progress_goes_from_nought_to_one(images, labels):
    told = []
    sn.Trainer(dense(), batch=100, validation=0.3).fit(images, labels, epochs=2, progress=told.append)
    assert told == sorted(told) and told[-1] == 1
    assert len([part for part in told if part <= 0.5]) == 4  # three batches of training (210), one of validation


def test_tensorboard_has_every_epoch(images, labels, tmp_path):
    sn.Trainer(dense(), batch=100, tensorboard=tmp_path).fit(images, labels, epochs=1)
    assert list(tmp_path.glob("events.out.tfevents.*"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch": 0}, "batch is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"patience": 0}, "patience is 0"),
        ({"patience": 2, "validation": 0}, "patience=2 looks at validation images"),
        ({"validation": 1.0}, "validation is 1.0"),
        ({"optimizer": "adamm"}, "unknown optimizer 'adamm'"),
        ({"loss": "sparse"}, "unknown loss 'sparse'"),
    ],
)
def test_settings_that_cannot_be_are_refused_at_once(settings, message):
    with pytest.raises(InvalidValueError, match=message):
        sn.Trainer(dense(), **settings)


def test_bad_input_is_refused_before_anything_is_trained(images, labels, tmp_path, same_bits):
    model, before = dense(), dense()
    bad = images.astype("float32")
    bad[7, 3, 3] = np.nan
    trainer = sn.Trainer(model, checkpoints=tmp_path)
    for arguments, message in [
        ((images[:5], labels), "wanted one whole number for each of the 5 images"),
        ((images, labels / 1.0), "labels are float64"),
        ((images, labels + 5), "labels go to 14, the model's classes from 0 to 9"),
        ((bad, labels), "training image 7 holds a NaN"),
        ((images[:0], labels[:0]), "at least one image"),
        ((images, labels, 0), "epochs is 0"),
        ((images[:, :20], labels), r"the model cannot take images \(20, 28\)"),
    ]:
        with pytest.raises(InvalidValueError, match=message):
            trainer.fit(*arguments)
    with pytest.raises(InvalidTypeError, match="progress is 3"):
        trainer.fit(images, labels, progress=3)
    assert same_bits(model, before) and not list(tmp_path.glob("*.npz"))


def test_an_optimizer_of_another_model_is_refused(images, labels):
    optimizer = keras.optimizers.SGD()
    optimizer.build(dense().trainable_variables)
    with pytest.raises(InvalidValueError, match="loss or optimizer do not fit the model: Unknown variable"):
        sn.Trainer(dense(), optimizer).fit(images, labels)


def test_resume_wants_a_folder_with_a_checkpoint(images, labels, tmp_path):
    with pytest.raises(InvalidValueError, match="resume=True wants the folder"):
        sn.Trainer(dense()).fit(images, labels, resume=True)
    with pytest.raises(CheckpointError, match="there is no checkpoint in"):
        sn.Trainer(dense(), checkpoints=tmp_path).fit(images, labels, resume=True)
