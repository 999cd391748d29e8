"""Equations as papers and Brian2 write them: engines agree on them, whatever names and flags they have."""

import numpy as np
import pytest
from brian2 import nA

import spikenet as sn

PASTED = sn.NeuronModel(
    name="pasted",
    equations="""
        # the membrane, over two lines
        dV/dt = (E_L - V
                 + R*I*(1 + 0.1*n_resets)) / tau_m : volt (unless refractory)

        dv/dt = (w - v)/tau_m : 1  # another name than V
        w = V/E_L + 0.5*(t_in_timesteps % 2) : 1 (constant over dt)
        n_resets : integer  # counts within
        I : amp
    """,
    ports=("I",),
    outputs=("V", "v"),
    parameters={"E_L": "-70 mV", "R": "100 Mohm", "tau_m": "10 ms", "V_T": "-50 mV"},
    initial={"V": "-65 mV", "v": [0.1, 0.2, 0.3]},
    threshold="V > V_T",
    reset="V = E_L; n_resets += 1",
    refractory="2*ms",
    method="euler",
    dt="0.1 ms",
    sample_dt="1 ms",
)


@pytest.mark.parametrize("engine", ["cpp", pytest.param("cuda", marks=[pytest.mark.slow, pytest.mark.brian2cuda])])
@pytest.mark.parametrize("variable", ["V", pytest.param("v", marks=pytest.mark.slow)])
def test_engines_agree_on_capitals_lines_and_flags(engine, variable, emulator_throughout):
    arguments = {"duration": "40 ms", "record": ("count", "trace", "final"), "variable": variable}
    drive = {"I": [[0.1, 0.25, 0.4], [0.3, 0.0, 0.5]] * nA}
    found, wanted = (sn.simulate(PASTED, drive, engine=one, **arguments) for one in (engine, "runtime"))
    assert found.variable == variable and 3 < wanted.count.max() < 20
    np.testing.assert_array_equal(found.count, wanted.count)
    np.testing.assert_allclose(found.trace, wanted.trace, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.final, wanted.final, rtol=0, atol=1e-12)


def test_another_value_of_a_parameter_with_a_capital_counts():
    """Compiled programs are given it when they start: without current, 400 steps of Euler bring V towards E_L."""
    for e_l in (-0.07, -0.06):
        model = PASTED.with_parameters(E_L=e_l)
        found = sn.simulate(model, {"I": np.zeros((1, 3))}, duration="40 ms", record=("count", "trace", "final"))
        np.testing.assert_allclose(found.final, e_l + (-0.065 - e_l) * (1 - 0.1 / 10) ** 400, rtol=1e-12)


@pytest.mark.parametrize(
    ("engine", "precision"),
    [
        ("runtime", "float64"),
        ("cpp", "float64"),
        ("cpp", "float32"),
        pytest.param("cuda", "float64", marks=[pytest.mark.slow, pytest.mark.brian2cuda]),
        pytest.param("cuda", "float32", marks=[pytest.mark.slow, pytest.mark.brian2cuda]),
    ],
)
def test_whole_quotients_and_remainders_are_numpys_in_that_precision(engine, precision, emulator_throughout):
    """Brian2 floors a quotient that may have been rounded up to the next whole number: in C++, and in derivatives.

    One step of Euler, as long as the time constant, takes v to the derivative's ``u // w``.
    """
    model = sn.NeuronModel(
        name="divider",
        equations="dv/dt = (u // w - v)/ms : 1\nq = u // w - 2*v + 1000*k : 1\nk = u % w : 1\nu : 1\nw : 1",
        ports=("u", "w"),
        outputs=("q",),
        method="euler",
        dt="1 ms",
    )
    u = np.array([[0.3, 0.7, 0.9, -0.3, -0.35, 1e4, 0.6, -7, 7, 0.0, 5.5]])
    w = np.array([[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 2, -2, 0.3, 0.5]])
    single, double = u.astype(precision), w.astype(precision)
    wanted = single // double - 2 * (single // double) + np.array(1000, precision) * (single % double)
    if engine != "runtime":
        engine = {"cpp": sn.engines.Cpp, "cuda": sn.engines.Cuda}[engine](precision=precision)
    settings = {"engine": engine}
    found = sn.simulate(model, {"u": u, "w": w}, duration="1 ms", record="final", **settings).final
    np.testing.assert_allclose(found, wanted, rtol=1e-6 if precision == "float32" else 1e-12)


def test_variables_may_have_names_of_functions_in_python_and_c():
    """Steady state: max**2 + fabs; those with a meaning in equations are refused when the model is made."""
    model = sn.NeuronModel(
        name="named",
        equations="dv/dt = (max**2 + fabs + arccos(1) - v)/ms : 1\nfabs : 1\nvector = acos : 1\nacos = v**2.5 : 1",
        ports=("fabs",),
        outputs=("vector",),
        parameters={"max": 0.5, "pow": 2.0},
        method="rk4",
        dt="0.1 ms",
        threshold="v > 10*pow**2",
        reset="v = pow**3",
    )
    for engine in ("runtime", "cpp"):
        found = sn.simulate(model, [[0.75, 2.0]], duration="40 ms", record="final", engine=engine).final
        np.testing.assert_allclose(found, [[1, 2.25**2.5]], rtol=1e-9)
