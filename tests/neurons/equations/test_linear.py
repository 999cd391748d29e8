"""Linear equations whose exact solution Brian2 lacks are refused, and no others."""

import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.neurons.equations.linear import check_exact_solution

ALPHA = """
    dv/dt = (g - v)/tau_m : volt
    dg/dt = -g/tau_s : volt
    i_in : 1
"""


def model(equations=ALPHA, outputs=("v",), **parameters) -> sn.NeuronModel:
    values = {"tau_m": "20 ms", "tau_s": "20 ms"} | parameters
    used = {name: value for name, value in values.items() if name in equations}
    return sn.NeuronModel(name="m", equations=equations, outputs=outputs, parameters=used, method="exact", dt="0.1 ms")


@pytest.mark.parametrize(
    "equations",
    [
        ALPHA,
        ALPHA.replace("tau_s", "tau_m"),
        ALPHA.replace("tau_s", "(20*ms)"),
        "dv/dt = w/tau_m : 1\ndw/dt = -(2*w + v)/tau_m : 1\ni_in : 1",  # critically damped
        "dv/dt = leak/tau_m : 1\nleak = w - v : 1\ndw/dt = -w/tau_m : 1\ni_in : 1",
    ],
)
def test_equal_rates_with_one_eigenvector_are_refused_before_anything_runs(equations):
    words = "m: the equations of v and . have equal rates, 50/s, .*exponential_euler"
    with pytest.raises(InvalidValueError, match=words):
        sn.simulate(model(equations), [[0.0]], duration="1 ms")


@pytest.mark.parametrize(
    "equations",
    [
        ALPHA.replace("(g - v)", "-v"),  # side by side
        "dv/dt = w/tau_m : 1\ndw/dt = -(3*w + v)/tau_m : 1\ni_in : 1",
        "dv/dt = w/tau_m : 1\ndw/dt = -(w + v)/tau_m : 1\ni_in : 1",  # complex rates
        "dv/dt = (i_in - v)/tau_m : 1\ni_in : 1",
    ],
)
def test_others_are_not(equations):
    check_exact_solution(model(equations))


def test_rates_that_are_almost_equal_have_their_solution():
    """v = g0 t exp(-t/tau)/tau, up to a part in 1e6 at such a small difference."""
    almost = model(tau_s="20.0001 ms").with_initial(g="1 mV")
    found = sn.simulate(almost, [[0.0]], duration="20 ms", record="final", engine="runtime").final
    np.testing.assert_allclose(found, 1e-3 * np.exp(-1), rtol=1e-5)
