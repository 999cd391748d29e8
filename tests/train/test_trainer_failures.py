"""A training that fails says where and why, and leaves the last whole epoch; what cannot be is refused before."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import spikenet as sn
from spikenet.errors import InvalidTypeError, InvalidValueError, TrainingError


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


@pytest.fixture(scope="module")
def spoilt(dense):
    def make(spoil):
        return dense(activation=None, behind=[Broken(spoil), keras.layers.Softmax()])

    return make


def test_a_loss_that_is_not_finite_ends_with_the_last_whole_epoch(images, labels, tmp_path, same_bits, spoilt):
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


def test_a_simulation_that_fails_says_where_and_why(images, labels, same_bits, dense, spoilt):
    def spoil(x, training):
        if training:
            raise ValueError("drive 3.2 is outside the table")
        return x

    model, before = spoilt(spoil), dense()
    with pytest.raises(TrainingError, match=r"epoch 1, batch 1: ValueError: drive 3.2 is outside the table"):
        sn.Trainer(model, batch=100).fit(images, labels)
    assert same_bits(model, before)


def test_weights_that_leave_the_finite_numbers_end_the_training(images, labels, dense):
    model = dense()
    optimizer = keras.optimizers.SGD(float("inf"))  # the only batch has a finite loss
    with pytest.raises(TrainingError, match="kernel holds a NaN or an infinity after epoch 1"):
        sn.Trainer(model, optimizer, batch=300, validation=0).fit(images, labels)
    assert np.isfinite(model.get_weights()[0]).all()


def test_an_exploding_loss_warns(images, labels, dense):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = dense(activation=None)
    with pytest.warns(RuntimeWarning, match="loss explodes: .* in epoch 1, batch 2"):
        sn.Trainer(model, keras.optimizers.SGD(1e5), loss, batch=100, validation=0).fit(images, labels, epochs=1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        *[({"batch": batch}, "batch is .*, wanted a whole number from 1") for batch in (0, -3, 2.0, "4", True, None)],
        *[({"seed": seed}, "seed is .*, wanted a whole number from 0") for seed in (-1, 2**32, 1.0, True, None)],
        ({"patience": 0}, "patience is 0"),
        ({"patience": 2, "validation": 0}, "patience=2 needs validation images"),
        ({"validation": 1.0}, "validation is 1.0"),
        ({"optimizer": "adamm"}, "unknown optimizer 'adamm'"),
        ({"loss": "sparse"}, "unknown loss 'sparse'"),
    ],
)
def test_settings_that_cannot_be_are_refused_at_once(settings, message, dense):
    with pytest.raises(InvalidValueError, match=message):
        sn.Trainer(dense(), **settings)


def test_bad_input_is_refused_before_anything_is_trained(images, labels, tmp_path, same_bits, dense):
    model, before = dense(), dense()
    bad = images.astype("float32")
    bad[7, 3, 3] = np.nan
    trainer = sn.Trainer(model, checkpoints=tmp_path)
    for arguments, message in [
        ((images[:5], labels), "wanted \\(5,\\): a whole number for each image"),
        ((images, labels / 1.0), "labels are float64"),
        ((images, labels + 5), "labels go to 14, the model's classes from 0 to 9"),
        ((bad, labels), "number 7 of the training images holds a NaN"),
        ((images[:0], labels[:0]), "at least one image"),
        ((images, labels, 0), "epochs is 0"),
        ((images[:, :20], labels), r"the model cannot take images \(20, 28\)"),
    ]:
        with pytest.raises(InvalidValueError, match=message):
            trainer.fit(*arguments)
    with pytest.raises(InvalidTypeError, match="progress is 3"):
        trainer.fit(images, labels, progress=3)
    assert same_bits(model, before) and not list(tmp_path.glob("*.npz"))


def test_an_optimizer_of_another_model_is_refused(images, labels, dense):
    optimizer = keras.optimizers.SGD()
    optimizer.build(dense().trainable_variables)
    with pytest.raises(InvalidValueError, match="the loss or the optimizer does not fit the model: Unknown variable"):
        sn.Trainer(dense(), optimizer).fit(images, labels)
