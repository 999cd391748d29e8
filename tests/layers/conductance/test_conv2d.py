"""Convolutional conductance neurons against eq. 6."""

import keras
import numpy as np
import pytest

from spikenet.layers.conductance.conv2d import CWAConv2D

START = keras.initializers.RandomUniform(-1.5, 2, seed=1)


@pytest.mark.parametrize("strides", [(1, 1), (2, 1)])
def test_potentials_are_those_of_equation_6(images, strides, textbook):
    layer = CWAConv2D(6, (3, 2), strides, g_rest=1.3, e_rest=-0.4, initializer=START, dtype="float64")
    z = np.asarray(layer(images))
    np.testing.assert_allclose(
        z, textbook.cwa_conv(images.astype(float), layer.conductances(), 1.3, -0.4, strides), atol=1e-13
    )


def test_a_kernel_of_one_pixel_is_a_dense_layer_at_each(images):
    from spikenet.layers.conductance.dense import CWADense

    conv, dense = CWAConv2D(6, 1, initializer=START), CWADense(6, initializer=START)
    z = np.asarray(conv(images))
    dense(images.reshape(-1, 4))
    dense.set_weights([w[0, 0] for w in conv.get_weights()])
    np.testing.assert_allclose(z.reshape(-1, 6), dense(images.reshape(-1, 4)), atol=1e-6)


def test_valid_padding_takes_whole_patches_only(images):
    assert CWAConv2D(6, (3, 2), padding="valid")(images).shape == (3, 5, 5, 6)


def test_it_is_saved_and_comes_back(images, tmp_path):
    model = keras.Sequential([keras.Input(images.shape[1:]), CWAConv2D(6, 3, 2, e_rest=0.1, initializer=START)])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(images, verbose=0), model.predict(images, verbose=0))
    assert again.layers[-1].get_config() == model.layers[-1].get_config()


def test_it_trains_in_a_model_of_keras(images):
    model = keras.Sequential([keras.Input(images.shape[1:]), CWAConv2D(6, 3), keras.layers.GlobalAveragePooling2D()])
    model.compile("adam", "mse")
    assert not model.jit_compile and not model.layers[0].supports_jit  # the former also where there is no GPU
    losses = model.fit(images, np.full((3, 6), 0.2, np.float32), epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
