"""Plain Brian2 synapses, whose traces are kept by neuron and give what traces by synapse give."""

import brian2
import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses, ms, mV

import spikenet as sn
from spikenet.synapses import STDP, SYNAPSES, ExponentialCurrent, VoltageJump
from spikenet.synapses.connection import names_in_synapses
from tests.synapses.conftest import spikes_at

N_PRE, N_POST, DURATION = 20, 5, 100
PLASTIC = [name for name, model in SYNAPSES.items() if model.plasticity]


def busy_input(seed=1) -> SpikeGeneratorGroup:
    rng = np.random.default_rng(seed)
    steps = np.sort(rng.choice(10 * DURATION, 300, replace=False))
    return SpikeGeneratorGroup(N_PRE, rng.integers(0, N_PRE, 300), steps * 0.1 * ms)


def firing(model, **settings) -> tuple[Synapses, SpikeMonitor, Network]:
    pre, post = busy_input(), sn.LIF.neuron_group(N_POST)
    post.v = np.linspace(-70, -55, N_POST) * mV
    post.i_in = 0.25 * brian2.nA
    matrix = np.linspace(0.1, 0.9, N_PRE * N_POST).reshape(N_PRE, N_POST)
    synapses = model.connect(pre, post, weights=matrix, **settings)
    spikes = SpikeMonitor(post)
    return synapses, spikes, Network(pre, post, synapses, spikes)


@pytest.mark.parametrize("name", PLASTIC)
def test_traces_of_neurons_give_what_traces_of_synapses_give(name):
    """An array of equal delays puts them into each synapse, to be solved from event to event."""
    one, spikes, network = firing(SYNAPSES[name](weight="3 mV"), delay="1 ms")
    network.run(DURATION * ms)
    each, others, network = firing(SYNAPSES[name](weight="3 mV"), delay=np.full((N_PRE, N_POST), 1e-3))
    network.run(DURATION * ms)
    assert spikes.num_spikes > 20
    np.testing.assert_array_equal(spikes.t, others.t)
    np.testing.assert_allclose(one.w[:], each.w[:], rtol=1e-12)
    assert "short_term" in name or not np.allclose(one.w[:], np.linspace(0.1, 0.9, N_PRE * N_POST))


def test_plain_brian2_says_the_same_of_stdp():
    """Traces in each synapse, as in Brian2's manual, but raised when all have read them."""
    ours, spikes, network = firing(STDP(weight="3 mV"))
    network.run(DURATION * ms)
    pre, post = busy_input(), sn.LIF.neuron_group(N_POST)
    post.v, post.i_in = np.linspace(-70, -55, N_POST) * mV, 0.25 * brian2.nA
    synapses = Synapses(
        pre,
        post,
        "w : 1\ndapre/dt = -apre/(20*ms) : 1 (event-driven)\ndapost/dt = -apost/(20*ms) : 1 (event-driven)",
        on_pre={"pre": "v_post += w*3*mV\nw = clip(w - 0.0105*apost, 0, 1)", "pre_trace": "apre += 1"},
        on_post={"post": "w = clip(w + 0.01*apre, 0, 1)", "post_trace": "apost += 1"},
    )
    synapses.pre_trace.order = synapses.post_trace.order = 2
    synapses.connect()
    synapses.w = np.linspace(0.1, 0.9, N_PRE * N_POST)
    others = SpikeMonitor(post)
    Network(pre, post, synapses, others).run(DURATION * ms)
    np.testing.assert_array_equal(spikes.t, others.t)
    np.testing.assert_allclose(ours.w[:], synapses.w[:], rtol=1e-12)


def test_synapses_are_plain_and_bring_their_traces_along():
    synapses, _, network = firing(STDP)
    assert type(synapses) is Synapses
    names = [one.name for one in synapses.contained_objects if isinstance(one, Synapses)]
    assert names == [f"{synapses.name}_pre_traces", f"{synapses.name}_post_traces"]
    network.run(1 * ms)
    assert synapses.spike_trace_pre[:].shape == (N_PRE * N_POST,)
    assert synapses.tau_plus[:] == 20 * ms


def test_a_changed_parameter_of_synapses_changes_their_traces():
    synapses, _, network = firing(STDP)
    synapses.tau_plus = 1e-9 * ms
    network.run(DURATION * ms)
    assert np.max(synapses.spike_trace_pre) <= 1


def test_a_w_of_the_neurons_makes_the_weight_w_syn():
    adaptive = sn.AdEx.neuron_group(2)
    assert names_in_synapses(STDP, adaptive, adaptive)["w"] == "w_syn"
    synapses = STDP.connect(adaptive, adaptive, "i != j")
    np.testing.assert_array_equal(synapses.w_syn[:], [0.5, 0.5])
    Network(adaptive, synapses).run(1 * ms)


def test_neurons_may_have_variables_with_the_names_of_parameters():
    """The neuron's own tau_plus is another one; the trace decays with that of the rule."""
    pre = NeuronGroup(1, "tau_plus : second\nv : volt", threshold="t < dt/2")
    pre.tau_plus = 1 * ms
    synapses = STDP.connect(pre, pre)
    Network(pre, synapses).run(10.1 * ms)
    assert synapses.tau_plus_syn == 20 * ms
    assert synapses.spike_trace_pre[0] == pytest.approx(np.exp(-10 / 20))


def test_parts_of_groups_are_connected_by_their_own_numbers():
    """Neuron 3 spikes: it is number 1 of the part, and its trace number 3."""
    group = NeuronGroup(6, "v : volt", threshold="i == 3")
    synapses = STDP.connect(group[2:5], group[3:], weights="0.1*(i + 1) + 0.01*j")
    Network(group, synapses).run(0.1 * ms)
    np.testing.assert_allclose(synapses.w[1, :], [0.2, 0.21, 0.22])
    assert synapses.spike_trace_pre[1, 0] == 1 and synapses.spike_trace_pre[0, 0] == 0


def test_synapses_on_a_clock_of_their_own_do_not_slow_the_network_down():
    pre, post = spikes_at([1], dt=0.5), sn.LIF.neuron_group(2, dt=0.5 * ms)
    network = Network(pre, post, synapses := STDP.connect(pre, post))
    network.run(1 * ms)
    assert {float(one.clock.dt_) for one in network.sorted_objects} == {0.5e-3}
    assert len(synapses) == 2


def test_a_delay_moves_what_is_delivered():
    pre, post = spikes_at([1]), ExponentialCurrent.into(sn.LIF).neuron_group(1)
    synapses = ExponentialCurrent.connect(pre, post, delay="3 ms")
    network = Network(pre, post, synapses)
    network.run(4 * ms)
    assert post.i_syn_[0] == 0
    network.run(0.1 * ms)
    assert post.i_syn_[0] == pytest.approx(1e-10)


def test_random_delays_and_weights_use_names_around_the_call():
    least = 2 * ms  # noqa: F841 (used in the expressions)
    pre, post = spikes_at([1], 3), sn.LIF.neuron_group(3)
    synapses = VoltageJump.connect(pre, post, "i != j", weights="least/ms + rand()", delay="least + rand()*ms")
    assert 2 <= np.min(synapses.w) and np.max(synapses.w) <= 3
    assert 2e-3 <= np.min(synapses.pre.delay) and np.max(synapses.pre.delay) <= 3e-3 and len(synapses) == 6


@pytest.fixture(autouse=True)
def quiet():
    brian2.BrianLogger.suppress_name("unused_brian_object")
