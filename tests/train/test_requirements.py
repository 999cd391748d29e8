import keras
import numpy as np
import pytest

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.train.requirements import (
    check_folder,
    check_model,
    check_outputs,
    check_validation,
    find_optimizer,
)

LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
PROBABILITIES = keras.losses.SparseCategoricalCrossentropy()


def net():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])


@pytest.mark.parametrize("validation", [1.0, -0.1, "half", True, (np.zeros(3),), [1, 2, 3]])
def test_validation_is_a_part_or_a_pair(validation):
    for good in (0.3, 0, None, (np.zeros((2, 2)), np.zeros(2, int))):
        check_validation(good, None)
    with pytest.raises(InvalidValueError, match="give the share of the training images to hold out"):
        check_validation(validation, None)


@pytest.mark.parametrize("validation", [0, 0.0, None])
def test_patience_wants_validation_images(validation):
    check_validation(0.1, 3)
    with pytest.raises(InvalidValueError, match="patience=3 needs validation images"):
        check_validation(validation, 3)


def test_an_optimizer_is_found_by_name_or_is_one():
    assert isinstance(find_optimizer("sgd"), keras.optimizers.SGD)
    own = keras.optimizers.Adam()
    assert find_optimizer(own) is own
    with pytest.raises(InvalidValueError, match="unknown optimizer 'adamm'"):
        find_optimizer("adamm")
    with pytest.raises(InvalidTypeError, match="give a Keras optimizer or its name"):
        find_optimizer(0.1)


def test_averages_that_nobody_would_use_are_refused():
    find_optimizer(keras.optimizers.SGD(use_ema=True, ema_overwrite_frequency=10))
    with pytest.raises(InvalidValueError, match="give it ema_overwrite_frequency"):
        find_optimizer(keras.optimizers.SGD(use_ema=True))


def test_a_model_has_to_be_built_trainable_and_finite():
    check_model(net())
    with pytest.raises(InvalidTypeError, match="model is a str"):
        check_model("net")
    with pytest.raises(InvalidValueError, match="not built"):
        check_model(keras.Sequential([keras.layers.Dense(3)]))
    frozen, spoilt = net(), net()
    frozen.trainable = False
    with pytest.raises(InvalidValueError, match="no trainable weights"):
        check_model(frozen)
    spoilt.layers[0].bias.assign([0.0, np.nan, 0.0])
    with pytest.raises(InvalidValueError, match="bias holds a NaN or an infinity before the training"):
        check_model(spoilt)


@pytest.mark.parametrize("shape", [(5,), (5, 1), (4, 3), (5, 2, 2, 3), (5, 0, 3)])
def test_outputs_have_two_or_three_axes_for_all_images(shape):
    assert check_outputs(np.zeros((5, 3)), 5, LOGITS) == 3
    assert check_outputs(np.zeros((5, 7, 4)), 5, LOGITS) == 4
    with pytest.raises(InvalidValueError, match="for 5 images; wanted"):
        check_outputs(np.zeros(shape), 5, LOGITS)


def test_outputs_are_finite():
    with pytest.raises(InvalidValueError, match="gives a NaN or an infinity for the first images"):
        check_outputs(np.array([[0.0, np.inf]]), 1, LOGITS)


@pytest.mark.parametrize("outputs", [[[-0.5, 0.5]], [[0.5, 1.5]]])
def test_logits_are_refused_where_probabilities_are_wanted(outputs):
    check_outputs(np.array(outputs), 1, LOGITS)
    check_outputs(np.array([[0.0, 1.0]]), 1, PROBABILITIES)
    with pytest.raises(InvalidValueError, match="not probabilities; end it with a softmax"):
        check_outputs(np.array(outputs), 1, PROBABILITIES)


def test_a_folder_is_a_path_or_none(tmp_path):
    for folder in (None, "here", tmp_path):
        check_folder(folder, "checkpoints")
    with pytest.raises(InvalidTypeError, match="tensorboard is 3, wanted the path of a folder, or None"):
        check_folder(3, "tensorboard")
