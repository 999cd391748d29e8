from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikenet.data import Dataset, pixels
from spikenet.errors import InvalidTypeError, InvalidValueError


def make(n_train=12, n_test=5, **changes):
    """Images that say which they are: image ``i`` is full of ``i``."""
    arrays = {
        "x_train": np.broadcast_to(np.arange(n_train, dtype=np.uint8)[:, None, None], (n_train, 3, 2)),
        "y_train": np.arange(n_train, dtype=np.uint8) % 3,
        "x_test": np.full((n_test, 3, 2), 255, dtype=np.uint8),
        "y_test": np.arange(n_test, dtype=np.uint8) % 3,
    }
    return Dataset("toy", **(arrays | changes), source="made up", licence="none")


def test_labels_become_integers_that_can_be_subtracted():
    labels = make().y_train
    assert labels.dtype == np.intp
    assert (labels - 2).min() == -2


def test_a_dataset_cannot_be_changed():
    images = np.zeros((5, 3, 2), dtype=np.uint8)
    data = make(x_test=images)
    with pytest.raises(FrozenInstanceError):
        data.name = "other"
    for array in (data.x_train, data.y_train, data.x_test, data.y_test):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    images[0] = 1  # the caller's own array stays writeable


def test_the_repr_says_what_it_is_and_whose():
    assert repr(make()) == "Dataset(toy: 12 training and 5 test images of 3 x 2, 3 classes; made up; none)"
    assert "source unknown" in repr(Dataset("x", *[getattr(make(), k) for k in ("x_train", "y_train")] * 2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": np.zeros((12, 3, 2))}, r"x_train is float64 \(12, 3, 2\), wanted uint8"),
        ({"x_test": np.zeros((5, 6), np.uint8)}, r"x_test is uint8 \(5, 6\)"),
        ({"y_train": np.zeros(11, int)}, r"y_train is int64 \(11,\), wanted one whole number for each of the 12"),
        ({"y_test": np.zeros(5)}, r"y_test is float64"),
        ({"y_test": np.array([0, 1, -1, 2, 0])}, r"y_test holds the label -1"),
        ({"x_test": np.zeros((5, 2, 3), np.uint8)}, r"training images are \(3, 2\), test images \(2, 3\)"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(InvalidValueError, match=message):
        make(**changes)


def test_images_that_are_no_array_are_refused():
    with pytest.raises(InvalidTypeError, match="x_train is a list, wanted an array"):
        make(x_train=[[[1]]])


@given(st.integers(1, 11), st.integers(0, 2**32 - 1))
def test_validation_and_training_images_are_the_training_images_once_each(n, seed):
    data, split = make(), make().split_validation(n, seed)
    assert len(split.x_test) == n
    back = np.concatenate([split.x_train, split.x_test])[:, 0, 0]
    assert sorted(back.tolist()) == data.x_train[:, 0, 0].tolist()
    for images, labels in ((split.x_train, split.y_train), (split.x_test, split.y_test)):
        assert (images[:, 0, 0] % 3 == labels).all()


def test_validation_keeps_the_shares_of_the_classes():
    split = make(n_train=120).split_validation(30, seed=1)
    assert np.bincount(split.y_test).tolist() == [10, 10, 10]
    assert "30 training images held out as the test part (seed 1)" in split.source


def test_the_split_is_that_of_the_seed():
    held = [make(n_train=120).split_validation(30, seed).x_test[:, 0, 0].tolist() for seed in (1, 1, 2)]
    assert held[0] == held[1] != held[2]


@pytest.mark.parametrize("n", [0, 12, -1, 2.5, "3", True])
def test_a_validation_part_of_nothing_or_all_is_refused(n):
    with pytest.raises(InvalidValueError, match="images to hold out is .*, wanted a whole number from 1 to 11"):
        make().split_validation(n, seed=1)


@given(st.lists(st.integers(0, 255), min_size=6, max_size=6))
def test_pixels_are_the_bytes_over_255_row_by_row(values):
    images = np.array(values, dtype=np.uint8).reshape(1, 2, 3)
    found = pixels(images)
    assert found.dtype == np.float32
    assert found.shape == (1, 6)
    assert found[0] == pytest.approx(np.array(values) / 255, rel=1e-7)


def test_black_is_exactly_zero_and_white_exactly_one():
    assert pixels(np.array([[[0, 255]]], dtype=np.uint8)).tolist() == [[0.0, 1.0]]


def test_pixels_of_no_images_keep_their_number():
    assert pixels(np.zeros((0, 28, 28), np.uint8)).shape == (0, 784)
    assert pixels(np.zeros((2, 4, 4, 3), np.uint8)).shape == (2, 48)


def test_pixels_refuse_what_is_not_bytes():
    with pytest.raises(InvalidValueError, match=r"images is float32 \(1, 2, 2\), wanted uint8"):
        pixels(np.zeros((1, 2, 2), np.float32))
