"""A model of a Brian2 group does what the group does."""

import brian2
import numpy as np
import pytest
from brian2 import Hz, ms, mV, nA

import spikenet as sn
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons import NeuronModel
from spikenet.neurons.from_brian import equation_text

LEAKY = """
    dV/dt = (E_L - V + R*I) / tau : volt (unless refractory)
    I : amp
    R : ohm (constant)
    E_L : volt (shared)
"""


def leaky_group() -> brian2.NeuronGroup:
    settings = {"threshold": "V > V_T", "reset": "V = E_L", "refractory": 3 * ms, "method": "exact", "dt": 0.1 * ms}
    group = brian2.NeuronGroup(3, LEAKY, namespace={"V_T": -50 * mV}, **settings)
    group.V, group.R, group.E_L = [-70, -65, -60] * mV, 100 * brian2.Mohm, -70 * mV
    return group


def test_a_model_spikes_like_the_group_it_was_made_of():
    group, tau = leaky_group(), 10 * ms  # tau is found around the call, as Brian2 does
    model = NeuronModel.from_brian(group)
    assert (model.ports, model.outputs, model.method, model.dt) == (("I",), ("V",), "exact", 1e-4)
    assert {name: value.value for name, value in model.parameters.items()} == {"E_L": -0.07, "V_T": -0.05, "tau": 0.01}
    assert model.initial["V"].tolist() == [-0.07, -0.065, -0.06] and model.initial["R"] == 1e8
    currents = [[0.3, 0.25, 0.1]] * nA
    found = sn.simulate(model, currents, duration="50 ms", record=("count", "final"), engine="runtime")
    monitor = brian2.SpikeMonitor(group)
    group.I = currents[0]
    brian2.Network(group, monitor).run(50 * ms, namespace={"tau": tau})
    assert found.count[0].tolist() == monitor.count[:].tolist() and monitor.count[0] > 2
    np.testing.assert_allclose(found.final[0], group.V_[:], rtol=1e-12)


def test_a_model_of_equations_takes_the_rest_by_name():
    equations = brian2.Equations("dv/dt = (i_in - v)/tau + rate*v : 1\ni_in : 1\nn : integer")
    model = NeuronModel.from_brian(equations, name="m", parameters={"rate": 2 * Hz}, namespace={"tau": 5 * ms, "n": 3})
    assert {name: str(value) for name, value in model.parameters.items()} == {"rate": "2 Hz", "tau": "5 ms"}
    assert model.variables.keys() == {"v", "i_in", "n"} and model.ports == ("i_in",)


def test_equations_of_brian2_are_equations_of_a_model():
    text = LEAKY.replace(" (shared)", "")
    rest = {"name": "m", "outputs": "V", "ports": "I", "parameters": {"tau": "1 ms"}}
    written, given = NeuronModel(equations=text, **rest), NeuronModel(equations=brian2.Equations(text), **rest)
    assert given.definitions.keys() == written.definitions.keys()
    for name, one in given.definitions.items():
        other = written.definitions[name]
        assert (one.kind, one.dimensions, one.flags) == (other.kind, other.dimensions, other.flags)


@pytest.mark.parametrize("line", ["w : boolean", "k = v*second : second", "g : siemens/meter**2 (constant)"])
def test_units_and_flags_are_written_as_brian2_reads_them(line):
    before = brian2.Equations(f"dv/dt = -v/second : 1\n{line}")
    again = brian2.Equations(equation_text(before))
    for name, one in before.items():
        assert (one.dim, one.var_type, one.type, one.flags) == (
            again[name].dim,
            again[name].var_type,
            again[name].type,
            again[name].flags,
        )


def test_what_is_no_group_and_what_has_no_input_is_refused():
    with pytest.raises(InvalidTypeError, match="source is int, wanted a NeuronGroup, Equations or a text"):
        NeuronModel.from_brian(3)
    with pytest.raises(InvalidValueError, match="no variable that is set from outside; write a line such as"):
        NeuronModel.from_brian("dv/dt = -v/(10*ms) : 1")
    group = brian2.NeuronGroup(1, "dv/dt = u/ms : 1\nu : 1", events={"high": "v > 0.5"}, method="euler")
    with pytest.raises(InvalidValueError, match="has the events high; a model has spikes only"):
        NeuronModel.from_brian(group)


def test_code_that_runs_regularly_is_refused():
    group = brian2.NeuronGroup(1, "dv/dt = (u - v)/ms : 1\nu : 1", method="euler")
    group.run_regularly("v *= 0.5", dt=1 * ms)
    with pytest.raises(InvalidValueError, match="code of run_regularly or run_on_event .* with sn.device"):
        NeuronModel.from_brian(group)


def test_what_a_group_sets_for_each_neuron_is_kept():
    equations = "dv/dt = (u - v)/tau : 1\nu : 1\ntau : second"
    group = brian2.NeuronGroup(2, equations, method="euler", dt=0.1 * ms)
    group.tau = [5, 10] * ms
    model = NeuronModel.from_brian(group)
    assert model.ports == ("u",) and model.initial["tau"].tolist() == [0.005, 0.01]
    assert NeuronModel.from_brian(group, ports=("u", "tau")).ports == ("u", "tau")
    group.u = 1
    with pytest.raises(InvalidValueError, match=r"the group sets all of .*; give ports=\(...\), those"):
        NeuronModel.from_brian(group)
