"""Networks are what the lines of the paper's tables say."""

import keras
import numpy as np
import pytest

from spikenet.papers.gupta_naveed.conventional.printed_networks import CNNS, RNNS, build

EVERY = [*CNNS.networks.values(), *RNNS.networks.values()]
LINES = [f"{'rnn' if one.axis else 'cnn'} {one.number}" for one in EVERY]


def conv(size, before, filters):
    return size * size * before * filters + filters


def dense(before, units):
    return before * units + units


def gru(units):  # Keras' has two biases
    return 3 * (28 * units + units * units + 2 * units)


def lstm(units):
    return 4 * (28 * units + units * units + units)


_ENDS = dense(128, 10)
_BEST = conv(3, 1, 32) + conv(5, 32, 128) + conv(3, 128, 128) + dense(4 * 4 * 128, 128) + _ENDS
_TRUNK = conv(3, 1, 32) + conv(3, 32, 64) + conv(5, 64, 128)
_DEEP = _TRUNK + conv(3, 128, 64) + dense(64, 128) + _ENDS
COUNTS = [_BEST, _DEEP, _TRUNK + dense(4 * 4 * 128, 128) + _ENDS, _DEEP, _BEST]
COUNTS += [recurrent(128) + dense(128, 64) + dense(64, 10) for recurrent in (gru, lstm, gru, lstm)]


@pytest.mark.parametrize(("network", "count"), list(zip(EVERY, COUNTS, strict=True)), ids=LINES)
def test_a_network_has_the_weights_of_its_line(network, count):
    model = build(network, 1)
    assert model.count_params() == count
    assert np.asarray(model(np.zeros((2, 28, 28), np.uint8))).shape == (2, 10)


def test_layers_come_in_the_printed_order_with_the_printed_shares():
    layers = build(CNNS.networks[2], 1).layers
    kinds = "InputLayer Rescaling Reshape Conv2D Conv2D MaxPooling2D Conv2D MaxPooling2D Conv2D MaxPooling2D Dropout"
    assert [type(one).__name__ for one in layers if not isinstance(one, keras.layers.Flatten)][:11] == kinds.split()
    assert [one.rate for one in layers if isinstance(one, keras.layers.Dropout)] == [0.2, 0.5]


def test_columns_are_rows_of_the_transposed_image():
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28)).astype(np.uint8)
    columns, rows = build(RNNS.networks[1], 1), build(RNNS.networks[3], 1)
    np.testing.assert_array_equal(columns(images), rows(images.swapaxes(1, 2)))
    assert np.abs(np.asarray(columns(images)) - np.asarray(rows(images))).max() > 1e-3


def test_a_recurrent_network_says_what_its_steps_are():
    assert str(RNNS.networks[2]) == "columns: LSTM(128) - Dense(64) - Dense(10)"
    assert str(CNNS.networks[1]).startswith("Conv[3x3](32)")


def test_weights_depend_on_the_seed_alone():
    first, again, other = (build(CNNS.networks[2], seed).get_weights() for seed in (1, 1, 2))
    for one, two, three in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one, two)
        assert one.ndim == 1 or not np.array_equal(one, three)


def test_only_training_images_are_moved():
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28)).astype(np.uint8)
    plain, moving = build(RNNS.networks[3], 1), build(RNNS.networks[3], 1, jitter=True)
    moving.set_weights(plain.get_weights())
    np.testing.assert_array_equal(plain(images), moving(images))
    assert np.abs(np.asarray(plain(images)) - np.asarray(moving(images, training=True))).max() > 1e-3
