"""The distance of neurons from a Keras network, added up by hand."""

import numpy as np
import pytest

import spikenet as sn
from spikenet.hybrid.verification import Comparison, Tally, settling_time


def test_pieces_add_up_to_the_largest_and_the_rms():
    tally = Tally()
    tally.add(np.array([[1.0, 2.0]]), np.array([[1.0, 4.0]]), spikes=3)
    tally.add(np.array([[0.0]]), np.array([[1.0]]))
    assert tally.distance.largest == 2
    assert tally.distance.rms == pytest.approx((5 / 3) ** 0.5)
    assert tally.result().spikes == 1


def test_settling_is_the_end_of_the_first_step_after_the_last_failure():
    holds = np.array([[1, 1, 1, 1], [0, 0, 1, 1], [1, 0, 0, 1], [1, 1, 1, 0]], bool)
    np.testing.assert_allclose(settling_time(holds, 2e-3), [2e-3, 6e-3, 8e-3, np.inf])


def test_a_class_is_settled_once_it_stays():
    """Of two classes: 0 from the start; 1, 1, 0, 1; 1, 0, 0, 0."""
    comparison = Comparison(1e-3)
    second = np.array([[0, 0, 0, 0], [1, 1, 0, 1], [1, 0, 0, 0]])
    over_time = np.stack([1 - second, second], axis=-1)
    comparison.add_logits(over_time, np.array([[1, 0], [1, 0], [3, 0]]))
    found = comparison.result()
    np.testing.assert_allclose(found.settling, [1e-3, 4e-3, 2e-3])
    assert found.same_class == pytest.approx(2 / 3)
    assert found.logits.largest == 2


def test_rates_of_spiking_neurons_come_to_p(dense_network, rows):
    """A release is late by one spike at most, and the mean of a ratio is not the ratio of means: 5 % of 1."""
    shorter, longer = (
        sn.to_brian(dense_network, sn.Spiking(bins), engine="runtime").verify(rows) for bins in (20, 200)
    )
    for name, layer in longer.layers.items():
        assert layer.distance.rms < 0.05
        assert layer.distance.rms < shorter.layers[name].distance.rms
        assert 0 < layer.spikes < 200


def test_it_reads_well(dense_network, rows):
    text = str(sn.to_brian(dense_network, sn.Spiking(20), engine="runtime").verify(rows))
    assert text.startswith("5 images: same class for ")
    assert "first: " in text and "spikes a neuron" in text and "ms on (median)" in text
