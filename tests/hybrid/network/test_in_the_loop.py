"""Learning with the spikes of Brian2: values, gradients, and that it helps."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid import Spiking, in_the_loop, to_brian
from spikenet.layers.conductance import CWADense, Doubled, Release
from spikenet.neurons import SpikingCWA, StochasticCWA
from spikenet.train import Trainer

BINS = 8


@pytest.fixture(scope="module")
def looped(dense_network):
    network = to_brian(dense_network, Spiking(BINS), engine="runtime")
    return network, in_the_loop(network)


def test_its_outputs_are_those_of_the_spiking_network(looped, rows):
    network, model = looped
    np.testing.assert_allclose(model(rows), network.logits(rows), atol=1e-5)
    np.testing.assert_allclose(tf.function(model)(rows), network.logits(rows), atol=1e-5)


def test_gradients_are_those_of_the_keras_layers_at_what_was_sent(looped, rows):
    """The chain rule written out, layer by layer."""
    network, model = looped
    counts = network.record(rows, record=("count",))
    first, second = (counts[name].count / BINS for name in ("first", "second"))
    layers = {layer.name: layer for layer in network.model.layers}
    readout = next(layer for layer in network.model.layers if isinstance(layer, keras.layers.Dense))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(rows) ** 2)
    found = tape.gradient(loss, [layers["first"].g_exc, layers["second"].kernel, readout.kernel])
    outputs = network.logits(rows)
    upstream = 2 * outputs * 5.0  # behind the read-out: logits are times 5
    np.testing.assert_allclose(found[2], second.T @ upstream, rtol=1e-4, atol=1e-5)
    with tf.GradientTape(persistent=True) as tape:
        shown = tf.constant(first, tf.float32)
        tape.watch(shown)
        released = tf.nn.relu(layers["second"](shown))
        p = tf.nn.relu(layers["first"](tf.concat([rows, rows], axis=1)))
    behind = tf.constant(upstream @ readout.get_weights()[0].T, tf.float32)
    np.testing.assert_allclose(found[1], tape.gradient(released, layers["second"].kernel, behind), rtol=1e-4, atol=1e-5)
    towards = tape.gradient(released, shown, behind)
    np.testing.assert_allclose(found[0], tape.gradient(p, layers["first"].g_exc, towards), rtol=1e-4, atol=1e-5)


def test_training_lowers_the_loss_and_teaches_the_network_itself(rows):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((12,))
    start = keras.initializers.RandomUniform(-1, 1, seed=1)
    p = Release()(CWADense(16, initializer=start)(Doubled()(inputs)))
    keras_model = keras.Model(inputs, keras.layers.Rescaling(5.0)(keras.layers.Dense(3)(p)))
    network = to_brian(keras_model, Spiking(BINS), engine="runtime")
    before, labels = keras_model.get_weights(), np.array([0, 1, 2, 0, 1])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    trainer = Trainer(in_the_loop(network), keras.optimizers.Adam(0.05), loss, batch=5, validation=None)
    history = trainer.fit(rows, labels, epochs=12)
    assert history.epochs[-1].loss < 0.7 * history.epochs[0].loss
    assert not np.array_equal(before[0], keras_model.get_weights()[0])
    assert np.mean(network.predict(rows) == labels) >= 0.8


CHANCE = {"pixels": (SpikingCWA, "bernoulli"), "neurons": (StochasticCWA, "analog")}


@pytest.mark.parametrize("neuron, given", CHANCE.values(), ids=CHANCE)
def test_chance_goes_on_in_training_and_starts_again_outside_of_it(neuron, given, dense_network, rows):
    network = to_brian(dense_network, Spiking(25, given), neuron=neuron, engine="runtime")
    first, again = in_the_loop(network), in_the_loop(network)
    answers = [np.asarray(first(rows[:2], training=True)) for _ in range(2)]
    assert (answers[0] != answers[1]).any()
    np.testing.assert_array_equal([again(rows[:2], training=True) for _ in range(2)], answers)
    np.testing.assert_allclose(first(rows[:2]), network.logits(rows[:2]), atol=1e-5)


def test_a_resumed_training_draws_what_an_uninterrupted_one_draws(dense_network, rows, tmp_path):
    """Chance of the first epoch would else come again in the second."""

    def losses(folder, *epochs):
        for k, last in enumerate(epochs):
            inner = keras.models.clone_model(dense_network)
            inner.set_weights(dense_network.get_weights())
            model = in_the_loop(to_brian(inner, Spiking(BINS), neuron=StochasticCWA, engine="runtime"))
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            trainer = Trainer(model, "sgd", loss, batch=5, validation=None, checkpoints=tmp_path / folder)
            history = trainer.fit(rows, np.array([0, 1, 2, 0, 1]), last, resume=k > 0)
        return [epoch.loss for epoch in history.epochs]

    assert losses("whole", 2) == losses("parts", 1, 2)


def test_images_are_what_the_network_takes(looped, rows):
    for images, message in (
        (2 * rows, "images go from .* wanted 0 to 1"),
        (rows[:0], "at least one"),
        (rows[:, :4], r"images have the shape \(5, 4\), wanted \('image', 12\)"),
    ):
        with pytest.raises(InvalidValueError, match=message):
            looped[1](images)


def test_the_inner_model_is_the_one_to_save(looped, tmp_path):
    with pytest.raises(InvalidTypeError, match="is no model to save; save its ``inner``, which has the same weights"):
        looped[1].save(tmp_path / "loop.keras")


def test_what_is_no_spiking_network_is_refused(dense_network, residual_network):
    with pytest.raises(InvalidTypeError, match="wanted what sn.to_brian makes"):
        in_the_loop(dense_network)
    with pytest.raises(InvalidValueError, match="counts spikes"):
        in_the_loop(to_brian(dense_network, engine="runtime"))
    with pytest.raises(InvalidValueError, match="counts spikes"):
        in_the_loop(to_brian(dense_network, Spiking(readout="potential"), engine="runtime"))


def test_neurons_without_a_release_behind_them_are_refused():
    inputs = keras.Input((4,))
    z = CWADense(4, name="only")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.ReLU()(z)))
    with pytest.raises(InvalidValueError, match="behind only comes ReLU, wanted one Release"):
        in_the_loop(to_brian(model, Spiking(BINS), engine="runtime"))


def test_spiking_activations_train_in_the_loop():
    """Forward: the logits of the network. Backward: the model's gradient at these values, so that the loss falls."""
    keras.utils.set_random_seed(5)
    layers = [keras.Input((6,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")]
    model, rng = keras.Sequential(layers), np.random.default_rng(0)
    rows, labels = rng.random((60, 6)).astype("float32"), rng.integers(0, 3, 60)
    settings = {"calibrate": rows, "engine": "runtime", "progress": lambda share: None}
    network = to_brian(model, Spiking(steps=8), **settings)
    loop = in_the_loop(network)
    np.testing.assert_allclose(loop.predict(rows, verbose=0), network.logits(rows), atol=1e-5)
    loop.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    losses = loop.fit(rows, labels, epochs=12, batch_size=60, verbose=0).history["loss"]
    assert losses[-1] < losses[0] - 0.05
