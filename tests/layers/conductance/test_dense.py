"""Dense conductance neurons against eq. 3."""

import keras
import numpy as np

from spikenet.layers.conductance.dense import CWADense


def test_cwa_dense_is_a_keras_layer(check_layer, rows):
    check_layer(lambda: CWADense(6, e_rest=-0.2), rows, rounding=1e-6)


def test_potentials_are_those_of_equation_3(rows, textbook):
    start = keras.initializers.RandomUniform(-1.5, 2, seed=1)
    layer = CWADense(7, g_rest=1.3, e_rest=-0.4, initializer=start, dtype="float64")
    z = np.asarray(layer(rows))
    np.testing.assert_allclose(z, textbook.cwa(rows.astype(float), layer.conductances(), 1.3, -0.4), rtol=0, atol=1e-13)


def test_silent_inputs_leave_the_neuron_at_rest():
    np.testing.assert_allclose(CWADense(3, e_rest=-0.4)(np.zeros((2, 8), np.float32)), -0.4, rtol=1e-6)


def test_without_settings_it_is_the_papers_neuron():
    config = CWADense(3).get_config()
    assert (config["g_rest"], config["e_rest"], config["rule"]) == (1.0, 0.0, "rectified")


def test_the_first_half_excites_and_the_second_inhibits():
    layer = CWADense(3)
    only = np.eye(8, dtype=np.float32)
    assert (np.sign(layer(only)) == np.where(np.arange(8) < 4, 1, -1)[:, None]).all()
