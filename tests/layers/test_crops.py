"""Crops against every shift that there is."""

import numpy as np
import pytest

from spikenet.errors import InvalidValueError
from spikenet.layers.crops import Crops

ONE = np.random.default_rng(0).uniform(1, 2, (5, 4, 3)).astype(np.float32)
IMAGES = np.repeat(ONE[None], 600, axis=0)


def shifted(image, down, right):
    moved = np.zeros_like(image)
    height, width = image.shape[:2]
    for y in range(height):
        for x in range(width):
            if 0 <= y - down < height and 0 <= x - right < width:
                moved[y, x] = image[y - down, x - right]
    return moved


def counted(crops, images, wanted):
    """How many of the images are each of the wanted ones; each must be one."""
    found = np.asarray(crops(images, training=True))
    same = (found[:, None] == np.array(wanted)[None]).all(axis=(2, 3, 4))
    assert (same.sum(axis=1) == 1).all()
    return same.sum(axis=0)


def test_every_shift_is_as_likely():
    wanted = [shifted(ONE, down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    counts = counted(Crops(1, seed=3), IMAGES, wanted)
    assert np.abs(counts - 600 / 9).max() < 4 * np.sqrt(600 / 9)


def test_half_of_the_images_are_mirrored():
    counts = counted(Crops(0, flip=True, seed=3), IMAGES, [ONE, ONE[:, ::-1]])
    assert abs(counts[0] - 300) < 4 * np.sqrt(150)


def test_mirror_images_are_shifted_as_well():
    sides = (ONE, ONE[:, ::-1])
    wanted = [shifted(one, down, right) for one in sides for down in (-1, 0, 1) for right in (-1, 0, 1)]
    assert counted(Crops(1, flip=True, seed=5), IMAGES, wanted).min() > 0


def test_outside_training_images_are_left_alone():
    np.testing.assert_array_equal(Crops(2, flip=True)(IMAGES), IMAGES)


def test_crops_come_back_from_their_configuration():
    layer = Crops(2, flip=True, seed=9)
    again = Crops.from_config(layer.get_config())
    np.testing.assert_array_equal(again(IMAGES, training=True), layer(IMAGES, training=True))


@pytest.mark.parametrize("shift", [-1, 1.5, "2"])
def test_a_shift_that_is_no_count_is_refused(shift):
    with pytest.raises(InvalidValueError, match="shift is .* wanted a whole number from 0"):
        Crops(shift)


def test_images_without_channels_are_refused():
    with pytest.raises(InvalidValueError, match=r"wanted \(image, y, x, channel\)"):
        Crops(1)(IMAGES[..., 0])
