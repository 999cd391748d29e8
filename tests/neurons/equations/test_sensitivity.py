"""Sensitivities against central differences of the simulation, exact solutions and steady states."""

from dataclasses import replace

import numpy as np
import pytest

from spikenet.engines.simulate import simulate
from spikenet.errors import InvalidValueError
from spikenet.neurons import FHN, LIF, HodgkinHuxley, NeuronModel
from spikenet.neurons.equations.sensitivity import sensitivity_model
from spikenet.units import parse_unit

CONDUCTANCE = NeuronModel(
    name="conductance",
    equations="""
        dv/dt = (g_rest*(e_rest - v) + total) / capacitance : volt
        total = g_exc*(e_exc - v) + g_inh*(e_inh - v) : amp
        g_exc : siemens
        g_inh : siemens
    """,
    outputs=("v", "total"),
    ports=("g_exc", "g_inh"),
    parameters={"capacitance": "200 pF", "g_rest": "10 nS", "e_rest": "-70 mV", "e_exc": "5 mV", "e_inh": "-85 mV"},
    initial={"v": "-70 mV"},
)
AXON = replace(HodgkinHuxley, threshold=None, refractory=None)
LEAK = replace(
    LIF, equations=LIF.equations.replace("(unless refractory)", ""), threshold=None, reset=None, refractory=None
)
KEEP = ("mean", "final", "trace")


def one_state(right: str, **settings) -> NeuronModel:
    return NeuronModel(name="tried", equations=f"dx/dt = ({right})/second : 1\ni_in : 1", outputs=("x",), **settings)


def assert_equals_central_differences(model, drive, step, tolerance, port=None, **durations):
    """Of every output: mean, final and trace, within ``tolerance`` of the largest slope."""
    port = port or model.ports[0]
    ours = sensitivity_model(model, port)
    assert ours.outputs[len(model.outputs) :] == tuple(f"d_{name}" for name in model.outputs)
    for output in model.outputs:
        low, high = (
            simulate(
                model, {**drive, port: drive[port] + h}, variable=output, record=KEEP, engine="runtime", **durations
            )
            for h in (-step, step)
        )
        slope = simulate(ours, drive, variable=f"d_{output}", record=KEEP, engine="runtime", **durations)
        for kept in KEEP:
            wanted = (getattr(high, kept) - getattr(low, kept)) / (2 * step)
            largest = np.abs(wanted).max()
            assert largest > 0
            np.testing.assert_allclose(getattr(slope, kept) / largest, wanted / largest, rtol=0, atol=tolerance)


@pytest.mark.parametrize("method", ["euler", pytest.param("rk2", marks=pytest.mark.slow), "rk4"])
def test_fhn_equals_central_differences(method):
    """At rest, near the onset and oscillating, over 2 tau, before phases drift: the differences' own error is 1e-7."""
    drive = {"i_in": np.array([[-1.3, -0.95, -0.4], [0.0, 0.6, 1.2]])}
    model = replace(FHN, method=method)
    assert_equals_central_differences(model, drive, 1e-6, 1e-5, settle=1e-3, duration=1e-3)


def test_fhn_in_time_is_the_derivative_by_an_added_constant():
    drive = {"i_in": np.random.default_rng(3).normal(size=(2, 20, 3))}
    assert_equals_central_differences(FHN, drive, 1e-6, 1e-5, duration=2e-3)


@pytest.mark.parametrize("port", ["g_exc", pytest.param("g_inh", marks=pytest.mark.slow)])
def test_a_conductance_neuron_equals_central_differences(port):
    """Two ports, and an output that is a subexpression: its slope has the state's in it and the port's own."""
    drive = {"g_exc": np.array([[0.0, 5e-9, 20e-9]]), "g_inh": np.array([[3e-9, 0.0, 8e-9]])}
    assert_equals_central_differences(CONDUCTANCE, drive, 1e-13, 1e-6, port=port, settle=1e-3, duration=3e-3)


@pytest.mark.parametrize(
    ("port", "reversal"), [pytest.param("g_exc", "e_exc", marks=pytest.mark.slow), ("g_inh", "e_inh")]
)
def test_a_conductance_neuron_settles_at_the_slope_of_its_steady_state(port, reversal):
    """v = sum(g e)/sum(g), so dv/dg = (e - v)/sum(g); after 60 time constants."""
    g = {"g_exc": np.array([[1e-9, 20e-9]]), "g_inh": np.array([[7e-9, 4e-9]])}
    e = {name: parameter.value for name, parameter in CONDUCTANCE.parameters.items()}
    total = e["g_rest"] + g["g_exc"] + g["g_inh"]
    v = (e["g_rest"] * e["e_rest"] + g["g_exc"] * e["e_exc"] + g["g_inh"] * e["e_inh"]) / total
    model = replace(sensitivity_model(CONDUCTANCE, port), dt=1e-4)
    run = simulate(model, g, duration=0.7, record="final", variable="d_v", engine="runtime")
    np.testing.assert_allclose(run.final, (e[reversal] - v) / total, rtol=1e-9)


@pytest.mark.parametrize(
    ("method", "tolerance"), [("rk2", 1e-6), pytest.param("exponential_euler", 2e-3, marks=pytest.mark.slow)]
)
def test_hodgkin_huxley_equals_central_differences_below_threshold(method, tolerance):
    """m takes part in all equations, with ``exp`` and ``exprel`` in subexpressions.

    Exponential Euler is of first order: 10 us leave 0.1 %.
    """
    drive = {"i_in": np.array([[-0.03, 0.0, 0.015]])}
    model = replace(AXON, method=method, outputs=("m",))
    assert_equals_central_differences(model, drive, 1e-5, tolerance, settle=1e-3, duration=2e-3)


def test_exprel_has_a_slope_where_the_textbook_formula_is_0_over_0():
    """x starts at -i and stays: d_x grows by t * exprel'(x + i) = t/2, and 1e-9 beside it by as much."""
    model = one_state("exprel(i_in + offset)", parameters={"offset": 0.0})
    drive = np.array([[0.0, 1e-9, 1.5, -40.0]])
    run = simulate(sensitivity_model(model), drive, duration=1e-3, record="final", variable="d_x", engine="runtime")
    x = drive[0, 2:]
    wanted = [0.5, 0.5, *((np.exp(x) * (x - 1) + 1) / x**2)]
    np.testing.assert_allclose(run.final[0] / 1e-3, wanted, rtol=2e-9)


def test_a_linear_neuron_has_the_exact_solution():
    """dv/dI = R (1 - exp(-t/tau)), and Brian2's exact method takes the pair of equations as it took the one."""
    model = sensitivity_model(LEAK)
    assert model.method == "exact"
    run = simulate(
        model, np.zeros((1, 1)), duration=30e-3, record="trace", variable="d_v", sample_dt=1e-3, engine="runtime"
    )
    np.testing.assert_allclose(run.trace[0, :, 0], 1e8 * -np.expm1(-np.arange(30) * 1e-3 / 20e-3), rtol=1e-12)


def test_units_are_the_outputs_over_the_ports():
    model = sensitivity_model(CONDUCTANCE, "g_inh")
    assert model.variables["d_v"] == parse_unit("volt/siemens")[0]
    assert model.variables["d_total"] == parse_unit("volt")[0]
    assert sensitivity_model(AXON).variables["d_m"] == parse_unit("meter**2/amp")[0]


def test_all_else_carries_over():
    model = sensitivity_model(FHN(epsilon=0.1).with_initial(x=np.array([0.1, 0.2])))
    assert (model.method, model.dt, model.sample_dt, model.ports) == (FHN.method, FHN.dt, FHN.sample_dt, FHN.ports)
    assert model.parameters["epsilon"].value == 0.1
    assert model.initial["x"].tolist() == [0.1, 0.2]
    assert model.initial["d_x"] == model.initial["d_y"] == 0
    assert model.rate_bound({"i_in": 0.5}) == FHN(epsilon=0.1).rate_bound({"i_in": 0.5})


def test_what_no_port_moves_has_the_slope_zero():
    """A state, an output and a parameter of each neuron that the port does not reach, and the port itself."""
    model = NeuronModel(
        name="apart",
        equations="dx/dt = i_in/tau : 1\ndz/dt = -z/tau : volt\ntwice = 2*z : volt\nheld : 1\ni_in : 1",
        outputs=("x", "z", "twice", "held", "i_in"),
        parameters={"tau": "1 ms"},
        initial={"z": 1.0, "held": 3.0},
    )
    ours, drive = sensitivity_model(model), np.array([[0.3]])
    ends = [simulate(ours, drive, duration=1e-3, record="final", variable=f"d_{name}", engine="runtime").final[0, 0]
            for name in model.outputs]  # fmt: skip
    assert ends == pytest.approx([1, 0, 0, 0, 1])


def test_the_root_has_its_slope():
    model = one_state("sqrt(i_in)")
    run = simulate(sensitivity_model(model), [[4.0]], duration=1e-3, record="final", variable="d_x", engine="runtime")
    assert run.final[0, 0] == pytest.approx(1e-3 * 0.5 / 2)


@pytest.mark.parametrize(
    ("model", "port", "words"),
    [
        (LIF, None, "lif has a threshold"),
        (FHN, "g_exc", "no port 'g_exc'; it has i_in"),
        (CONDUCTANCE, None, "has the ports g_exc, g_inh; name the one"),
        (one_state("i_in + xi*second**0.5"), None, "has noise in it"),
        (one_state("i_in - floor(x)"), None, r"no derivative by x; wanted smooth functions"),
        (one_state("clip(i_in, 0, 1) - x"), None, "no derivative by i_in"),
        (one_state("i_in*int(x > 0)"), None, "no derivative by x"),
        (one_state("i_in - d_x", parameters={"d_x": 1.0}), None, "has a d_x already"),
        (replace(CONDUCTANCE, equations=CONDUCTANCE.equations.replace(": amp", ": amp (constant over dt)")), "g_exc",
         "constant over dt"),
    ],
)  # fmt: skip
def test_what_has_no_derivative_is_refused(model, port, words):
    with pytest.raises(InvalidValueError, match=words):
        sensitivity_model(model, port)


@pytest.mark.slow
def test_the_compiled_engine_gives_the_same():
    """Its steps are the same but for the order of the additions. The project is one of tests/papers (SHORT)."""
    drive, durations = np.array([[-1.3, -0.4, 0.6]]), {"settle": 2e-3, "duration": 5e-3}
    both = [
        simulate(sensitivity_model(FHN), drive, **durations, record="mean", variable="d_x", engine=engine).mean
        for engine in ("runtime", "cpp")
    ]
    assert np.abs(both[0]).max() > 1
    np.testing.assert_allclose(both[1], both[0], rtol=1e-9, atol=1e-9)
