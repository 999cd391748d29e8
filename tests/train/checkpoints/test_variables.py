import keras
import numpy as np
import pytest

from spikenet.train.checkpoints.variables import describe, find_not_finite, read_values, write_values


def net(units=3):
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(units), keras.layers.Dropout(0.5, seed=1)])


def test_what_is_read_is_a_copy_and_can_be_written_back():
    model = net()
    values = read_values(model.variables)
    before = [value.copy() for value in values]
    model.variables[0].assign(np.zeros((2, 3)))
    np.testing.assert_array_equal(values[0], before[0])
    write_values(model.variables, values)
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_fewer_values_than_variables_are_an_error():
    with pytest.raises(ValueError, match="shorter"):
        write_values(net().variables, [])


def test_models_that_were_built_alike_have_one_description():
    one, other = net(), net()
    assert one.variables[0].path != other.variables[0].path  # sequential_1, sequential_2
    assert describe(one.variables) == describe(other.variables)
    assert describe(one.variables)[0] == "sequential/dense/kernel (2, 3) float32"
    assert "seed_generator" in describe(one.variables)[2] and describe(one.variables)[2].endswith("not trained")


def test_another_shape_or_a_frozen_layer_is_another_description():
    frozen = net()
    frozen.trainable = False
    descriptions = [describe(model.variables) for model in (net(), net(4), frozen)]
    assert len(set(map(tuple, descriptions))) == 3


def test_the_first_variable_that_is_not_finite_is_named():
    model = net()
    assert find_not_finite(model.variables) is None
    model.layers[0].bias.assign([0.0, np.inf, 0.0])
    assert find_not_finite(model.variables) == model.layers[0].bias.path
