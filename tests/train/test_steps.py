import keras
import numpy as np
import pytest
import tensorflow as tf

from spikenet.errors import InvalidTypeError
from spikenet.train.steps import make_predict, make_train_step, probe

X = np.random.default_rng(1).normal(size=(6, 4)).astype("float32")
LABELS = np.array([0, 1, 2, 0, 1, 2])


def net(**settings):
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax", **settings)])


def loss_of(model):
    return -np.log(np.asarray(model(X))[np.arange(6), LABELS]).mean()


def trained(model, optimizer, loss="sparse_categorical_crossentropy"):
    optimizer.build(model.trainable_variables)
    return make_train_step(model, optimizer, keras.losses.get(loss), X)


def test_a_step_goes_down_the_slope_that_finite_differences_find():
    model = net()
    kernel = model.get_weights()[0]
    rate, h, slope = 0.1, 1e-2, np.empty_like(kernel)
    for index in np.ndindex(kernel.shape):
        sides = []
        for sign in (1, -1):
            moved = kernel.copy()
            moved[index] += sign * h
            model.layers[0].kernel.assign(moved)
            sides.append(loss_of(model))
        slope[index] = (sides[0] - sides[1]) / (2 * h)
    model.layers[0].kernel.assign(kernel)
    value, outputs = trained(model, keras.optimizers.SGD(rate))(X, LABELS)
    assert outputs.shape == (6, 3)
    assert float(value) == pytest.approx(-np.log(outputs.numpy()[np.arange(6), LABELS]).mean(), rel=1e-5)
    # central differences err by h**2 / 6 times a third derivative of order one
    np.testing.assert_allclose(model.get_weights()[0] - kernel, -rate * slope, atol=1e-5)


def test_regularisers_are_part_of_the_loss():
    model = net(kernel_regularizer=keras.regularizers.L2(0.5))
    plain = loss_of(model)
    penalty = 0.5 * np.sum(model.get_weights()[0] ** 2)
    value, _ = trained(model, keras.optimizers.SGD(0.0))(X, LABELS)
    assert float(value) == pytest.approx(plain + penalty, rel=1e-5)


def test_one_graph_serves_batches_of_every_size():
    traces = []

    class Counting(keras.layers.Layer):
        def call(self, x):
            traces.append(x.shape)
            return x

    model = keras.Sequential([*net().layers, Counting()])
    model(X)
    traces.clear()
    predict = make_predict(model, X)
    assert [predict(X[:n]).shape[0] for n in (6, 2, 1)] == [6, 2, 1]
    assert len(traces) == 1


def test_a_probe_puts_back_what_was_drawn(small, images):
    model = small.build()
    before = [variable.numpy() for variable in model.variables]
    predict = make_predict(model, images)
    first, again = probe(model, predict, images[:5]), probe(model, predict, images[:5])
    np.testing.assert_array_equal(first, again)
    assert np.any(predict(images[:5]).numpy() != predict(images[:5]).numpy()), (
        "the layer draws nothing; nothing was shown"
    )
    changed = [v.path for v, old in zip(model.variables, before, strict=True) if not np.array_equal(v.numpy(), old)]
    assert all("seed" in path for path in changed) and changed


def test_a_model_of_many_outputs_is_refused():
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [keras.layers.Dense(2)(inputs), keras.layers.Dense(2)(inputs)])
    with pytest.raises(InvalidTypeError, match="gives a list, wanted one tensor"):
        make_predict(model, X)


def test_halves_are_trained_with_a_scaled_loss():
    """float16 gradients below 6e-8 vanish; the optimizer's scale keeps them."""
    one, other = net(), net()
    trained(one, keras.optimizers.SGD(0.1))(X, LABELS)
    trained(other, keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=1024.0))(X, LABELS)
    np.testing.assert_allclose(one.get_weights()[0], other.get_weights()[0], atol=1e-6)
    assert tf.reduce_any(one.layers[0].kernel != net().layers[0].kernel)


@pytest.mark.parametrize(
    "rate",
    [0.01, keras.optimizers.schedules.CosineDecay(0.0, 4, warmup_target=0.01, warmup_steps=2)],
    ids=["number", "schedule"],
)
def test_steps_of_many_weights_are_those_of_few(monkeypatch, rate):
    """In one pass by XLA or op by op: rounding of three steps of Adam."""
    weights = []
    for most in (10, 10**9):
        monkeypatch.setattr("spikenet.train.steps._MANY_WEIGHTS", most)
        model = net(kernel_constraint=keras.constraints.MaxNorm(1.0))
        step = trained(model, keras.optimizers.Adam(rate))
        for _ in range(3):
            step(X, LABELS)
        weights.append(model.get_weights())
    start = net().get_weights()[0]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
    assert np.abs(weights[0][0] - start).max() > 1e-3
