"""Conductance layers and spiking activations in one network."""

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidValueError

L = keras.layers
QUIET = {"engine": "runtime", "progress": lambda share: None}


def mixed(*, last=1.0, first=True) -> keras.Model:
    """A Dense layer with a ReLU, then conductances with a Release, then another ReLU."""
    keras.utils.set_random_seed(4)
    layers = [keras.Input((6,)), *([L.Dense(8), L.ReLU(max_value=last, name="relu")] if first else [])]
    layers += [sn.layers.CWADense(7, name="conductances"), sn.layers.Release(), L.Dense(5, "relu", name="behind")]
    return keras.Sequential([*layers, L.Dense(3)])


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(2).random((20, 6)).astype("float32")


def test_both_kinds_of_neurons_spike_and_come_near_the_model(rows):
    model = mixed()
    network = sn.to_brian(model, sn.Spiking(steps=600), calibrate=rows, **QUIET)
    assert network.layers == ("relu", "conductances", "behind")
    assert np.abs(network.logits(rows) - model.predict(rows, verbose=0)).max() < 0.05
    assert all(one.spikes > 0 for one in network.verify(rows).layers.values())


def test_without_images_other_activations_stay_in_keras(rows):
    network = sn.to_brian(mixed(first=False), sn.Spiking(steps=20), engine="runtime")
    assert network.layers == ("conductances",)


def test_conductances_take_no_activation_above_1(rows):
    with pytest.raises(InvalidValueError, match=r"conductances is given activations.*ReLU\(max_value=1\)"):
        sn.to_brian(mixed(last=None), sn.Spiking(), calibrate=rows, **QUIET)


def test_conductance_layers_do_not_wait(rows):
    with pytest.raises(InvalidValueError, match="wait is 5, and conductance layers answer at once"):
        sn.to_brian(mixed(), sn.Spiking(steps=20, wait=5), calibrate=rows, **QUIET)
