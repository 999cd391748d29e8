"""What holds for every synapse of SYNAPSES: the same spikes and weights on each device. A new one needs a line in the
table, and a weight in `WEIGHTS` if it delivers something else than a jump of the voltage."""

from types import SimpleNamespace

import brian2
import numpy as np
import pytest
from brian2 import Network, SpikeGeneratorGroup, SpikeMonitor, ms

import spikenet as sn
from spikenet.synapses import SYNAPSES, normalise
from tests.conftest import CUDA

pytestmark = pytest.mark.slow  # 20 networks in one; tests/synapses shows the same of each by itself, in process

N_PRE, N_POST, DURATION = 20, 5, 100  # ms
MATRIX = np.linspace(0.1, 0.9, N_PRE * N_POST).reshape(N_PRE, N_POST)
WEIGHTS = {"current": "0.2 nA", "conductance": "5 nS"}  # by the last word of the name
DELAYED = ("stdp", "short_term_plasticity", "diehl_cook_triplet")  # with traces in each synapse, too
DELAYS = {"one delay": "1 ms", "delays that differ": np.where(MATRIX > 0.5, 1e-3, 2e-3)}


def everything() -> SimpleNamespace:
    """Every synapse of the table, some with both kinds of delays, each onto neurons of its own, in one network.

    Plain Brian2 objects, as a user's script makes them.
    """
    rng = np.random.default_rng(1)
    steps = np.sort(rng.choice(10 * DURATION, 300, replace=False))
    pre = SpikeGeneratorGroup(N_PRE, rng.integers(0, N_PRE, 300), steps * 0.1 * ms, name="input")
    objects, spikes, synapses = [pre], {}, {}
    for name, model in SYNAPSES.items():
        for k, (kind, delay) in enumerate(DELAYS.items()):
            if k and name not in DELAYED:
                continue
            chosen = model(weight=WEIGHTS.get(name.rpartition("_")[2], "3 mV"))
            neuron = sn.LIF.with_synapses(chosen) if chosen.receptor else sn.LIF
            post = neuron.neuron_group(N_POST, name=f"post_{name}_{k}")
            post.v = np.linspace(-70, -55, N_POST) * brian2.mV
            post.i_in = 0.25 * brian2.nA
            synapses[name, kind] = chosen.connect(pre, post, weights=MATRIX, delay=delay, name=f"{name}_{k}")
            spikes[name, kind] = SpikeMonitor(post, name=f"spikes_{name}_{k}")
            objects += [post, synapses[name, kind], spikes[name, kind]]
    normalise(synapses["stdp", "one delay"], 9.0, every=20 * ms)
    Network(*objects).run(DURATION * ms)
    return SimpleNamespace(spikes=spikes, synapses=synapses)


@pytest.fixture(scope="module")
def oracle() -> dict[tuple[str, str], SimpleNamespace]:
    """What plain Brian2 gives in process, on NumPy."""
    kept, brian2.prefs.codegen.target = brian2.prefs.codegen.target, "numpy"
    try:
        return results(everything())
    finally:
        brian2.prefs.codegen.target = kept


def results(network: SimpleNamespace) -> dict[tuple[str, str], SimpleNamespace]:
    return {
        key: SimpleNamespace(
            spikes=sorted(zip(np.array(one.i), np.round(one.t / ms, 6), strict=True)),
            weights=np.array(network.synapses[key].w[:]),
        )
        for key, one in network.spikes.items()
    }


@pytest.mark.parametrize("device", ["cpp", CUDA])
def test_devices_agree_spike_for_spike_and_weight_for_weight(device, oracle, emulator, monkeypatch):
    """The weights to 1e-9: sums in another order, multiplied by later ones. Minutes to compile."""
    monkeypatch.setenv("CUDASHIM_OPTIMISE", "-O0")
    with sn.device(device, seed=1):
        network = everything()
    found = results(network)
    assert found.keys() == oracle.keys()
    for key, one in found.items():
        assert len(oracle[key].spikes) > 20, key
        assert one.spikes == oracle[key].spikes, key
        np.testing.assert_allclose(one.weights, oracle[key].weights, rtol=0, atol=1e-9, err_msg=str(key))


def test_every_synapse_makes_neurons_spike(oracle):
    assert {name for name, _ in oracle} == set(SYNAPSES)
    assert min(len(one.spikes) for one in oracle.values()) > 20


def test_every_rule_changes_weights_within_their_bounds(oracle):
    for (name, kind), one in oracle.items():
        low, high = SYNAPSES[name].weight_range
        assert low <= one.weights.min() and one.weights.max() <= high, name
        learns = bool(SYNAPSES[name].plasticity) and not any(rule.scale for rule in SYNAPSES[name].plasticity)
        assert (not np.allclose(one.weights, MATRIX.ravel())) == learns, (name, kind)
