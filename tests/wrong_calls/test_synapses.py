"""Wrong calls of synapse models: each a sentence before anything is compiled or simulated."""

from dataclasses import replace

import brian2
import numpy as np
import pytest
from brian2 import Hz, NeuronGroup, PoissonGroup, ms, mV, nS
from scipy.sparse import coo_matrix

import spikenet as sn
from spikenet.synapses import (
    STDP,
    AlphaCurrent,
    BengioSTDP,
    Conductance,
    DoubleExponentialConductance,
    ExponentialCurrent,
    Plasticity,
    ShortTermPlasticity,
    SynapseModel,
    Traces,
    VoltageJump,
    adaptive_threshold,
    normalise,
)
from tests.wrong_calls.calls import check_refused

GRADED = "dv/dt = -v/(10*ms) : volt"


def lif(n=4, **settings) -> NeuronGroup:
    return sn.LIF.neuron_group(n, **settings)


def connect(*pattern, model=STDP, pre=4, post=3, **settings):
    return model.connect(lif(pre), lif(post), *pattern, **settings)


def kick(**changes) -> SynapseModel:
    return SynapseModel(**{"name": "kick", "on_pre": "v_post += w*weight", "parameters": {"weight": "1 mV"}} | changes)


MODELS = {
    "a name with capitals": lambda: kick(name="Kick"),
    "a number as on_pre": lambda: kick(on_pre=3),
    "parameters that are no mapping": lambda: kick(parameters=[1]),
    "a parameter for each synapse": lambda: kick(parameters={"weight": [1 * mV, 2 * mV]}),
    "a parameter that is also a variable": lambda: kick(equations="weight : volt"),
    "a parameter named like a variable of a neuron": lambda: kick(parameters={"weight": "1 mV", "tau_pre": "1 ms"}),
    "code with a name that nothing defines": lambda: kick(on_pre="v_post += strength"),
    "code that changes a parameter": lambda: kick(on_pre="v_post += w*weight\nweight = 2*mV"),
    "code that cannot be read": lambda: kick(on_pre="v_post += (w"),
    "code that is no statement": lambda: kick(on_pre="if w: v_post += weight"),
    "another w": lambda: kick(equations="w : volt"),
    "a description that is no text": lambda: kick(symbols={"weight": 3}),
    "plasticity that is a number": lambda: kick(plasticity=3),
    "traces that are a number": lambda: Traces(3),
    "traces whose spikes are a number": lambda: Traces("dx/dt = -x/tau : 1", on_spike=3),
    "traces that start at a number": lambda: Traces("dx/dt = -x/tau : 1", initial=3),
    "a rule whose parameters are a number": lambda: Plasticity(parameters=3),
    "plasticity that is no rule": lambda: kick(plasticity=("w += 1",)),
    "a condition that cannot be read": lambda: kick(requires=("weight is large",)),
    "a condition on no parameter": lambda: kick(requires=("weights > 0",)),
    "a negative delay": lambda: kick(delay="-1 ms"),
    "a delay in volt": lambda: kick(delay="1 mV"),
    "an unknown parameter": lambda: STDP(a_puls=0.01),
    "a time constant in volt": lambda: STDP(tau_plus="20 mV"),
    "a time constant of zero": lambda: STDP(tau_plus="0 ms"),
    "a largest weight below the least": lambda: STDP(w_min=2.0),
    "a release above 1": lambda: ShortTermPlasticity(release=1.5),
    "a rise that is as slow as the decay": lambda: DoubleExponentialConductance(tau_rise_syn="5 ms"),
    "a negative conductance": lambda: Conductance(weight=-1 * nS),
    "traces that are formulas": lambda: Traces("x = 2*y : 1"),
    "traces that start with another name": lambda: Traces("dx/dt = -x/tau : 1", initial={"y": 1.0}),
    "a rule whose traces are text": lambda: Plasticity(pre="dx/dt = -x/tau : 1"),
    "a rule that changes a trace of a neuron": lambda: VoltageJump.with_plasticity(
        Plasticity(on_pre="x_pre += 1", pre=Traces("dx/dt = -x/(20*ms) : 1"))
    ),
    "two rules with other traces of one name": lambda: STDP.with_plasticity(
        Plasticity(pre=Traces("dspike_trace/dt = -spike_trace/(3*ms) : 1"))
    ),
    "two rules with a parameter of one name": lambda: STDP.with_plasticity(STDP),
    "plasticity of a synapse that has none": lambda: STDP.with_plasticity(VoltageJump),
    "a suffix with a blank": lambda: Conductance.named("my own"),
    "a target of number": lambda: VoltageJump.with_target(3),
    "a target of a synapse that changes nothing": lambda: replace(VoltageJump, on_pre="").with_target("g"),
}

NEURONS = {
    "a receptor for no neuron": lambda: Conductance.into("lif"),
    "no receptor": lambda: VoltageJump.into(sn.LIF),
    "a neuron without the port": lambda: Conductance.into(sn.WilsonCowan),
    "a port with another unit": lambda: ExponentialCurrent.into(sn.Izhikevich),
    "a conductance with the wrong unit": lambda: Conductance(weight="1 uS/cm**2").into(sn.LIF),
    "a neuron without the voltage": lambda: Conductance(weight="1", e_syn="1").into(sn.FHN),
    "the same receptor twice": lambda: sn.LIF.with_synapses(Conductance, AlphaCurrent),
    "homeostasis of no neuron": lambda: adaptive_threshold(lif(), "1 mV", "1 s"),
    "homeostasis without a threshold": lambda: adaptive_threshold(sn.FHN, "1 mV", "1 s"),
    "homeostasis in amp": lambda: adaptive_threshold(sn.LIF, "1 nA", "1 s"),
    "homeostasis without a time": lambda: adaptive_threshold(sn.LIF, "1 mV", "0 s"),
}

CONNECTIONS = {
    "a neuron model in place of neurons": lambda: STDP.connect(sn.LIF, lif()),
    "a number of neurons": lambda: STDP.connect(100, lif()),
    "synapses in place of neurons": lambda: STDP.connect(connect(), lif()),
    "presynaptic neurons without a threshold": lambda: STDP.connect(NeuronGroup(2, GRADED), lif()),
    "plasticity without a postsynaptic threshold": lambda: STDP.connect(lif(), NeuronGroup(2, GRADED)),
    "neurons without the target": lambda: VoltageJump.connect(lif(), PoissonGroup(2, 3 * Hz)),
    "neurons without the receptor": lambda: Conductance.connect(lif(), lif()),
    "a target without a unit": lambda: VoltageJump.connect(lif(), sn.QIF.neuron_group(2)),
    "a current to the voltage": lambda: connect(model=VoltageJump(weight="1 nA")),
    "a target that is worked out": lambda: (
        VoltageJump(weight="1").with_target("z").connect(lif(), sn.neurons.SpikingSoma.neuron_group(2))
    ),
    "a change of voltage in other units": lambda: connect(model=BengioSTDP(v_scale="1 nA")),
    "a trace with the name of a variable": lambda: VoltageJump.with_plasticity(
        Plasticity(on_post="w += v_pre", pre=Traces("dv/dt = -v/(20*ms) : 1"))
    ).connect(lif(), lif()),
    "neurons with other time steps": lambda: STDP.connect(lif(), lif(dt=0.5 * ms)),
    "a synapse that does nothing": lambda: connect(model=replace(VoltageJump, on_pre="")),
    "other equations": lambda: connect(on_pre="v_post += 1*mV"),
    "a name with capitals": lambda: connect(name="Synapses"),
    "an unknown pattern": lambda: connect("random"),
    "an empty pattern": lambda: connect(""),
    "a matrix as pattern": lambda: connect(np.ones((4, 3))),
    "one to one for other numbers": lambda: connect("one_to_one"),
    "indices of neurons that are not there": lambda: connect(([0, 4], [0, 1])),
    "negative indices": lambda: connect(([0, -1], [0, 1])),
    "indices that are no whole numbers": lambda: connect(([0.5], [1.0])),
    "indices of different lengths": lambda: connect(([0, 1], [0])),
    "a share above 1": lambda: connect(p=1.5),
    "a share of given indices": lambda: connect(([0], [0]), p=0.5),
    "a weight matrix that is transposed": lambda: connect(weights=np.ones((3, 4))),
    "a sparse matrix of another shape": lambda: connect(weights=coo_matrix(np.eye(3))),
    "a sparse matrix with a pattern": lambda: connect("i != j", weights=coo_matrix(np.ones((4, 3)))),
    "a matrix for a condition": lambda: connect("i != j", weights=np.ones((4, 3))),
    "weights that are not finite": lambda: connect(weights=np.full((4, 3), np.nan)),
    "weights for no indices": lambda: connect(weights=np.ones(12)),
    "too few weights for the indices": lambda: connect(([0, 1], [0, 1]), weights=[0.5]),
    "weights in another unit": lambda: connect(weights=3 * nS),
    "weights above the bound": lambda: connect(weights=1.5),
    "an expression with weights above the bound": lambda: connect(weights="1 + i"),
    "negative weights of a conductance": lambda: Conductance.connect(
        lif(), sn.LIF.with_synapses(Conductance).neuron_group(2), weights=-np.ones((4, 2))
    ),
    "an expression that cannot be read": lambda: connect(weights="0.1 +"),
    "an expression with an unknown name": lambda: connect("i < nothing"),
    "an expression for weights in volt": lambda: connect(weights="rand()*mV"),
    "an expression for delays without a unit": lambda: connect(delay="rand()"),
    "an unknown argument": lambda: connect(weight=3),
    "a delay below the time step": lambda: connect(delay=0.05 * ms),
    "a delay of no whole number of steps": lambda: connect(delay="1.25 ms"),
    "delays of no whole number of steps": lambda: connect(([0, 1], [0, 1]), delay=[1 * ms, 1.25 * ms]),
    "a delay that is negative": lambda: connect(delay=-1 * ms),
    "a delay in volts": lambda: connect(delay=1 * mV),
    "delays for no indices": lambda: connect(delay=np.ones(12) * ms),
    "a matrix of delays of another shape": lambda: connect(weights=np.ones((4, 3)), delay=np.ones((3, 4)) * ms),
    "a matrix of delays without one of weights": lambda: connect(delay=np.ones((4, 3)) * ms),
    "delays that differ for traces of a voltage": lambda: VoltageJump.with_plasticity(
        Plasticity(on_pre="w += slow_pre/mV", pre=Traces("dslow/dt = (v - slow)/(2*ms) : volt"))
    ).connect(lif(), lif(), delay="rand()*ms"),
    "normalising no synapses": lambda: normalise(lif(), 1.0),
    "normalising what is not there": lambda: normalise(connect(), 1.0, variable="weights"),
    "a total of zero": lambda: normalise(connect(), 0.0),
    "a total for each of other neurons": lambda: normalise(connect(), np.ones(4)),
    "normalising every half step": lambda: normalise(connect(), 1.0, every=0.05 * ms),
    "normalising at no interval": lambda: normalise(connect(), 1.0, every=0 * ms),
}


@pytest.fixture(autouse=True)
def nothing_is_compiled(monkeypatch):
    """A run or a compilation would be too late."""
    monkeypatch.setattr(brian2.Network, "run", lambda *_, **__: pytest.fail("a simulation was started"))
    brian2.BrianLogger.suppress_name("unused_brian_object")
    kept, brian2.prefs.codegen.target = brian2.prefs.codegen.target, "numpy"
    yield
    brian2.prefs.codegen.target = kept


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in MODELS.items()])
def test_a_wrong_model_is_refused_with_a_sentence(call):
    check_refused(call)


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in NEURONS.items()])
def test_a_neuron_that_does_not_fit_is_refused_with_a_sentence(call):
    check_refused(call)


@pytest.mark.parametrize("call", [pytest.param(call, id=name) for name, call in CONNECTIONS.items()])
def test_a_wrong_connection_is_refused_with_a_sentence(call):
    check_refused(call)
