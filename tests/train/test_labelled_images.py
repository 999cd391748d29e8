import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.train.labelled_images import LabelledImages, shuffled, split


def numbered(n, n_classes=3):
    """Images that hold their own number."""
    return LabelledImages(np.arange(n)[:, np.newaxis] * np.ones(2), np.arange(n) % n_classes)


@given(st.integers(1, 40), st.integers(1, 50), st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_an_epoch_shows_every_image_once_with_its_label(n, batch, seed, epoch):
    batches = list(numbered(n).batches(batch, shuffled(n, seed, epoch)))
    assert [len(labels) for _, labels in batches[:-1]] == [batch] * (len(batches) - 1)
    images, labels = (np.concatenate(part) for part in zip(*batches, strict=True))
    assert sorted(images[:, 0]) == list(range(n))
    np.testing.assert_array_equal(labels, images[:, 0] % 3)


def test_the_order_is_of_the_seed_and_the_epoch():
    orders = [shuffled(50, seed, epoch).tolist() for seed, epoch in ((1, 1), (1, 1), (1, 2), (2, 1))]
    assert orders[0] == orders[1] and len(set(map(tuple, orders))) == 3


def test_without_an_order_the_images_stay_in_their_own():
    assert [labels.tolist() for _, labels in numbered(5).batches(2)] == [[0, 1], [2, 0], [1]]


@given(st.integers(2, 60), st.floats(0.05, 0.9), st.integers(0, 100))
def test_a_split_loses_nothing_and_keeps_the_shares(n, part, seed):
    examples = numbered(n)
    if not 0 < round(part * n) < n:
        with pytest.raises(InvalidValueError, match="wanted at least 1 image in each part"):
            split(examples, part, seed)
        return
    training, held = split(examples, part, seed)
    assert len(held) == round(part * n)
    assert sorted([*training.images[:, 0], *held.images[:, 0]]) == list(range(n))
    exact = len(held) * np.bincount(examples.labels) / n
    assert (np.abs(np.bincount(held.labels, minlength=len(exact)) - exact) < 1).all()


def test_the_split_is_of_the_seed():
    parts = [split(numbered(60), 0.3, seed)[1].images[:, 0].tolist() for seed in (1, 1, 2)]
    assert parts[0] == parts[1] != parts[2]


def test_validation_images_may_be_given_or_left_out():
    examples = numbered(6)
    training, held = split(examples, (np.zeros((2, 2)), [1, 0]), seed=0)
    assert training is examples and held.labels.tolist() == [1, 0]
    assert split(examples, 0, 0)[1] is split(examples, None, 0)[1] is None


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((0, 2)), [], "at least one image"),
        (np.zeros(3), [0, 1, 2], r"float64 \(3,\); wanted \(image, ...\)"),
        (np.array([[0.0], [np.nan]]), [0, 1], "number 1 of the training images holds a NaN"),
        (np.array([[0.0], [np.inf]]), [0, 1], "number 1 of the training images holds a NaN or an infinity"),
        (np.zeros((2, 2)), [0], r"labels are int64 and have the shape \(1,\), wanted \(2,\): a whole number for each"),
        (np.zeros((2, 2)), [0.0, 1.0], "labels are float64"),
        (np.zeros((2, 2)), np.eye(2, dtype=int), "of one-hot labels"),
        (np.zeros((2, 2)), [0, -1], "labels go from -1 to 0, the classes from 0 on"),
    ],
)
def test_data_that_cannot_be_learned_are_refused(images, labels, message):
    with pytest.raises(InvalidValueError, match=message):
        LabelledImages(images, labels)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.array([["a"]]), [0], "the training images are ndarray of .*; wanted numbers"),
        ([[0.0], [0.0, 1.0]], [0, 1], "the training images are list of object; wanted numbers"),
        (np.zeros((2, 2)), [[0], [0, 1]], "the training labels are list of object; wanted numbers"),
    ],
)
def test_data_that_are_no_numbers_are_refused(images, labels, message):
    with pytest.raises(InvalidTypeError, match=message):
        LabelledImages(images, labels)


def test_a_label_without_a_class_is_refused():
    numbered(6).check_classes(3)
    with pytest.raises(InvalidValueError, match="labels go to 2, the model's classes from 0 to 1; give it 3 outputs"):
        numbered(6).check_classes(2)


def test_validation_images_of_another_kind_are_refused():
    for images in (np.zeros((2, 3)), np.zeros((2, 2), "float32")):
        with pytest.raises(InvalidValueError, match="give both the same shape and type"):
            split(numbered(4), (images, [0, 1]), 0)
