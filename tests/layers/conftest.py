"""What every layer of spikenet has to do, as one check: ``check_layer(make, inputs)``."""

import keras
import numpy as np
import pytest
import tensorflow as tf


@pytest.fixture(scope="session")
def check_layer(tmp_path_factory):
    """Runs ``make()``, a new layer each time, through all the ways in which Keras uses one.

    ``rounding`` is how far a graph may be off, which may take the operations in another order. ``kinds`` of MODELS are
    trained and saved, a second each: one will do for further settings of a layer that was in all of them.
    """

    def check(make, inputs: np.ndarray, rounding: float = 0.0, kinds=None) -> None:
        layer = make()
        eager = np.asarray(layer(inputs))
        assert np.isfinite(eager).all()
        _symbolic_shape_is_that_of_the_output(make, inputs, eager)
        _a_graph_gives_the_same(layer, inputs, eager, rounding)
        _a_gradient_reaches_the_input(layer, inputs)
        _a_layer_of_its_own_configuration_gives_the_same(layer, inputs, eager)
        folder = tmp_path_factory.mktemp("layer")
        for kind in kinds or MODELS:
            _a_model_trains_and_comes_back_from_its_file(MODELS[kind](make(), inputs), inputs, folder / f"{kind}.keras")

    return check


def _symbolic_shape_is_that_of_the_output(make, inputs, eager):
    symbolic = make()(keras.Input(inputs.shape[1:])).shape
    assert len(symbolic) == eager.ndim
    assert all(said in (None, there) for said, there in zip(symbolic, eager.shape, strict=True))


def _a_graph_gives_the_same(layer, inputs, eager, rounding):
    np.testing.assert_allclose(np.asarray(tf.function(layer)(tf.constant(inputs))), eager, rtol=0, atol=rounding)


def _a_gradient_reaches_the_input(layer, inputs):
    z = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(z)
        loss = tf.reduce_sum(layer(z, training=True) ** 2)
    gradient = np.asarray(tape.gradient(loss, z))
    assert gradient.shape == inputs.shape
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max() > 0


def _a_layer_of_its_own_configuration_gives_the_same(layer, inputs, eager):
    again = type(layer).from_config(layer.get_config())
    again.build(inputs.shape)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(np.asarray(again(inputs)), eager)
    assert again.get_config() == layer.get_config()


def _sequential(layer, inputs):
    return keras.Sequential([keras.Input(inputs.shape[1:]), layer, keras.layers.Dense(2)])


def _functional(layer, inputs):
    z = keras.Input(inputs.shape[1:])
    return keras.Model(
        z, keras.layers.GlobalAveragePooling1D()(_with_time(layer(keras.layers.Dense(inputs.shape[1])(z))))
    )


def _with_time(x):
    return x if len(x.shape) == 3 else keras.layers.Reshape((1, x.shape[-1]))(x)


@keras.saving.register_keras_serializable("spikenet_tests")
class Subclassed(keras.Model):
    """A model that holds the layer as an attribute."""

    def __init__(self, layer, **settings):
        super().__init__(**settings)
        self.layer = layer
        self.dense = keras.layers.Dense(2)

    def call(self, inputs, training=False):
        return self.dense(self.layer(inputs, training=training))

    def get_config(self):
        return super().get_config() | {"layer": keras.saving.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config.pop("layer")), **config)


MODELS = {
    "sequential": _sequential,
    "functional": _functional,
    "subclassed": lambda layer, inputs: Subclassed(layer),
}


def _a_model_trains_and_comes_back_from_its_file(model, inputs, path):
    # XLA, which Keras takes by default, needs seconds to compile: once will do.
    model.compile("sgd", "mse", jit_compile="auto" if isinstance(model, keras.Sequential) else False)
    wanted = np.zeros(np.asarray(model(inputs)).shape, np.float32)
    if np.asarray(model(inputs, training=True)).shape == wanted.shape:  # not so if only some instants are given
        assert np.isfinite(model.fit(inputs, wanted, epochs=1, verbose=0).history["loss"]).all()
        assert np.isfinite(model.evaluate(inputs, wanted, verbose=0))
    assert np.isfinite(model.predict(inputs, verbose=0)).all()
    model.save(path)
    np.testing.assert_array_equal(np.asarray(keras.models.load_model(path)(inputs)), np.asarray(model(inputs)))
