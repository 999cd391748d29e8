"""Models, drives and engines through JSON and back."""

import json

import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.saving import from_json, to_json


def through_json(value):
    return from_json(json.loads(json.dumps(to_json(value))))


@pytest.mark.parametrize("model", sn.neurons.MODELS.values(), ids=str)
def test_a_neuron_comes_back_with_all_that_it_has(model):
    again = through_json(model)
    assert repr(again) == repr(model)
    assert again.parameters == model.parameters
    assert {name: float(value) for name, value in again.initial.items()} == {
        name: float(value) for name, value in model.initial.items()
    }
    assert (again.dt, again.sample_dt, again.fastest_rate) == (model.dt, model.sample_dt, model.fastest_rate)
    assert (again.peak_rate, again.nonnegative, again.starts_at) == (
        model.peak_rate, model.nonnegative, model.starts_at,
    )  # fmt: skip


def test_a_state_for_each_unit_comes_back():
    again = through_json(sn.FHN.with_initial(x=[0.5, 1.0]))
    np.testing.assert_array_equal(again.initial["x"], [0.5, 1.0])


@pytest.mark.parametrize(
    "value",
    [
        sn.tanh_drive(-0.5, 2.0, 0.1),
        sn.linear_drive("1 nA", "0.5 nA", "0 nA"),
        sn.engines.Cpp("float32", threads=1),
        sn.engines.Runtime(),
        sn.engines.Response(sn.engines.Cpp("float32"), points=17),
        sn.engines.Response(),
    ],
    ids=repr,
)
def test_drives_and_engines_come_back_equal(value):
    assert through_json(value) == value


def test_what_is_not_known_is_refused_both_ways():
    with pytest.raises(InvalidTypeError, match="cannot be saved"):
        to_json(object())
    with pytest.raises(InvalidValueError, match="has a 'Gpu'; known are"):
        from_json({"kind": "Gpu"})
