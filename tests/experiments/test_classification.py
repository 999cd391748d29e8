import numpy as np

from spikenet.experiments.classification import accuracy, classify, count_correct, percent_correct, predict_outputs


def brightest_column(images, training):
    """A network of three classes: the brightest of three columns wins."""
    assert not training
    assert len(images) <= 1000
    return images.mean(axis=1)


IMAGES = np.random.default_rng(0).permuted(np.tile([[0.1, 0.2, 0.9]], (2500, 1)), axis=1)[:, None]


def test_all_batches_are_classified():
    np.testing.assert_array_equal(predict_outputs(brightest_column, IMAGES), IMAGES[:, 0])
    np.testing.assert_array_equal(classify(brightest_column, IMAGES), IMAGES[:, 0].argmax(axis=1))


def test_accuracy_is_the_share_of_correct_classes():
    labels = IMAGES[:, 0].argmax(axis=1)
    labels[:500] = (labels[:500] + 1) % 3
    assert accuracy(brightest_column, IMAGES, labels) == 0.8


def test_images_of_each_digit_are_counted():
    labels = np.array([0, 0, 1, 1, 1, 3])
    assert count_correct(np.array([0, 1, 1, 1, 2, 3]), labels, 4).tolist() == [1, 2, 0, 1]
    shares = percent_correct(np.array([[1, 2, 0, 1], [2, 3, 0, 0]]), labels)
    np.testing.assert_allclose(shares, [[50, 200 / 3, np.nan, 100], [100, 100, np.nan, 0]])
