"""Conductance neurons that spike: synapses, then a membrane with conductance-weighted averaging (CWA), then spikes.

The steps of the membrane and the synapses are written out as equations, because a release with a lower bound is beyond
Brian2's exponential Euler. Euler's method on these equations does an exponential step of the synapses, then one of the
membrane with the new synapses, then one of the release, all within one time step. A spike that arrives in a step can
therefore be answered in the same step, also where a step is as long as the synaptic time constant.
"""

from spikenet.neurons.conductance.cwa import (
    CONDUCTANCE_PORTS,
    MEMBRANE_PARAMETERS,
    MEMBRANE_SYMBOLS,
    PAPER,
    VALENCE_EQUATIONS,
)
from spikenet.neurons.model import NeuronModel

# The ports are the conductances that arriving spikes ask for during a step; the synapses pass on the same mean.
_SYNAPSES_AND_MEMBRANE = """
    ds_exc/dt = (s_exc_next - s_exc) / dt : siemens
    ds_inh/dt = (s_inh_next - s_inh) / dt : siemens
    dv/dt = (v_next - v) / dt : volt
    s_exc_next = g_exc + (s_exc - g_exc)*exp(-dt/tau_syn) : siemens
    s_inh_next = g_inh + (s_inh - g_inh)*exp(-dt/tau_syn) : siemens
    g_next = g_rest + s_exc_next + s_inh_next : siemens
    v_aim = (g_rest*e_rest + s_exc_next*e_exc + s_inh_next*e_inh) / g_next : volt
    v_next = v_aim + (v - v_aim)*exp(-dt*g_next/capacitance) : volt
"""
_SYMBOLS = {
    **MEMBRANE_SYMBOLS,
    "tau_syn": "time constant of the synapses",
    "f_max": "largest firing rate, reached at p = 1",
    "s_exc": "conductance of the excitatory synapses",
    "s_inh": "conductance of the inhibitory synapses",
    "g_exc": "excitatory conductance that the spikes of a step bring, zero or more",
    "g_inh": "inhibitory conductance that the spikes of a step bring, zero or more",
}
_SHARED_FIELDS = {
    "ports": CONDUCTANCE_PORTS,
    "nonnegative": CONDUCTANCE_PORTS,
    "parameters": {**MEMBRANE_PARAMETERS, "tau_syn": "1 ms", "f_max": "1000 Hz"},
    "starts_at": {"v": "e_rest"},
    "peak_rate": "f_max",
    "method": "euler",
    "dt": 1e-3,
    "sample_dt": 1e-3,
    "reference": PAPER,
}

SpikingCWA = NeuronModel(
    name="spiking_cwa",
    # The release adds up z, also where z is negative, but not below minus one spike.
    equations=_SYNAPSES_AND_MEMBRANE
    + """
    drelease/dt = clip(f_max*dt*z_next, -1 - release, f_max*dt) / dt : 1
    z_next = 2*(v_next - e_inh)/(e_exc - e_inh) - 1 : 1"""
    + VALENCE_EQUATIONS,
    outputs=("v", "z", "p", "release", "s_exc", "s_inh"),
    threshold="release > 1 - 1e-6",  # ten tenths are less than 1 by rounding; the reset subtracts the difference again
    reset="release -= 1",
    initial={"s_exc": 0.0, "s_inh": 0.0, "release": 0.0},
    description="""
        Spiking neuron with conductance-weighted averaging (CWA), exponential synapses and evenly spaced spikes.

        Synapses with the time constant tau_syn smooth the conductances, the membrane averages the reversal potentials
        as in `CWA`, and release adds up f_max*z over time. Where release reaches 1 the neuron spikes and 1 is
        subtracted, so that the rate is f_max*p and no input is lost. Euler's method on these equations is an
        exponential step of the synapses and the membrane.
    """,
    symbols={**_SYMBOLS, "release": "spikes that have not been emitted yet, at least -1"},
    **_SHARED_FIELDS,
)

StochasticCWA = NeuronModel(
    name="stochastic_cwa",
    equations=_SYNAPSES_AND_MEMBRANE.rstrip() + VALENCE_EQUATIONS,
    outputs=("v", "z", "p", "s_exc", "s_inh"),
    threshold="rand() < p*f_max*dt",
    initial={"s_exc": 0.0, "s_inh": 0.0},
    description="""
        Spiking neuron with conductance-weighted averaging (CWA), exponential synapses and random spikes.

        Synapses and membrane are those of `SpikingCWA`. In each time step the neuron spikes with the probability
        p*f_max*dt, so that its rate is f_max*p. Spikes depend on the seed.
    """,
    symbols=_SYMBOLS,
    **_SHARED_FIELDS,
)
