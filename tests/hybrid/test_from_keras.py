"""A trained population as a hybrid network: the same answers, decoded over time."""

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.decode.dwell_time import decode_dwell_logits
from spikenet.errors import InvalidTypeError, InvalidValueError

IMAGES = np.random.default_rng(0).normal(size=(9, 6)).astype(np.float32)
FHN = {"drive": sn.tanh_drive(-0.5), "settle": "5 ms", "duration": "10 ms", "engine": "cpp"}


def model_with(population, *ends):
    keras.utils.set_random_seed(3)
    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(5), population, *ends])


def test_the_mean_is_what_the_model_itself_says():
    model = model_with(sn.Population(sn.FHN, **FHN), keras.layers.Dense(4, "softmax"))
    hybrid = sn.Hybrid.from_keras(model)
    np.testing.assert_array_equal(hybrid.predict(IMAGES, "mean"), model.predict(IMAGES, verbose=0).argmax(axis=1))
    assert hybrid.verify(IMAGES).layers[model.layers[1].name].distance.largest < 1e-6


def test_dwell_is_that_of_the_models_logits_over_time():
    model = model_with(sn.Population(sn.FHN, **FHN, output="trace"), keras.layers.Dense(4))
    np.testing.assert_array_equal(
        sn.Hybrid.from_keras(model).predict(IMAGES), decode_dwell_logits(model.predict(IMAGES, verbose=0))
    )


def test_a_vote_at_the_end_is_what_dwell_does():
    model = model_with(sn.Population(sn.FHN, **FHN, output="instants"), keras.layers.Dense(4), sn.layers.Vote())
    classes = model.predict(IMAGES, verbose=0).argmax(axis=1)
    np.testing.assert_array_equal(sn.Hybrid.from_keras(model).predict(IMAGES), classes)


def test_the_recorded_variable_is_the_one_that_was_trained_with():
    model = model_with(sn.Population(sn.FHN, **FHN | {"engine": "runtime"}, variable="y"), keras.layers.Dense(4))
    assert sn.Hybrid.from_keras(model).neuron.outputs == ("y", "x")
    np.testing.assert_array_equal(
        sn.Hybrid.from_keras(model).predict(IMAGES, "mean"), model.predict(IMAGES, verbose=0).argmax(axis=1)
    )


def test_models_of_another_make_are_refused():
    with pytest.raises(InvalidTypeError, match="wanted a Keras model"):
        sn.Hybrid.from_keras("model")
    with pytest.raises(InvalidValueError, match="wanted one Population, and one Dense layer behind it"):
        sn.Hybrid.from_keras(model_with(keras.layers.Activation("tanh"), keras.layers.Dense(4)))
    with pytest.raises(InvalidValueError, match="the model is Dense, Population, Dense, Dense; between"):
        sn.Hybrid.from_keras(model_with(sn.Population(sn.FHN, **FHN), keras.layers.Dense(4), keras.layers.Dense(4)))


def test_neurons_whose_input_changes_are_refused():
    through_time = {"engine": "runtime", "surrogate": "step"}
    recurrent = sn.Population(sn.FHN, **FHN | through_time, recurrent=True)
    with pytest.raises(InvalidValueError, match="units that drive each other; the neurons of a Hybrid have constant"):
        sn.Hybrid.from_keras(model_with(recurrent, keras.layers.Dense(4)))
    rows = sn.Population(sn.FHN, **FHN | through_time)
    with pytest.raises(InvalidValueError, match="has inputs that change in time"):
        sn.Hybrid.from_keras(keras.Sequential([keras.Input((2, 6)), rows, keras.layers.Dense(4)]))


def test_layers_that_scale_and_shift_are_in_the_readout():
    scaling = [keras.layers.Rescaling(0.2, offset=-1), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
    model = model_with(sn.Population(sn.FHN, **FHN | {"engine": "runtime"}), *scaling, keras.layers.Dense(4, "softmax"))
    model.layers[3].set_weights([np.full(5, 2.0), np.arange(5.0), np.full(5, 0.3), np.full(5, 4.0)])
    hybrid = sn.Hybrid.from_keras(model)
    logits = (
        keras.Model(model.inputs[0], model.layers[-1].input)(IMAGES) @ model.layers[-1].kernel + model.layers[-1].bias
    )
    np.testing.assert_allclose(hybrid.logits(IMAGES), logits, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(hybrid.predict(IMAGES, "mean"), model.predict(IMAGES, verbose=0).argmax(axis=1))


def test_layers_that_are_curved_are_refused():
    model = model_with(sn.Population(sn.FHN, **FHN), keras.layers.Activation("tanh"), keras.layers.Dense(4))
    with pytest.raises(InvalidValueError, match="are curved, wanted those that scale and shift each unit"):
        sn.Hybrid.from_keras(model)


def test_a_softmax_of_its_own_is_left_out():
    model = model_with(sn.Population(sn.FHN, **FHN), keras.layers.Dense(4), keras.layers.Softmax())
    np.testing.assert_array_equal(sn.Hybrid.from_keras(model).tail.weights, model.layers[-2].get_weights()[0])
