import keras
import numpy as np
import pytest
import tensorflow as tf

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.train.objective import find_loss, objective, wants_one_hot, wants_probabilities

OUTPUTS = np.float32([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
LABELS = np.array([0, 1])
BY_HAND = -np.log([0.7, 0.3]).mean()


def value(loss, outputs=OUTPUTS):
    return float(objective(find_loss(loss), tf.constant(LABELS), tf.constant(outputs)))


@pytest.mark.parametrize(
    "loss",
    [
        "sparse_categorical_crossentropy",
        "categorical_crossentropy",
        keras.losses.SparseCategoricalCrossentropy(),
        keras.losses.CategoricalCrossentropy(),
        keras.losses.CategoricalCrossentropy(reduction=None),
    ],
)
def test_cross_entropy_is_that_by_hand_with_labels_as_the_loss_wants_them(loss):
    assert value(loss) == pytest.approx(BY_HAND, rel=1e-5)


def test_logits_may_be_given_to_a_loss_that_takes_them():
    assert value(keras.losses.SparseCategoricalCrossentropy(from_logits=True), np.log(OUTPUTS)) == pytest.approx(
        BY_HAND
    )


def test_a_squared_error_is_from_one_hot_labels():
    assert value("mse") == pytest.approx(np.mean((OUTPUTS - np.eye(3)[LABELS]) ** 2))


def test_functions_of_others_get_whole_numbers():
    assert value(lambda labels, outputs: tf.cast(labels, tf.float32) + outputs[:, 0]) == pytest.approx((0.7 + 1.1) / 2)


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_each_instant_has_its_samples_label(loss):
    instants = np.stack([OUTPUTS, OUTPUTS[::-1]], axis=1)  # (sample, instant, class)
    assert value(loss, instants) == pytest.approx(-np.log([0.7, 0.1, 0.3, 0.2]).mean(), rel=1e-5)


def test_which_losses_want_what():
    own = keras.losses
    assert [wants_one_hot(find_loss(loss)) for loss in ("mse", own.Hinge(), own.SparseCategoricalCrossentropy())] == [
        True,
        True,
        False,
    ]
    crossentropies = ("sparse_categorical_crossentropy", own.CategoricalCrossentropy(from_logits=True), "mse", value)
    assert [wants_probabilities(find_loss(loss)) for loss in crossentropies] == [True, False, False, False]


def test_a_loss_that_is_none_is_refused():
    with pytest.raises(InvalidValueError, match="unknown loss 'crossentropie'"):
        find_loss("crossentropie")
    for wrong in (None, 3, keras.losses.MeanSquaredError):
        with pytest.raises(InvalidTypeError, match="give a Keras loss, its name, or a function"):
            find_loss(wrong)
