"""A parameter is a number with a unit."""

import pytest
from brian2 import ms

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
