"""A neuron is data: frozen, checked, changed by making another."""

import copy
import dataclasses
import pickle
import subprocess
import sys

import numpy as np
import pytest
from brian2 import ms, mV, mvolt, nA, second

from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.neurons import FHN, LIF, MODELS, NeuronModel, Parameter
from spikenet.units import SECOND, parse_unit

VOLT = parse_unit("volt")[0]
LEAKY = {
    "name": "leaky",
    "equations": "dv/dt = (i_in - v)/tau : 1\ni_in : 1",
    "outputs": ("v",),
    "parameters": {"tau": "20 ms"},
}


def leaky(**changes) -> NeuronModel:
    return NeuronModel(**LEAKY | changes)


def test_another_model_is_made_and_this_one_stays():
    before = dict(LIF.parameters)
    quick = LIF.with_parameters(tau_mem=5 * ms, v_reset="-80 mV")
    assert quick.parameters["tau_mem"] == Parameter(pytest.approx(5e-3), SECOND)
    assert quick.parameters["v_reset"] == Parameter(pytest.approx(-80e-3), VOLT)
    assert dict(LIF.parameters) == before
    others = {name for name in before if name not in ("tau_mem", "v_reset")}
    assert all(quick.parameters[name] == before[name] for name in others)


def test_calling_a_model_is_with_parameters():
    assert FHN(epsilon=0.3).parameters["epsilon"].value == 0.3


def test_a_plain_number_for_a_parameter_with_a_unit_is_in_si():
    assert LIF(tau_mem=0.005).parameters["tau_mem"] == LIF(tau_mem=5 * ms).parameters["tau_mem"]


def test_initial_values_take_quantities_texts_numbers_and_arrays():
    np.testing.assert_allclose(LIF.with_initial(v=-60 * mV).initial["v"], -0.06)
    np.testing.assert_allclose(LIF.with_initial(v="-60 mV").initial["v"], -0.06)
    np.testing.assert_allclose(FHN.with_initial(x=[0.5, 1.5]).initial["x"], [0.5, 1.5])
    assert FHN.with_initial(x=0.5).initial["y"] == FHN.initial["y"]
    assert FHN.initial["x"] == -1.0


def test_nothing_in_a_model_can_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        FHN.dt = 1.0
    with pytest.raises(TypeError):
        FHN.parameters["a"] = Parameter(1.0)
    with pytest.raises(TypeError):
        FHN.initial["x"] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        FHN.initial["x"][...] = 0.0


def test_the_callers_arrays_and_mappings_are_not_held():
    parameters, start = {"tau": "20 ms"}, np.array([1.0, 2.0])
    model = leaky(parameters=parameters, initial={"v": start})
    parameters["tau"], start[0] = "30 ms", 9.0
    assert model.parameters["tau"].value == pytest.approx(0.02)
    assert model.initial["v"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize("again", [lambda one: pickle.loads(pickle.dumps(one)), copy.deepcopy, copy.copy])
def test_a_model_comes_back_from_pickle_and_copy(name, again):
    first = next(iter(MODELS[name].initial))
    model = dataclasses.replace(MODELS[name].with_initial(**{first: [0.01, 0.02]}), dt=3e-6, reference="ours")
    other = again(model)
    assert type(other) is NeuronModel and other is not model
    for one in dataclasses.fields(model):
        if one.name != "initial":
            assert getattr(other, one.name) == getattr(model, one.name), one.name
    assert list(other.initial) == list(model.initial)
    for state, value in model.initial.items():
        np.testing.assert_array_equal(other.initial[state], value)
        assert not other.initial[state].flags.writeable
    with pytest.raises(TypeError):
        other.parameters["dt"] = Parameter(1.0)


def test_one_name_may_stand_for_one_port_or_output():
    model = leaky(outputs="v", ports="i_in")
    assert (model.outputs, model.ports) == (("v",), ("i_in",))


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        ({"tau_m": 5 * ms}, InvalidValueError, "lif has no parameter 'tau_m'; it has tau_mem, tau_ref"),
        ({"tau_mem": 5 * mV}, UnitError, "tau_mem has the unit volt, wanted the unit second"),
        ({"tau_mem": "5 mV"}, UnitError, "tau_mem has the unit volt, wanted the unit second"),
        ({"tau_mem": [[5 * ms, 6 * ms]]}, InvalidValueError, r"tau_mem has the shape \(1, 2\), wanted one number"),
        ({"tau_mem": np.inf}, InvalidValueError, "tau_mem is not finite"),
        ({"tau_mem": None}, InvalidTypeError, "tau_mem is None"),
    ],
)
def test_parameters_that_the_model_cannot_have_are_refused(parameters, error, words):
    with pytest.raises(error, match=words):
        LIF.with_parameters(**parameters)


def test_a_state_may_start_at_a_parameter_until_it_is_given_a_value():
    model = leaky(parameters={"tau": "20 ms", "rest": 0.3}, initial={}, starts_at={"v": "rest"})
    assert model.initial["v"] == 0.3
    assert model(rest=0.7).initial["v"] == 0.7
    assert dataclasses.replace(model, name="other")(rest=0.7).initial["v"] == 0.7
    assert model.with_initial(v=[0.1, 0.2])(rest=0.7).initial["v"].tolist() == [0.1, 0.2]
    with pytest.raises(TypeError):
        model.starts_at["v"] = "tau"


def test_a_rate_of_spikes_is_worked_out_like_the_fastest_rate():
    model = leaky(peak_rate="1/tau + i_in")
    assert model.rate_bound({"i_in": 5.0}, "peak_rate") == pytest.approx(1 / model.parameters["tau"].value + 5)
    assert leaky().rate_bound({"i_in": 5.0}, "peak_rate") is None


def test_states_ports_and_spikes_are_known_without_brian2():
    assert (FHN.states, FHN.ports, FHN.spiking) == (("x", "y"), ("i_in",), False)
    assert (LIF.states, LIF.spiking) == (("v",), True)
    assert LIF.variables == {"v": VOLT, "i_in": parse_unit("nA")[0]}


@pytest.mark.parametrize(
    ("line", "noisy", "timed"),
    [
        ("dv/dt = (i_in - v)/tau : 1", False, False),
        ("dv/dt = (i_in - v)/tau + xi/tau**0.5 : 1", True, False),
        ("dv/dt = (i_in - v)/tau + xi_2/tau**0.5 : 1", True, False),
        ("dv/dt = (i_in - v + sin(t/tau))/tau : 1", False, True),
        ("dv/dt = (i_in - v + dt/tau)/tau : 1", False, True),
        ("dv/dt = (i_in - v*t_in_timesteps)/tau : 1", False, True),
        ("dv/dt = (i_in - w)/tau : 1\nw = v*v : 1 (constant over dt)", False, True),
        ("dv/dt = (i_in - v)/tau : 1  # no xi, no rand(), at no t", False, False),
    ],
)
def test_chance_and_time_in_the_equations_are_seen(line, noisy, timed):
    model = leaky(equations=f"{line}\ni_in : 1")
    assert (model.noisy, model.timed) == (noisy, timed)


def test_chance_in_a_reset_is_seen():
    assert leaky(threshold="v > 1", reset="v = 0.1*rand()").noisy
    assert leaky(threshold="v > 1", reset="v = 0", refractory="rand()*5*ms").noisy
    assert not leaky(threshold="v > 1", reset="v = 0").noisy


def test_the_rate_of_fhn_grows_with_its_parameters_and_its_drive():
    """|x| stays within 2 where it oscillates, rests at -(a + I) beyond, and d(dx/dt)/dx = (1 - x**2)/(epsilon tau)."""
    assert FHN(epsilon=0.1, tau=2 * ms).rate_bound({"i_in": 0.5}) == pytest.approx(3 / (0.1 * 2e-3))
    assert FHN(epsilon=0.1, tau=2 * ms, a=-1.0).rate_bound({"i_in": 2.5}) == pytest.approx(11.25 / (0.1 * 2e-3))
    assert LIF.rate_bound({"i_in": 1e-9}) is None


def test_a_model_reads_as_its_equations_with_units():
    text = repr(LIF.with_parameters(tau_mem=5 * ms))
    assert text.startswith("lif(tau_mem=5 ms, tau_ref=2 ms, v_rest=-70 mV, ")
    assert "\n    dv/dt = (v_rest - v + resistance*i_in) / tau_mem : volt (unless refractory)\n" in text
    assert "threshold: v > v_threshold" in text and "refractory: tau_ref" in text
    assert "exact, dt 100 us; Gerstner" in text
    assert "object at 0x" not in text


def test_the_table_of_models_is_by_name_and_closed():
    assert all(model.name == name for name, model in MODELS.items())
    with pytest.raises(TypeError):
        MODELS["mine"] = FHN


def test_models_need_no_brian2():
    code = (
        "import sys; from spikenet.neurons import FHN, MODELS; FHN(tau='2 ms').with_initial(x=[1, 2]);"
        "print(*MODELS.values()); print('brian2' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "False"


def test_quantities_of_brian2_and_texts_give_the_same_model():
    by_quantity = leaky(parameters={"tau": 20 * ms, "bias": 3 * nA}, dt=0.1 * ms, sample_dt=1e-3 * second)
    by_text = leaky(parameters={"tau": "20 ms", "bias": "3 nA"}, dt="0.1 ms", sample_dt="1 ms")
    assert by_quantity.parameters.keys() == by_text.parameters.keys()
    for name, parameter in by_text.parameters.items():
        assert by_quantity.parameters[name].value == pytest.approx(parameter.value, rel=1e-12)
        assert by_quantity.parameters[name].dimensions == parameter.dimensions
    assert (by_quantity.dt, by_quantity.sample_dt) == pytest.approx((by_text.dt, by_text.sample_dt))
    assert leaky(initial={}, parameters={"tau": 1 * ms, "v_0": 2 * mvolt}).parameters["v_0"].dimensions == VOLT


def test_models_compare_by_content():
    assert leaky() == leaky() and hash(leaky()) == hash(leaky()) and leaky() != "leaky"
    assert LIF(tau_mem="15 ms") == LIF.with_parameters(tau_mem=0.015) != LIF
    assert leaky(initial={"v": [1, 2]}) == leaky(initial={"v": [1, 2]}) != leaky(initial={"v": [1, 3]})
    assert pickle.loads(pickle.dumps(FHN)) == FHN  # noqa: S301 (our own)
    assert dataclasses.replace(LIF, method="rk2") != LIF


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("q", "leaky: unknown initial value of 'q'; the equations have v, i_in, w"),
        ("i_in", "leaky: the port i_in is set from outside"),
        ("w", "leaky: w = ... is worked out in every step and has no initial value"),
    ],
)
def test_what_cannot_start_from_a_value_is_refused_there_too(name, words):
    model = leaky(equations=f"{LEAKY['equations']}\nw = 2*v : 1")
    with pytest.raises(InvalidValueError, match=words):
        model.with_initial(**{name: 0.5})
