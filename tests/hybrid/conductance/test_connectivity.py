"""One Brian2 network with synapses against the same layers one after the other."""

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.layers.conductance import AbsNormDense, CWAConv2D, CWADense, Doubled, LateralInhibition, Release


@pytest.fixture(scope="module")
def network():
    """A convolution, mean pooling, and dense layers of both kinds, in double precision: 48, 16, 6 and 4 units."""
    keras.utils.set_random_seed(11)
    wide, settings = keras.initializers.RandomUniform(-1, 1, seed=4), {"dtype": "float64"}
    return keras.Sequential(
        [
            keras.Input((6, 4, 1), dtype="float64"),
            Doubled(**settings),
            CWAConv2D(4, 3, (2, 1), initializer=wide, e_rest=-0.1, name="patches", **settings),
            Release(**settings),
            keras.layers.AveragePooling2D((3, 1), **settings),
            keras.layers.Flatten(**settings),
            CWADense(6, g_rest=0.4, initializer=wide, e_rest=0.1, name="units", **settings),
            Release(**settings),
            AbsNormDense(4, e_rest=0.15, name="signed", **settings),
            Release(**settings),
            keras.layers.Dense(3, **settings),
        ]
    )


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(12).uniform(0, 1, (6, 4, 1))


def test_potentials_are_those_of_layers_that_move_together(network, image):
    brian = sn.to_brian(network, sn.Transient(), engine="runtime")
    layers, whole = brian.record(image[None], record="trace"), brian.as_network(image).run()
    assert list(whole) == ["patches", "units", "signed"]
    for name, recording in layers.items():
        assert np.ptp(recording.trace) > 0.01
        np.testing.assert_allclose(whole[name].trace, recording.trace, rtol=0, atol=1e-6)


@pytest.mark.parametrize("inputs", ["regular", "bernoulli", "analog"])
def test_spikes_are_those_of_one_layer_after_the_other(inputs, network, image):
    brian = sn.to_brian(network, sn.Spiking(20, inputs), engine="runtime")
    layers, whole = brian.record(image[None], record=("spikes",)), brian.as_network(image).run()
    for name, recording in layers.items():
        assert len(recording.spikes) > 0
        np.testing.assert_array_equal(whole[name].spikes.unit, recording.spikes.unit)
        np.testing.assert_allclose(whole[name].spikes.time, recording.spikes.time, atol=1e-9)


def test_potentials_have_no_other_way_than_release(residual_network, pictures):
    brian = sn.to_brian(residual_network, sn.Transient(), engine="runtime")
    with pytest.raises(InvalidValueError, match="takes membrane potentials, and as one network, neurons pass on what"):
        brian.as_network(pictures[0])


def test_short_cuts_have_no_place_in_it():
    inputs = keras.Input((4,))
    p = Release()(CWADense(4)(inputs))
    model = keras.Model(inputs, CWADense(2, name="last")(keras.layers.Add()([p, Release()(CWADense(4)(p))])))
    with pytest.raises(InvalidValueError, match="last is given more than what the layer before it releases"):
        sn.to_brian(model, sn.Transient(), engine="runtime").as_network(np.zeros(4))


def test_what_is_between_layers_adds_up(image):
    maxima = [CWADense(8), Release(), keras.layers.Reshape((4, 2, 1)), keras.layers.MaxPooling2D((2, 1))]
    model = keras.Sequential([keras.Input((4,)), *maxima, keras.layers.Flatten(), CWADense(2, name="last")])
    with pytest.raises(InvalidValueError, match="what last is given is no sum over the units before it"):
        sn.to_brian(model, sn.Transient(), engine="runtime").as_network(np.ones(4))


def test_large_layers_are_run_one_after_the_other(network, image, monkeypatch):
    monkeypatch.setattr("spikenet.hybrid.conductance.connectivity._MOST", 100)
    with pytest.raises(InvalidValueError, match="patches has 48 x 48 conductances, more than 100; run it layer after"):
        sn.to_brian(network, sn.Transient(), engine="runtime").as_network(image)


@pytest.mark.parametrize("rule", ["projected", "exponential"])
def test_neurons_that_inhibit_each_other_rest_where_the_unrolled_layer_ends(rule):
    """40 resting time constants, and 60 turns of the layer: both are at their limit, and interneurons are at work."""
    wide = keras.initializers.RandomUniform(-1, 1, seed=5)
    inner = CWADense(6, initializer=wide, e_rest=0.2, g_rest=0.8, name="inner")
    inputs = keras.Input((8,))
    layer = LateralInhibition(inner, 3, steps=60, rule=rule, initializer=wide, name="layer")
    model = keras.Model(inputs, keras.layers.Dense(2)(Release()(CWADense(4, e_rest=0.1)(Release()(layer(inputs))))))
    layer.g_onto.assign(np.random.default_rng(2).uniform(-1, 1, (3, 6)))
    image = np.linspace(1, 0, 8)
    network = sn.to_brian(model, sn.Transient("800 ms"), engine="runtime")
    found = network.as_network(image).run()
    assert list(found) == ["layer", "layer:interneurons", model.layers[3].name]
    rest, alone = np.asarray(layer(image[None])), np.asarray(inner(image[None]))
    assert np.abs(rest - alone).max() > 0.01
    np.testing.assert_allclose(found["layer"].trace[:, -1], rest, rtol=0, atol=1e-6)
    wanted = np.asarray(model.layers[3](np.maximum(rest, 0)))
    np.testing.assert_allclose(found[model.layers[3].name].trace[:, -1], wanted, rtol=0, atol=1e-6)


def test_settled_layers_are_no_one_network(dense_network, rows):
    with pytest.raises(InvalidValueError, match="all layers run at once; make it with .*Transient"):
        sn.to_brian(dense_network, engine="runtime").as_network(rows[0])


def test_chance_follows_the_seed(dense_network, rows):
    def spikes(seed):
        network = sn.to_brian(
            dense_network, sn.Spiking(20, "analog"), neuron=sn.neurons.StochasticCWA, engine="runtime", seed=seed
        )
        ran = network.as_network(rows[0]).run()
        return np.concatenate([recording.spikes.time for recording in ran.values()]).tolist()

    assert spikes(1) == spikes(1) != spikes(2)
