"""Equations of arithmetic are worked out in SI units, subexpressions before what uses them."""

import numpy as np

from spikenet.neurons import NeuronModel
from spikenet.neurons.equations.rates_of_change import rates_of_change, values_at_start


def model(equations: str) -> NeuronModel:
    return NeuronModel(
        "m", f"{equations}\ni_in : 1", outputs=("v",), parameters={"tau": "20 ms"}, initial={"v": [3.0, 4.0]}
    )


def test_states_change_by_subexpressions_parameters_units_and_ports():
    found = model("dv/dt = leak/tau + i_in/ms : 1\nleak = 2*deeper : 1\ndeeper = 1 - v : 1\ndw/dt = -w/(5*ms) : 1")
    values = values_at_start(found)
    np.testing.assert_allclose(rates_of_change(found, values), [2 * (1 - 3) / 0.02, 0])
    np.testing.assert_allclose(rates_of_change(found, values | {"i_in": 7.0, "w": 1.0}), [-200 + 7000, -200])


def test_more_than_arithmetic_is_not_a_number_and_a_circle_none():
    found = model("dv/dt = tanh(v)/tau : 1\ndw/dt = q/tau : 1\nq = r : 1\nr = q : 1\ndu/dt = 1/tau : 1")
    np.testing.assert_equal(rates_of_change(found, values_at_start(found)), [np.nan, np.nan, 1 / 0.02])
