"""Which images are trained on, held out and tested."""

import numpy as np

from spikenet.experiments.experiment import Setup
from spikenet.experiments.image_splits import load_splits


def setup_of(**options):
    return Setup(options={"held": 5000, "images": 0, "test": 1} | options)


def test_a_fifth_of_the_images_is_held_out_at_most():
    parts = load_splits("mnist", setup_of(images=200, held=5000))
    assert (len(parts.train.x_train), len(parts.validation[0])) == (160, 40)


def test_test_images_are_left_alone_in_a_search():
    parts = load_splits("mnist", setup_of(held=500, test=0))
    assert set(parts.judged) == {"held out"}
    assert len(parts.judged["held out"][0]) == 500
    assert len(parts.train.x_train) == 9500


def test_without_images_held_out_all_are_trained_on():
    parts = load_splits("mnist", setup_of(held=0))
    assert set(parts.judged) == {"test"}
    assert len(parts.train.x_train) == 10000
    assert len(parts.test[0]) == 1000


def test_fewer_images_keep_the_shares_of_the_digits():
    parts = load_splits("mnist", setup_of(images=200, held=40))
    assert np.bincount(parts.train.y_train).tolist() == [16] * 10
    assert np.bincount(parts.test[1]).tolist() == [20] * 10
