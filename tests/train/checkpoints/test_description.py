"""What makes another training is another text; what does not is the same text, in every process."""

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.train.checkpoints.description import describe, describe_layers, describe_loss

DENSE = keras.layers.Dense


def described(*layers, functional=None):
    inputs = keras.Input((4,))
    model = functional(inputs) if functional else keras.Sequential([inputs, *layers])
    return list(describe_layers(model))


def population(gamma=-0.5, epsilon=0.3, duration="10 ms", surrogate="sigmoid", threads=1):
    return sn.Population(
        sn.FHN(epsilon=epsilon), drive=sn.tanh_drive(gamma), duration=duration, surrogate=surrogate,
        engine=sn.engines.Cpp(threads=threads),
    )  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [
        lambda: described(DENSE(3, "relu", kernel_initializer=keras.initializers.GlorotUniform(seed=None))),
        lambda: described(population()),
        lambda: described(keras.layers.Lambda(lambda x: 2 * x)),
        lambda: described(functional=lambda x: keras.Model(x, DENSE(2)(DENSE(4)(x)) + DENSE(2)(x))),
    ],
)
def test_the_same_model_is_described_alike(make):
    """Although Keras counts the layers of a process in their names, and initial weights differ."""
    assert make() == make()


def test_threads_make_no_other_model():
    assert described(population(threads=1)) == described(population(threads=2))


def sloped(slope):
    return lambda z: slope + 0 * z


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (DENSE(3, "relu"), DENSE(3, "tanh")),
        (keras.layers.Dropout(0.1), keras.layers.Dropout(0.2)),
        (keras.layers.Lambda(lambda x: 2 * x), keras.layers.Lambda(lambda x: -2 * x)),
        (population(), population(gamma=-0.6)),
        (population(), population(epsilon=0.2)),
        (population(), population(duration="11 ms")),
        (population(), population(surrogate="response")),
        (population(surrogate=sn.layers.ThroughTime()), population(surrogate=sn.layers.ThroughTime(width=1.0))),
        (DENSE(3, lambda x: x + 1), DENSE(3, lambda x: x - 1)),
    ],
    ids="activation dropout lambda gamma epsilon duration surrogate width function".split(),
)
def test_another_setting_is_another_model(one, other):
    assert described(one) != described(other)


def test_another_order_and_another_connection_are_another_model():
    def crossed(x, first):
        layers = [DENSE(4, "relu"), DENSE(4, "tanh")]
        a, b = (layer(x) for layer in layers)
        return keras.Model(x, keras.layers.Subtract()([a, b] if first else [b, a]))

    assert described(functional=lambda x: crossed(x, True)) != described(functional=lambda x: crossed(x, False))
    assert described(DENSE(4, "relu"), DENSE(4, "tanh")) != described(DENSE(4, "tanh"), DENSE(4, "relu"))


def test_a_layer_that_cannot_be_saved_counts_by_its_code():
    def make(sign):
        class Own(keras.layers.Layer):
            def __init__(self, function):
                super().__init__()
                self.function = function

            def call(self, x):
                return sign * self.function(x) if sign > 0 else x

        return Own(lambda x: x)

    def other():
        class Own(keras.layers.Layer):
            def call(self, x):
                return x + 1

        return Own()

    assert described(make(1)) == described(make(1))
    assert described(make(1)) != described(other())


def test_a_loss_counts_by_its_code_and_what_it_uses():
    def scaled(sign):
        return lambda labels, outputs: sign * keras.ops.mean(outputs)

    assert describe_loss(scaled(1)) == describe_loss(scaled(1)) != describe_loss(scaled(-1))
    assert describe_loss(lambda a, b: b - a) != describe_loss(lambda a, b: a - b)
    assert describe_loss(keras.losses.mean_squared_error) == {"function": "mean_squared_error"}


def test_arrays_objects_and_circles_are_described():
    class Holder:
        def __init__(self, value):
            self.value, self.me = value, self

    assert describe(Holder(np.arange(3))) == describe(Holder(np.arange(3))) != describe(Holder(np.arange(4)))
    assert describe({"a": {1, 2}}) == describe({"a": {2, 1}}) != describe({"a": {1, 3}})
