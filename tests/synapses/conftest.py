"""Spikes at given times, and a quick plain Brian2 to run them in."""

import brian2
import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, ms

from spikenet.synapses import SynapseModel


@pytest.fixture(autouse=True)
def numpy_target():
    """Plain Brian2 would compile Cython for these few steps."""
    kept = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    yield
    brian2.prefs.codegen.target = kept


def spikes_at(times, n: int = 1, dt: float = 0.1) -> SpikeGeneratorGroup:
    """One neuron that spikes at these times in ms; or (neuron, time) pairs."""
    pairs = np.array([(0, time) if np.isscalar(time) else time for time in times]).reshape(-1, 2)
    return SpikeGeneratorGroup(n, pairs[:, 0].astype(int), pairs[:, 1] * ms, dt=dt * ms)


def relay(times, n: int = 1, dt: float = 0.1) -> NeuronGroup:
    """Neurons with a variable v for synapses to lift, which never makes them spike: they do at these times in ms."""
    pairs = [(0, time) if np.isscalar(time) else time for time in times]
    spike = " or ".join(f"(i == {i} and abs(t - {time}*ms) < dt/2)" for i, time in pairs) or "False"
    return NeuronGroup(n, "v : volt", threshold=spike, dt=dt * ms, name="relay*")


def weights_after(model: SynapseModel, pre, post, duration: float = 200.0, **settings) -> np.ndarray:
    """Return the weights after a time in ms, of a model that delivers nothing much."""
    synapses = model(weight="1 pV").connect(pre, post, **settings)
    Network(pre, post, synapses).run(duration * ms)
    return np.array(synapses.w[:])
