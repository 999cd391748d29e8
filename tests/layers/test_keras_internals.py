"""What is assumed of Keras' private parts: a new version of Keras fails here first."""

import keras
import numpy as np

from spikenet.layers.keras_internals import call_count, function_of, keras_loss_name, layer_calls, learning_rate_of


def test_a_sequential_model_that_is_built_has_the_graph_of_a_functional_one():
    built = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="dense")])
    function = function_of(built)
    assert isinstance(function, keras.Function)
    assert len(function.inputs) == len(function.outputs) == 1
    assert function_of(keras.Sequential([keras.layers.Dense(2)])) is None
    model = keras.Model(function.inputs, function.outputs)
    assert function_of(model) is model


def test_a_subclass_without_a_graph_has_none():
    class Plain(keras.Model):
        """Without a graph."""

    assert function_of(Plain()) is None


def test_calls_come_in_an_order_in_which_they_can_be_taken_and_take_values_by_their_tensors():
    inputs = keras.Input((3,))
    first, again = keras.layers.Dense(3, name="again"), keras.layers.Add(name="sum")
    once = first(inputs)
    model = keras.Model(inputs, again([first(once), inputs]))
    calls = list(layer_calls(function_of(model)))
    assert [call.layer.name for call in calls] == ["again", "again", "sum"]
    values = {id(inputs): np.ones((2, 3), "float32")}
    for call in calls:
        assert all(id(one) in values for one in call.inputs)
        args, settings = call.fill(values)
        (output,) = call.outputs
        values[id(output)] = call.layer(*args, **settings)
    np.testing.assert_allclose(values[id(model.outputs[0])], model(np.ones((2, 3))), rtol=1e-6)


def test_looking_at_the_calls_of_a_model_adds_none():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    before = [len(layer._outbound_nodes) for layer in model.layers]
    list(layer_calls(function_of(model)))
    assert [len(layer._outbound_nodes) for layer in model.layers] == before


def test_the_learning_rate_of_an_optimizer_is_a_variable_a_schedule_or_a_function():
    optimizer = keras.optimizers.SGD(0.25)
    holder, rate = learning_rate_of(optimizer)
    assert holder is optimizer and isinstance(rate, keras.Variable) and float(rate) == 0.25
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    assert learning_rate_of(keras.optimizers.SGD(schedule))[1] is schedule
    assert callable(learning_rate_of(keras.optimizers.SGD(lambda: 0.1))[1])


def test_a_loss_scaling_optimizer_leaves_the_rate_to_the_one_within():
    inner = keras.optimizers.SGD(0.25)
    holder, rate = learning_rate_of(keras.optimizers.LossScaleOptimizer(inner))
    assert holder is inner and float(rate) == 0.25


def test_losses_of_keras_are_known_by_name_and_those_of_others_are_not():
    sparse = keras.losses.SparseCategoricalCrossentropy()
    assert keras_loss_name(sparse) == "sparsecategoricalcrossentropy"
    assert keras_loss_name(keras.losses.get("mse")) == "mean_squared_error"
    assert keras_loss_name(lambda labels, outputs: 0.0) is None


def test_each_symbolic_call_of_a_layer_counts_and_a_call_with_numbers_does_not():
    layer = keras.layers.Dense(3)
    assert call_count(layer) == 0
    once = layer(keras.Input((3,)))
    assert call_count(layer) == 1
    layer(once)
    layer(np.ones((2, 3)))
    assert call_count(layer) == 2


def test_custom_gradients_of_traced_graphs_are_forgotten():
    """TensorFlow registers each under a name of its own, which begins with CustomGradient-."""
    import tensorflow as tf

    from spikenet.layers.keras_internals import gradient_registry, released_gradients

    @tf.custom_gradient
    def doubled(x):
        return x, lambda upstream: 2 * upstream

    known = set(gradient_registry._registry)
    with released_gradients():
        trace = tf.function(lambda x: tf.gradients(doubled(x), x)[0]).get_concrete_function(tf.TensorSpec(()))
        assert len(set(gradient_registry._registry) - known) == 1
    assert set(gradient_registry._registry) == known
    assert trace(tf.constant(3.0)) == 2  # a graph that was traced goes on
