"""A training that is interrupted goes on to the same bits, and only as the training that it was."""

import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import CheckpointError, InvalidValueError


def interrupt_at(fraction):
    def progress(part):
        if part >= fraction:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("fraction", [0.3, pytest.param(0.99, marks=pytest.mark.slow)])
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


def test_an_interrupted_training_keeps_its_last_epoch(small, images, labels, tmp_path, same_bits):
    model, reference = small.build(), small.build()
    small.trainer(None, reference).fit(images, labels, epochs=1)
    with pytest.raises(KeyboardInterrupt):
        small.trainer(tmp_path, model).fit(images, labels, epochs=2, progress=interrupt_at(0.75))
    assert same_bits(model, reference)
    small.trainer(tmp_path, model).fit(images, labels, epochs=1, resume=True)  # its checkpoint is whole


def test_resume_wants_a_folder_with_a_checkpoint(images, labels, tmp_path, dense):
    with pytest.raises(InvalidValueError, match="resume=True wants the folder"):
        sn.Trainer(dense()).fit(images, labels, resume=True)
    with pytest.raises(CheckpointError, match="there is no checkpoint in"):
        sn.Trainer(dense(), checkpoints=tmp_path).fit(images, labels, resume=True)


@pytest.mark.parametrize(("sign", "told"), [(1, None), (-1, "loss.code was")])
def test_a_function_counts_by_its_code(sign, told, images, labels, tmp_path, dense):
    import keras

    def loss(factor):
        return lambda labels, outputs: factor * keras.losses.sparse_categorical_crossentropy(labels, outputs)

    sn.Trainer(dense(), loss=loss(1), checkpoints=tmp_path).fit(images, labels, epochs=1)
    again = sn.Trainer(dense(), loss=loss(sign), checkpoints=tmp_path)
    if told is None:
        again.fit(images, labels, epochs=1, resume=True)
    else:
        with pytest.raises(CheckpointError, match=told):
            again.fit(images, labels, epochs=1, resume=True)


def test_another_activation_is_not_resumed(images, labels, tmp_path, dense):
    sn.Trainer(dense(), checkpoints=tmp_path).fit(images, labels, epochs=1)
    with pytest.raises(CheckpointError, match="model.3 Dense.activation was 'softmax', is 'sigmoid'"):
        sn.Trainer(dense("sigmoid"), checkpoints=tmp_path).fit(images, labels, epochs=1, resume=True)
