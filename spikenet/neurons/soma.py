"""Somata: where the potentials of several dendrites, and spikes that reach the soma itself, add up to spikes.

In residual networks the potentials of two membranes are added, or a potential and what other neurons release, and
with BatchNorm potentials are scaled, before a neuron releases. Each membrane is then a dendrite, which hands its
potential on, and the soma does what is left: it gathers the sum and sends it on as spikes.
"""

from dataclasses import replace

from spikenet.neurons.model import NeuronModel

# A soma sends one spike a step at most. One that arrives beside a dendrite above rest makes more: of that it keeps up
# to three spikes for later, which is enough for the mean. Below zero it owes no more than one, as SpikingCWA does.
_EQUATIONS = """
    drelease/dt = clip(f_max*dt*u, -1 - release, 4 - release) / dt : 1
    z = u : 1
    p = clip(u, 0, 1) : 1
    u : 1
"""
_SOMA = {
    "equations": _EQUATIONS,
    "outputs": ("z", "p", "release"),
    "ports": ("u",),
    "parameters": {"f_max": "1000 Hz"},
    "initial": {"release": 0.0},
    "reset": "release -= 1",
    "peak_rate": "f_max",
    "method": "euler",
    "dt": 1e-3,
    "sample_dt": 1e-3,
    "reference": "Learning difficult perceptual tasks with Hodgkin-Huxley networks, sections 2.3 and 4.2",
}

SpikingSoma = NeuronModel(name="spiking_soma", threshold="release > 1 - 1e-6", **_SOMA)
StochasticSoma = NeuronModel(name="stochastic_soma", threshold="rand() < release", **_SOMA)


def soma_of(neuron: NeuronModel) -> NeuronModel:
    """The soma for dendrites of this spiking neuron: by chance if it is, as fast, and as near to its first spike."""
    soma = (StochasticSoma if neuron.noisy else SpikingSoma).with_parameters(f_max=neuron.parameters["f_max"].value)
    return soma.with_initial(release=neuron.initial["release"]) if "release" in neuron.initial else soma


def dendrite_of(neuron: NeuronModel) -> NeuronModel:
    """The membrane and synapses of a spiking neuron, which sends no spikes itself."""
    return replace(neuron, name=f"{neuron.name}_dendrite", threshold=None, reset=None, refractory=None, peak_rate=None)
