"""A parameter is a number with a unit."""

import pytest
from brian2 import ms

from spikenet.errors import InvalidValueError
from spikenet.neurons import NeuronModel
from spikenet.neurons.parameter import Parameter
from spikenet.units import SECOND

LEAKY = {
    "name": "leaky",
    "equations": "dv/dt = (i_in - v)/tau : 1\ni_in : 1",
    "outputs": ("v",),
    "parameters": {"tau": "20 ms"},
}


def leaky(**changes) -> NeuronModel:
    return NeuronModel(**LEAKY | changes)


@pytest.mark.parametrize("tau", [20 * ms, "20 ms", Parameter(0.02, SECOND)])
def test_a_parameter_is_a_quantity_a_text_or_a_parameter(tau):
    parameter = leaky(parameters={"tau": tau, "gain": 3}).parameters["tau"]
    assert parameter.value == pytest.approx(0.02, rel=1e-12)
    assert parameter.dimensions == SECOND
    assert str(parameter) == "20 ms"


def test_a_plain_number_is_a_parameter_without_a_unit():
    assert leaky(parameters={"tau": "20 ms", "gain": 3}).parameters["gain"] == Parameter(3.0)


def test_one_value_for_each_unit_says_how_many_there_are():
    each = Parameter.of([5.0, 20.0] * ms, "tau")
    assert each.varies and each.value == (5e-3, 20e-3) and str(each) == "2 values from 5 ms to 20 ms"
    assert repr(each).startswith("Parameter(value=(0.005, 0.02), ") and eval(repr(each)) == each
    assert repr(Parameter(tuple(range(900)))).startswith("Parameter(value=<900 values from 0 to 899>, ")
    with pytest.raises(InvalidValueError, match="tau has 2 values .* one for each unit; wanted one number here"):
        each.single("tau")
