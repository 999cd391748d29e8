"""Jitter against the affine maps that it says it makes."""

import keras
import numpy as np
import pytest

from spikenet.errors import InvalidValueError
from spikenet.layers.jitter import Jitter

BLOB = np.exp(-((np.arange(28) - 13.5) ** 2)[:, None] / 8 - ((np.arange(28) - 13.5) ** 2) / 30).astype(np.float32)
IMAGES = np.repeat(BLOB[None], 60, axis=0)


def moments(images):
    """Middles (x, y), widths and covariance of each image's mass."""
    at = np.arange(28)
    mass = images.sum(axis=(1, 2))
    x, y = (images.sum(axis=axis) @ at / mass for axis in (1, 2))
    dx, dy = at - x[:, None], at - y[:, None]
    xx, yy = ((images.sum(axis=axis) * d**2).sum(axis=1) / mass for axis, d in ((1, dx), (2, dy)))
    xy = np.einsum("nyx,ny,nx->n", images, dy, dx) / mass
    return x, y, xx, yy, xy


def jittered(**settings):
    return np.asarray(Jitter(**settings)(IMAGES, training=True))


def test_outside_training_images_are_left_alone():
    np.testing.assert_array_equal(Jitter(3, 0.5, 0.2, 0.2)(IMAGES), IMAGES)


def test_shifts_go_evenly_to_both_sides_and_no_further():
    x, y, xx, *_ = moments(jittered(shift=3))
    for middle in (x, y):
        assert np.all(np.abs(middle - 13.5) < 3.05)
        assert np.ptp(middle) > 4.5
    assert xx == pytest.approx(moments(IMAGES)[2], rel=0.05)  # the shape stays


def test_turns_keep_the_middle_and_tilt_the_axes():
    x, y, xx, yy, xy = moments(jittered(turn=0.5))
    assert x == pytest.approx(13.5, abs=0.05)
    assert y == pytest.approx(13.5, abs=0.05)
    tilt = 0.5 * np.arctan2(2 * xy, xx - yy)
    assert 0.35 < np.abs(tilt).max() < 0.52
    assert tilt.min() < 0 < tilt.max()


def test_stretching_changes_widths_within_bounds():
    _, _, xx, yy, _ = moments(jittered(stretch=0.2))
    for now, before in zip((xx, yy), moments(IMAGES)[2:4], strict=True):
        ratio = np.sqrt(now / before)  # an image is as wide as its map is narrow
        assert np.all((1 / 1.25 < ratio) & (ratio < 1 / 0.75))
        assert np.ptp(ratio) > 0.2


def test_it_is_the_same_with_the_same_seed_and_keeps_integers():
    images = (255 * IMAGES).astype(np.uint8)
    first, again = (np.asarray(Jitter(2, seed=4)(images, training=True)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.uint8


def test_it_is_saved_and_loaded(tmp_path):
    model = keras.Sequential([keras.Input((28, 28)), Jitter(2, 0.1, 0.1, 0.1, seed=3)])
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").layers[0].get_config() == model.layers[0].get_config()


def test_negative_amounts_are_refused():
    with pytest.raises(InvalidValueError, match="turn is -0.1"):
        Jitter(turn=-0.1)
