"""Multiply-adds of layers, and synaptic operations of spikes."""

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.hybrid.network.operations import multiply_adds

L = keras.layers


def by_hand(layer, taken) -> int:
    """Count products by the slope of the sum of outputs: weights and inputs of one, far from borders."""
    model = keras.Sequential([keras.Input(taken), layer])
    layer.set_weights([np.ones(one.shape) for one in layer.get_weights()])
    return int(round(float(np.asarray(model(np.ones((1, *taken), "float32"))).sum())))


@pytest.mark.parametrize(
    ("layer", "taken"),
    [
        (L.Dense(5, use_bias=False), (7,)),
        (L.Dense(5, use_bias=False), (3, 7)),
        (L.Conv1D(4, 3, use_bias=False), (9, 2)),
        (L.Conv2D(4, 3, strides=2, use_bias=False), (9, 8, 2)),
        (L.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False), (6, 6, 3)),
        (L.Conv2DTranspose(3, 2, strides=2, use_bias=False), (4, 4, 2)),
    ],
    ids=lambda one: getattr(one, "name", None),
)
def test_products_are_counted(layer, taken):
    wanted = by_hand(layer, taken)
    given = tuple(layer.compute_output_shape((1, *taken)))[1:]
    assert multiply_adds(layer, taken, given) == wanted


def test_layers_without_weights_multiply_nothing():
    assert multiply_adds(L.AveragePooling2D(2), (4, 4, 1), (2, 2, 1)) == 0


def test_a_spike_is_an_operation_at_each_synapse():
    """Of two Dense layers behind analog pixels: pixels work in every step, neurons where they spike."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((6,)), L.Dense(8, "relu", name="hidden"), L.Dense(3)])
    rows = np.random.default_rng(0).uniform(0.1, 1, (10, 6)).astype("float32")
    network = sn.to_brian(model, sn.Spiking(steps=20), calibrate=rows, engine="runtime", progress=lambda share: None)
    found = network.verify(rows)
    spikes = network.record(rows, record="count")["hidden"].count.sum() / 10
    assert found.multiply_adds == 6 * 8 + 8 * 3
    assert found.synaptic_operations == pytest.approx(20 * 6 * 8 + 3 * spikes)
    assert "synaptic operations an image" in str(found)
    assert found.same_class_over_time.shape == (20,)
    assert found.same_class_over_time[-1] == found.same_class
    hidden = found.layers["hidden"]
    counts = network.record(rows, record="count")["hidden"].count
    assert hidden.silent == np.mean(counts.max(axis=0) == 0)
    assert hidden.saturated == np.mean(counts == 20)
