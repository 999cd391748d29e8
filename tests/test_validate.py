"""Plain arguments are checked in one way everywhere."""

from pathlib import Path

import numpy as np
import pytest

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.validate import (
    check_choice,
    check_images,
    check_labels,
    check_path,
    check_positive,
    check_precision,
    check_seed,
    check_share,
    check_whole,
)


@pytest.mark.parametrize("value", [1, 7, np.int64(3), np.uint8(255)])
def test_a_whole_number_becomes_an_int(value):
    assert type(check_whole(value, "n")) is int and check_whole(value, "n") == value


@pytest.mark.parametrize("value", [0, -1, 1.0, True, None, "2", np.float64(2), [3]])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(InvalidValueError, match=r"^n is .*, wanted a whole number from 1$"):
        check_whole(value, "n")


def test_bounds_and_none_are_what_the_caller_says():
    assert check_whole(None, "n", optional=True) is None
    assert check_whole(0, "n", least=0, most=2) == 0
    with pytest.raises(InvalidValueError, match="n is 3, wanted a whole number from 0 to 2, or None"):
        check_whole(3, "n", least=0, most=2, optional=True)


def test_seeds_are_what_numpy_takes():
    assert check_seed(2**32 - 1) == 2**32 - 1
    for wrong in (-1, 2**32, 1.5, False):
        with pytest.raises(InvalidValueError, match="seed is .*, wanted a whole number from 0 to 4294967295"):
            check_seed(wrong)


def test_shares_have_their_ends_where_asked():
    assert check_share(0, "s") == 0.0 and check_share(1, "s") == 1.0
    for wrong in (-0.1, 1.1, float("nan"), True, "0.5"):
        with pytest.raises(InvalidValueError, match="s is .*, wanted a number from 0 to 1"):
            check_share(wrong, "s")
    with pytest.raises(InvalidValueError, match="s is 0, wanted a number above 0 and below 1"):
        check_share(0, "s", zero=False, one=False)
    with pytest.raises(InvalidValueError, match="s is 1, wanted a number from 0 and below 1"):
        check_share(1, "s", one=False)


def test_a_choice_names_what_there_is():
    assert check_choice("a", "letter", ("a", "b")) == "a"
    for wrong in ("c", 1, None, ["a"]):
        with pytest.raises(InvalidValueError, match="unknown letter .*; there are a, b"):
            check_choice(wrong, "letter", ("a", "b"))


def test_images_are_finite_numbers():
    images = np.zeros((3, 2, 2), np.float32)
    assert check_images(images) is images
    for wrong in ("abc", [[1, 2], [3]], 5.0, np.array([[None]])):
        with pytest.raises(InvalidTypeError, match=r"the images are .*; wanted numbers \(image, ...\)"):
            check_images(wrong)
    images[1, 0, 1] = np.nan
    with pytest.raises(InvalidValueError, match="number 1 of the pictures holds a NaN or an infinity"):
        check_images(images, "pictures")


@pytest.mark.parametrize("labels", [[0, 2], np.array([0, 2], np.uint8), (0, 2)])
def test_labels_are_whole_numbers(labels):
    np.testing.assert_array_equal(check_labels(labels, 2, 3), [0, 2])
    assert check_labels(np.zeros(0, int), 0, 3).shape == (0,)


WRONG = {
    "floats": ([0.0, 1.0], InvalidValueError, r"labels are float64 and have the shape \(2,\), wanted \(2,\): a whole"),
    "bools": ([True, False], InvalidValueError, "labels are bool"),
    "nan": ([0, np.nan], InvalidValueError, "number 1 of the labels holds a NaN"),
    "few": ([0], InvalidValueError, r"have the shape \(1,\), wanted \(2,\)"),
    "one-hot": (np.eye(2, dtype=int), InvalidValueError, r"have the shape \(2, 2\)"),
    "above": ([0, 3], InvalidValueError, "labels go from 0 to 3, the classes from 0 to 2"),
    "below": ([-1, 2], InvalidValueError, "labels go from -1 to 2"),
    "texts": (["a", "b"], InvalidTypeError, "the labels are list of <U1"),
    "none": (None, InvalidTypeError, "the labels are NoneType"),
    "ragged": ([[0], [1, 2]], InvalidTypeError, "the labels are list of object"),
}


@pytest.mark.parametrize(("labels", "error", "message"), WRONG.values(), ids=WRONG)
def test_other_labels_are_refused(labels, error, message):
    with pytest.raises(error, match=message):
        check_labels(labels, 2, 3)


@pytest.mark.parametrize("precision", ["half", "float16", None, "FLOAT64", np.float32])
def test_only_two_precisions_are_known(precision):
    assert check_precision("float32") == "float32"
    with pytest.raises(InvalidValueError, match="unknown precision .*; there are float64, float32"):
        check_precision(precision)


def test_a_path_is_one_that_a_file_can_have(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert check_path("~/runs/[b] a", "out") == Path("/home/me/runs/[b] a")
    assert check_path(Path("a"), "out") == Path("a")


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ("~nouser/a", InvalidValueError, "out is '~nouser/a', and there is no such user; write the home folder out"),
        ("a\udcff", InvalidValueError, r"out is 'a\\udcff', which is not UTF-8"),
        ("a\0b", InvalidValueError, "without NUL"),
        ("", InvalidValueError, "at least one character"),
        (3, InvalidTypeError, "out is 3, a int; wanted a path as text"),
        (b"a", InvalidTypeError, "out is b'a', a bytes; wanted a path as text"),
        (None, InvalidTypeError, "wanted a path as text"),
    ],
)
def test_what_is_no_path_is_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        check_path(wrong, "out")


def test_a_share_above_zero_may_be_one():
    assert check_share(1, "s", zero=False) == 1.0
    with pytest.raises(InvalidValueError, match="s is 0, wanted a number above 0 and at most 1"):
        check_share(0, "s", zero=False)


def test_a_positive_number_is_finite_and_above_zero():
    assert check_positive(np.float32(0.5), "n") == 0.5
    assert check_positive(0, "n", zero=True) == 0.0
    for wrong in (0, -1, float("nan"), float("inf"), True, "1", None, [1]):
        with pytest.raises(InvalidValueError, match="n is .*, wanted a finite number above 0"):
            check_positive(wrong, "n")
    with pytest.raises(InvalidValueError, match="n is -1, wanted a finite number from 0"):
        check_positive(-1, "n", zero=True)


def test_a_positive_number_may_be_bounded():
    assert check_positive(3, "p", below=4) == 3.0
    with pytest.raises(InvalidValueError, match="p is 4, wanted a finite number above 0 and below 4"):
        check_positive(4, "p", below=4)


def test_masks_are_refused_as_they_would_be_ignored():
    masked = np.ma.masked_array(np.ones((3, 2)), [[0, 0], [1, 0], [0, 0]])
    with pytest.raises(InvalidValueError, match="1 numbers of the images are masked"):
        check_images(masked)
    with pytest.raises(InvalidValueError, match="of the labels are masked"):
        check_labels(np.ma.masked_array([0, 1], [0, 1]), 2, 3)
    assert check_images(np.ma.masked_array(np.ones((3, 2)))).shape == (3, 2)
