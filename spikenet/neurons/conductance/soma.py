"""Somata: neurons that add up the potentials of several dendrites, and spikes that reach the soma itself.

In residual networks the potentials of two membranes are added, or a potential and spikes of other neurons, and with
BatchNorm potentials are scaled before a neuron spikes. Each membrane is then a dendrite, which hands on its potential,
and the soma adds up these potentials and emits the spikes.
"""

from dataclasses import replace

from spikenet.neurons.conductance.cwa import PAPER
from spikenet.neurons.model import NeuronModel

# A soma emits at most one spike in a step. A spike that arrives beside a dendrite above rest makes more than that: the
# soma keeps up to three spikes for later, which is enough for the mean. Below zero it keeps one, as SpikingCWA does.
_EQUATIONS = """
    drelease/dt = clip(f_max*dt*u, -1 - release, 4 - release) / dt : 1
    z = u : 1
    p = clip(u, 0, 1) : 1
    u : 1
"""
_SHARED_FIELDS = {
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
    "reference": PAPER.replace("sections 2.1 and 2.3", "sections 2.3 and 4.2"),
    "symbols": {
        "f_max": "largest firing rate, reached at u = 1",
        "u": "sum of the dendrites' scaled potentials and of arriving spikes",
        "z": "the same sum",
        "p": "the sum, bounded to 0 to 1: the firing rate over f_max",
        "release": "spikes that have not been emitted yet, from -1 to 4",
    },
}

SpikingSoma = NeuronModel(
    name="spiking_soma",
    threshold="release > 1 - 1e-6",
    description="""
        Soma with evenly spaced spikes: adds up what its dendrites hand on.

        release adds up f_max*u over time. Where it reaches 1 the soma spikes and 1 is subtracted, so that the rate is
        f_max*u where u lies between 0 and 1.
    """,
    **_SHARED_FIELDS,
)
StochasticSoma = NeuronModel(
    name="stochastic_soma",
    threshold="rand() < release",
    description="""
        Soma with random spikes: adds up what its dendrites hand on.

        release adds up f_max*u over time. In each time step the soma spikes with the probability release, and 1 is
        subtracted after a spike, so that the rate is f_max*u where u lies between 0 and 1. Spikes depend on the seed.
    """,
    **_SHARED_FIELDS,
)


def soma_of(neuron: NeuronModel) -> NeuronModel:
    """Return the soma for dendrites of a spiking neuron: as fast, as random, and as near to its first spike."""
    soma = (StochasticSoma if neuron.noisy else SpikingSoma).with_parameters(f_max=neuron.parameters["f_max"].value)
    return soma.with_initial(release=neuron.initial["release"]) if "release" in neuron.initial else soma


def dendrite_of(neuron: NeuronModel) -> NeuronModel:
    """Return the synapses and the membrane of a spiking neuron, without its spikes."""
    return replace(neuron, name=f"{neuron.name}_dendrite", threshold=None, reset=None, refractory=None, peak_rate=None)
