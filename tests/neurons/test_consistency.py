"""A model whose fields do not fit together is refused when it is made, by the name of the field."""

import numpy as np
import pytest
from brian2 import ms, mV

from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.neurons import NeuronModel
from spikenet.neurons.consistency import METHODS

LEAKY = {
    "name": "leaky",
    "equations": "dv/dt = (i_in - v)/tau : 1\ni_in : 1",
    "outputs": ("v",),
    "parameters": {"tau": "20 ms"},
}


def leaky(**changes) -> NeuronModel:
    return NeuronModel(**LEAKY | changes)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"name": "Leaky"}, InvalidValueError, "the model's name is 'Leaky'"),
        ({"name": None}, InvalidValueError, "the model's name is None"),
        ({"equations": 3}, InvalidTypeError, "equations is 3"),
        ({"equations": ""}, InvalidValueError, "unknown port 'i_in'"),
        ({"threshold": 1.0}, InvalidTypeError, "threshold is 1.0, wanted a text"),
        ({"threshold": "v > 1", "refractory": 2 * ms}, InvalidTypeError, "refractory is .* becomes a parameter"),
        ({"outputs": ()}, InvalidValueError, "at least one port and one output"),
        ({"outputs": ("w",)}, InvalidValueError, "unknown output 'w'; the equations have v, i_in"),
        ({"ports": ()}, InvalidValueError, "at least one port and one output"),
        (
            {"ports": ("g",)},
            InvalidValueError,
            "unknown port 'g'; the equations have v, i_in; give ports=.'i_in',.",
        ),
        ({"ports": ("v",)}, InvalidValueError, "the port v is set from outside"),
        ({"initial": {"w": 1}}, InvalidValueError, "unknown initial value of 'w'"),
        ({"initial": {"i_in": 1}}, InvalidValueError, "the port i_in is set from outside"),
        ({"initial": {"v": np.zeros((2, 2))}}, InvalidValueError, r"the initial v has the shape \(2, 2\)"),
        ({"initial": {"v": []}}, InvalidValueError, r"the initial v has the shape \(0,\)"),
        (
            {"equations": "dv/dt = i_in/tau : 1\ni_in : 1\nw = 2*v : 1", "initial": {"w": 3}},
            InvalidValueError,
            "w = ... is worked out in every step and has no initial value",
        ),
        (
            {"parameters": {"tau": "20 ms", "self": 3}},
            InvalidValueError,
            "a parameter is 'self', which is a variable of",
        ),
        ({"initial": {"v": np.nan}}, InvalidValueError, "the initial v is not finite"),
        ({"initial": {"v": 1 * mV}}, UnitError, "the initial v has the unit volt, wanted no unit"),
        ({"initial": [1]}, InvalidTypeError, r"initial is \[1\], wanted a mapping"),
        ({"parameters": {"tau": "20 ms", "pi": 3}}, InvalidValueError, "a parameter is 'pi', which is a constant in"),
        ({"parameters": {}}, InvalidValueError, "leaky: v uses 'tau', which nothing defines; give it as a parameter"),
        ({"threshold": "v > top"}, InvalidValueError, "leaky: threshold uses 'top', which nothing defines"),
        ({"threshold": "v > 1", "reset": "v ="}, InvalidValueError, "leaky: cannot read reset 'v =': invalid syntax"),
        ({"equations": "dv/dt = (i_in - v/tau : 1\ni_in : 1"}, InvalidValueError, "cannot read v .*never closed"),
        ({"equations": "dv/dt = i_in/tau : 1\ni_in : integer"}, InvalidValueError, "i_in is a port and integer; write"),
        ({"equations": "dv/dt = i_in/tau : 1\ni_in : 1 (shared)"}, InvalidValueError, "i_in is a port and shared"),
        (
            {"equations": "dv/dt = i_in/tau : 1\ni_in : 1\nw : 1 (shared)"},
            InvalidValueError,
            "w is shared by all neurons",
        ),
        (
            {"equations": "dv/dt = i_in/tau : 1\ni_in : 1 (linked)"},
            InvalidValueError,
            "i_in has the flag linked; wanted",
        ),
        (
            {"equations": "dv/dt = i_in/tau : 1\ni_in : 1\nup = v > 0 : boolean", "outputs": ("up",)},
            InvalidValueError,
            "up is an output and boolean",
        ),
        (
            {"equations": "dv/dt = i_in/tau : 1\ni_in : 1\nw = t/tau : 1 (shared)", "outputs": ("w",)},
            InvalidValueError,
            "w is an output and shared; leave the flag out",
        ),
        ({"parameters": {"v": 1}}, InvalidValueError, "v is both a parameter and a line"),
        ({"parameters": {"tau": "soon"}}, UnitError, "cannot read 'soon'"),
        ({"parameters": {"tau": [[1, 2]]}}, InvalidValueError, r"tau has the shape \(1, 2\)"),
        ({"parameters": ["tau"]}, InvalidTypeError, "parameters is .* wanted a mapping"),
        ({"method": "heun"}, InvalidValueError, "unknown method 'heun'; there are euler"),
        ({"reset": "v = 0"}, InvalidValueError, "needs a threshold"),
        ({"refractory": "tau"}, InvalidValueError, "needs a threshold"),
        ({"dt": 0}, InvalidValueError, "wanted more than 0"),
        ({"dt": "-1 ms"}, InvalidValueError, "dt is -1 ms, wanted zero or more"),
        ({"dt": "1 mV"}, UnitError, "dt has the unit volt"),
        ({"sample_dt": 0}, InvalidValueError, "wanted more than 0"),
        ({"fastest_rate": "1/"}, InvalidValueError, "cannot read fastest_rate '1/'"),
        ({"peak_rate": "f +"}, InvalidValueError, r"cannot read peak_rate 'f \+'"),
        ({"peak_rate": 3}, InvalidTypeError, "leaky: peak_rate is 3"),
        ({"nonnegative": "v"}, InvalidValueError, "nonnegative names 'v', which is no port; there are i_in"),
        ({"starts_at": {"v": "rest"}}, InvalidValueError, "v starts at 'rest', which is no parameter; there are tau"),
        ({"starts_at": {"v": "tau"}}, UnitError, "v starts at tau, which has another unit"),
        ({"starts_at": {"w": "tau"}}, InvalidValueError, "unknown initial value of 'w'"),
        ({"starts_at": {"i_in": "tau"}}, InvalidValueError, "the port i_in is set from outside"),
        ({"starts_at": "v"}, InvalidTypeError, "starts_at is 'v', wanted a mapping"),
        ({"equations": "dv/dt = (i_in - v + i)/tau : 1\ni_in : 1"}, InvalidValueError, "Brian2's i or N"),
        ({"threshold": "v > N"}, InvalidValueError, "Brian2's i or N"),
    ],
)
def test_a_model_that_does_not_fit_together_is_refused(changes, error, words):
    with pytest.raises(error, match=words):
        leaky(**changes)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_that_is_offered_is_accepted(method):
    assert leaky(method=method).method == method
