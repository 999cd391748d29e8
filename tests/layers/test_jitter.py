"""Jitter against the affine maps that it says it makes."""

import keras
import numpy as np
import pytest

from spikenet.errors import InvalidValueError
from spikenet.layers.jitter import Jitter

BLOB = np.exp(-((np.arange(28) - 13.5) ** 2)[:, None] / 8 - ((np.arange(28) - 13.5) ** 2) / 30).astype(np.float32)
IMAGES = np.repeat(BLOB[None], 60, axis=0)
SQUARES = (np.arange(28) - 13.5) ** 2
ROUND = np.repeat(np.exp(-(SQUARES[:, None] + SQUARES) / 18).astype(np.float32)[None], 60, axis=0)


def moments(images):
    """Middles (x, y), variances and covariance of each image's mass."""
    at_y, at_x = (np.arange(size) for size in images.shape[1:])
    mass = images.sum(axis=(1, 2))
    x, y = (images.sum(axis=axis) @ at / mass for axis, at in ((1, at_x), (2, at_y)))
    dx, dy = at_x - x[:, None], at_y - y[:, None]
    xx, yy = ((images.sum(axis=axis) * d**2).sum(axis=1) / mass for axis, d in ((1, dx), (2, dy)))
    xy = np.einsum("nyx,ny,nx->n", images, dy, dx) / mass
    return x, y, xx, yy, xy


def jittered(images=IMAGES, **settings):
    return np.asarray(Jitter(**settings)(images, training=True))


def assert_unrelated(one, other):
    """The correlation of 60 pairs has a standard deviation of 0.13; four of them."""
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.52


def test_outside_training_images_are_left_alone():
    np.testing.assert_array_equal(Jitter(3, 0.5, 0.2, 0.2)(IMAGES), IMAGES)


def test_shifts_go_evenly_to_both_sides_and_no_further():
    x, y, xx, *_ = moments(jittered(shift=3))
    for middle in (x, y):
        assert np.all(np.abs(middle - 13.5) < 3.05)
        assert np.ptp(middle) > 4.5
    assert_unrelated(x, y)
    assert xx == pytest.approx(moments(IMAGES)[2], rel=0.05)  # the shape stays


@pytest.mark.parametrize("cut", [0, 4])
def test_turns_keep_the_middle_and_tilt_the_axes(cut):
    """Of images as wide as high, and of narrow ones."""
    images = IMAGES[:, :, cut : 28 - cut]
    x, y, xx, yy, xy = moments(jittered(images, turn=0.5))
    assert x == pytest.approx(13.5 - cut, abs=0.05)
    assert y == pytest.approx(13.5, abs=0.05)
    if not cut:  # a narrow image cuts off what turns out of it
        _, _, before_x, before_y, _ = moments(images)
        assert xx + yy == pytest.approx(before_x + before_y, rel=0.05)  # a turn, and no shear
    tilt = 0.5 * np.arctan2(2 * xy, xx - yy)
    assert 0.35 < np.abs(tilt).max() < 0.52
    assert tilt.min() < 0 < tilt.max()


def test_stretching_changes_widths_within_bounds():
    _, _, xx, yy, _ = moments(jittered(stretch=0.2))
    before = moments(IMAGES)[2:4]
    ratios = [np.sqrt(now / then) for now, then in zip((xx, yy), before, strict=True)]  # the map's are the inverse
    for ratio in ratios:
        assert np.all((1 / 1.25 < ratio) & (ratio < 1 / 0.75))
        assert np.ptp(ratio) > 0.2
    assert_unrelated(*ratios)


def test_shears_move_rows_sideways_by_their_height():
    """x becomes x - s*y: the covariance is -s times the variance of y, which stays; that of x grows by s**2 of it."""
    *_, xx, yy, xy = moments(jittered(shear=0.3))
    _, _, before_x, before_y, _ = moments(IMAGES)
    shear = -xy / yy
    assert shear.min() < -0.2 and shear.max() > 0.2 and np.abs(shear).max() < 0.31
    assert yy == pytest.approx(before_y, rel=0.01)
    assert xx == pytest.approx(before_x + shear**2 * before_y, rel=0.05)


def test_turns_and_shears_keep_areas():
    """Their maps have the determinant 1; three per cent for the pixels that hold a share of two."""
    assert jittered(turn=0.5, shear=0.3).sum(axis=(1, 2)) == pytest.approx(BLOB.sum(), rel=0.03)


def test_a_turn_comes_after_a_shear_and_is_drawn_apart():
    """A round blob tells the shear, as a turn does nothing to it; of an oval one a turn is left without the shear."""
    settings = {"turn": 0.5, "shear": 0.3, "seed": 2}
    *_, yy, xy = moments(jittered(ROUND, **settings))
    shear = -xy / yy
    *_, xx, yy, xy = moments(jittered(**settings))
    tilt = 0.5 * np.arctan2(2 * (xy + shear * yy), xx + 2 * shear * xy + shear**2 * yy - yy)
    assert 0.25 < np.abs(shear).max() < 0.31
    assert 0.45 < np.abs(tilt).max() < 0.52
    assert_unrelated(tilt, shear)


def test_a_round_blob_is_stretched_along_the_axes_however_it_is_turned():
    """It is stretched after it is turned: no covariance comes of it."""
    *_, xx, yy, xy = moments(jittered(ROUND, turn=0.5, stretch=0.2))
    assert np.abs(xy / np.sqrt(xx * yy)).max() < 0.02
    assert np.ptp(xx / yy) > 0.3


def test_it_is_the_same_with_the_same_seed_and_keeps_integers():
    images = (255 * IMAGES).astype(np.uint8)
    first, again = (np.asarray(Jitter(2, seed=4)(images, training=True)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.uint8
    assert (np.asarray(Jitter(2, seed=5)(images, training=True)) != first).any()


def test_it_is_saved_and_loaded(tmp_path):
    model = keras.Sequential([keras.Input((28, 28)), Jitter(2, 0.1, 0.2, 0.3, seed=3)])
    model.save(tmp_path / "model.keras")
    config = keras.models.load_model(tmp_path / "model.keras").layers[0].get_config()
    assert config == model.layers[0].get_config()
    wanted = {"shift": 2, "turn": 0.1, "stretch": 0.2, "shear": 0.3, "seed": 3}
    assert {name: config[name] for name in wanted} == wanted


@pytest.mark.parametrize("turn", [-0.1, np.nan])
def test_amounts_that_are_none_are_refused(turn):
    with pytest.raises(InvalidValueError, match=f"turn is {turn}, wanted a finite number from 0"):
        Jitter(turn=turn)
