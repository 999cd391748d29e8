"""The assignments of a step, run with NumPy, against Brian2 itself."""

import ast
import gc
import logging
from dataclasses import replace
from functools import cache
from types import CodeType

import numpy as np
import pytest
from scipy.special import exprel

from spikenet.engines.simulate import simulate
from spikenet.errors import InvalidValueError
from spikenet.neurons import FHN, IF, LIF, HodgkinHuxley, Izhikevich, NeuronModel
from spikenet.neurons.equations.update import step_code, update_statements

FUNCTIONS = {name: getattr(np, name) for name in ("abs", "arctan", "clip", "cos", "exp", "floor", "sqrt", "where")} | {
    "int": np.trunc, "exprel": exprel, "timestep": lambda t, dt: int(t / dt + 1e-3), "__builtins__": {},
}  # fmt: skip
DRIVEN = {
    FHN: np.linspace(-1.2, 1.2, 5),
    LIF: np.linspace(0, 2e-9, 5),
    IF: np.linspace(0, 2e-9, 5),
    Izhikevich: np.linspace(-5, 40, 5),
    HodgkinHuxley: np.linspace(0, 0.6, 5),
}
# Everything an equation may hold: units, constants, a subexpression in the threshold and the reset, %, a condition.
CROWDED = NeuronModel(
    name="crowded",
    equations="""
        dv/dt = (pull - v)/(5*ms) + 0.1*w/ms : 1 (unless refractory)
        dw/dt = (cos(pi*v) - w + kind*int(v > 0.2 and not w < 0)) / tau : 1
        pull = 1.5*i_in*(1 + 0.1*sqrt(abs(w))) - 0.2*(w % 0.3) : 1
        kind : 1
        i_in : 1
    """,
    outputs=("v", "w", "pull"),
    threshold="v > 0.8 + 0.1*pull or (v > 0.7 and w < -0.2)",
    reset="v = 0.1*pull; w += 0.3*v",
    refractory="1.05*ms",
    parameters={"tau": "3 ms"},
    initial={"kind": 0.5, "w": 0.2},
    method="rk2",
    dt=1e-4,
)


def run(model, drive, steps: int):
    """(state, step, unit) before each step as Brian2 records it, and how often each neuron spiked."""
    code = step_code(model)
    values = {name: parameter.value for name, parameter in model.parameters.items()} | {"dt": model.dt}
    values |= {
        model.ports[0]: drive,
        "not_refractory": np.ones(len(drive)),
        "steps_since_spike": np.full(len(drive), 1e6),
    }
    values |= {
        name: np.zeros(len(drive)) + model.initial.get(name, 0.0)
        for name in (*model.states, *model.started_at_zero, *model.initial)
    }
    trace, count = [], 0
    for _ in range(steps):
        trace.append([values[name] for name in model.states])
        for line in code.update:
            values[line.name] = evaluated(line.expression, values)
        if code.threshold:
            spike = evaluated(code.threshold, values)
            count = count + spike
            values["not_refractory"] = np.where(spike, 0, values["not_refractory"])
            values["steps_since_spike"] = np.where(spike, 0, values["steps_since_spike"])
            for line in code.reset:
                values[line.name] = np.where(spike, evaluated(line.expression, values), values[line.name])
    return np.moveaxis(trace, 1, 0), count


def evaluated(expression: str, values) -> np.ndarray:
    logic = {name: getattr(np, name) for name in ("logical_and", "logical_or", "logical_not")}
    return eval(elementwise(expression), FUNCTIONS | logic, values) * 1.0


@cache
def elementwise(expression: str) -> CodeType:
    """For arrays: NumPy's ``and``, ``or`` and ``not`` are &, | and ~, whose precedence wants brackets."""

    class Elementwise(ast.NodeTransformer):
        def visit_BoolOp(self, node):
            self.generic_visit(node)
            name = "logical_and" if isinstance(node.op, ast.And) else "logical_or"
            first, *rest = node.values
            for other in rest:
                first = ast.Call(ast.Name(name, ast.Load()), [first, other], [])
            return first

        def visit_UnaryOp(self, node):
            self.generic_visit(node)
            negated = isinstance(node.op, ast.Not)
            return ast.Call(ast.Name("logical_not", ast.Load()), [node.operand], []) if negated else node

    tree = ast.fix_missing_locations(Elementwise().visit(ast.parse(expression, mode="eval")))
    return compile(tree, "expression", "eval")


@pytest.mark.parametrize(
    ("model", "method"),
    [(FHN, "euler"), (FHN, "rk2"), (FHN, "rk4"), (LIF, "exact"), (LIF, "rk2"), (LIF, "exponential_euler"),
     (IF, "euler"), (Izhikevich, "euler"), (HodgkinHuxley, "exponential_euler"), (CROWDED, "rk2")],
    ids=lambda value: getattr(value, "name", value),
)  # fmt: skip
def test_the_assignments_are_the_step_of_brian2(model, method):
    """800 steps with spikes; the same operations in the same order but for powers and constants: rounding.

    Of the first state, which hangs on all others.
    """
    model, drive = replace(model, method=method), DRIVEN.get(model, np.linspace(0, 3, 5))
    with np.errstate(all="raise", under="ignore"):  # a division by int(not_refractory) would not do
        states, count = run(model, drive, 800)
    if model.spiking:
        assert 0 < count.max() < 100
    name, dt = model.outputs[0], model.dt
    trace = states[model.states.index(name)]
    brian = simulate(model, [drive], duration=800 * dt, sample_dt=dt, record="trace", variable=name, engine="runtime")
    np.testing.assert_allclose(trace, brian.trace[0], rtol=1e-9, atol=1e-9 * np.abs(trace).max())


def test_an_euler_step_reads_as_in_the_textbook():
    text = [str(line) for line in update_statements(replace(FHN, method="euler"))]
    assert text[1:] == ["_y = dt * (a + i_in + x) / tau + y", "x = _x", "y = _y"]


def test_a_reset_comes_in_the_order_of_its_statements():
    assert [str(line) for line in step_code(Izhikevich).reset] == ["v = c", "u = u + d"]
    assert step_code(Izhikevich).threshold == "v >= v_peak"
    assert str(step_code(Izhikevich)).splitlines()[-3:] == [
        "spike = v >= v_peak",
        "where spike: v = c",
        "where spike: u = u + d",
    ]


def test_subexpressions_come_in_their_own_right():
    code = step_code(CROWDED)
    assert set(code.subexpressions) == {"pull"}
    assert not any("pull" in line.expression for line in (*code.update, *code.reset))
    assert code.threshold.count("i_in") == 1
    assert step_code(FHN).subexpressions == {}


def test_reading_a_model_warns_of_nothing(caplog):
    step_code(LIF)
    gc.collect()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"equations": "dv/dt = -v/tau_mem + i_in*xi*ohm/ms**0.5/kHz/ms : volt\ni_in : amp"}, "has noise in it"),
        ({"equations": "dv/dt = volt*sin(t/ms)/ms : volt\ni_in : amp", "method": "euler"}, "depends on the time t"),
        ({"equations": "dv/dt = -v*v/tau_mem/volt : volt\ni_in : amp"}, "exact cannot solve these equations"),
        ({"equations": "dv/dt = -v*lost/tau_mem : volt\ni_in : amp"}, "v uses 'lost', which nothing defines"),
        ({"equations": "dv/dt = -w/tau_mem : volt\nw = v : volt (constant over dt)\ni_in : amp"}, "constant over dt"),
        ({"reset": "v = lost"}, "reset uses 'lost', which nothing defines"),
        ({"reset": "v[0] = v_reset"}, r"cannot read 'v\[0\] = v_reset'"),
        ({"reset": "v = v_reset if v > v_rest else v"}, "it may use arithmetic"),
    ],
)  # fmt: skip
def test_what_is_no_step_of_arithmetic_is_refused(changes, words):
    with pytest.raises(InvalidValueError, match=words):
        step_code(replace(LIF, **changes))
