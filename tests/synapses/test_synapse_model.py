"""A synapse as data: what it says, and the models that others make of it."""

import pickle
from dataclasses import replace

import pytest

from spikenet.errors import InvalidValueError
from spikenet.synapses import STDP, SYNAPSES, BengioSTDP, Conductance, ShortTermPlasticity, VoltageJump
from spikenet.synapses.plasticity import Plasticity, Traces
from spikenet.synapses.synapse_checks import assigned, check_condition
from spikenet.synapses.synapse_documentation import document_synapse
from spikenet.synapses.synapse_model import SynapseModel


@pytest.mark.parametrize("name", SYNAPSES)
def test_a_model_of_the_table_is_complete(name):
    model = SYNAPSES[name]
    assert model.name == name
    assert model.reference and model.description
    assert set(model.symbols) >= set(model.parameters)
    assert pickle.loads(pickle.dumps(model)) == model
    assert hash(pickle.loads(pickle.dumps(model))) == hash(model)
    assert all(parameter in document_synapse(model) for parameter in model.parameters)
    assert model.__doc__ == document_synapse(model)


def test_a_changed_model_leaves_the_first_one_as_it_was():
    assert STDP(a_plus=0.5).parameters["a_plus"].value == 0.5
    assert STDP.parameters["a_plus"].value == 0.01
    assert STDP(a_plus=0.01) == STDP != STDP(a_plus=0.5)


def test_the_weight_may_have_any_unit_and_others_may_not():
    assert str(VoltageJump(weight="3 nS").parameters["weight"]) == "3 nS"
    assert str(VoltageJump(weight=3).parameters["weight"]) == "3"
    assert str(BengioSTDP(v_scale="2").parameters["v_scale"]) == "2"
    with pytest.raises(InvalidValueError, match="a_plus has the unit volt, wanted no unit"):
        STDP(a_plus="1 mV")


def test_a_named_receptor_has_names_of_its_own():
    model = Conductance.named("inh")
    assert model.on_pre == "g_inh_post += w*weight"
    assert set(model.parameters) == {"weight", "tau_inh", "e_inh"}
    assert "dg_inh/dt = -g_inh/tau_inh" in model.receptor
    with pytest.raises(InvalidValueError, match="tau_inh > 0"):
        model(tau_inh="0 ms")


def test_rules_are_added_to_what_a_synapse_delivers():
    model = Conductance.with_plasticity(ShortTermPlasticity, STDP(a_plus=0.02))
    delivered, learned = model.code_on_pre.splitlines()
    assert delivered.startswith("g_syn_post += (((facilitation_pre")
    assert learned.startswith("w = clip(w - a_minus*spike_trace_post")
    assert model.parameters["a_plus"].value == 0.02
    assert model.pre_traces.names == ("resources", "facilitation", "spike_trace")
    assert model.weight_range == (0, 1) and model.initial_weight == 0.5


def test_another_target_is_named_everywhere():
    model = VoltageJump.with_target("g_exc").with_delay("2 ms")
    assert (model.targets, model.on_pre, model.delay) == (("g_exc",), "g_exc_post += w*weight", 2e-3)


def test_conditions_compare_parameters_and_numbers():
    check_condition(VoltageJump, "weight > 0")
    check_condition(VoltageJump, "1 >= weight")
    with pytest.raises(InvalidValueError, match="voltage_jump: weight is 1 mV, wanted weight > 1"):
        check_condition(VoltageJump, "weight > 1")


def test_the_variables_that_statements_change_are_found():
    assert assigned("a = b == c; d += 1\n  e_post *= 2") == ["a", "d", "e_post"]


def test_traces_and_rules_are_values():
    traces = Traces("dx/dt = -x/tau : 1", "x += 1")
    assert pickle.loads(pickle.dumps(traces)) == traces
    assert (traces.names, traces.read) == (("x",), ("tau",))
    rule = Plasticity(pre=traces, parameters={"tau": "20 ms"})
    assert pickle.loads(pickle.dumps(rule)) == rule
    with pytest.raises(InvalidValueError, match="called x that differ"):
        traces + replace(traces, on_spike="x = 1")


def test_own_variables_of_synapses_and_event_driven_equations_are_kept():
    model = SynapseModel(
        name="slow", on_pre="w += u", equations="du/dt = -u/tau : 1 (event-driven)", parameters={"tau": 1}
    )
    assert set(model.variables) == {"w", "u"}
