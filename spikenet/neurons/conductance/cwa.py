"""The membrane with conductance-weighted averaging (CWA).

Ohmic channels pull the membrane potential to the average of their reversal potentials, weighted by conductances.
Brian2's exponential Euler is exact for this membrane over any step in which the conductances stay as they are, and a
drive is such a staircase: values at the ends of steps do not depend on ``dt``. Explicit methods need a short ``dt``;
Euler's is unstable beyond twice `time_constant`. A drive that samples a smooth signal has an error of first order in
its interval if it takes the signal at the interval's start, and of second order if it takes it halfway.
"""

from spikenet.neurons.model import NeuronModel

CONDUCTANCE_PORTS = ("g_exc", "g_inh")
MEMBRANE_PARAMETERS = {
    "capacitance": "200 pF",
    "g_rest": "10 nS",
    "e_rest": "-56 mV",  # a scaled valence of -0.4, the paper's
    "e_exc": "0 mV",
    "e_inh": "-80 mV",
}
MEMBRANE_SYMBOLS = {
    "capacitance": "membrane capacitance",
    "g_rest": "conductance of the channels at rest",
    "e_rest": "reversal potential of the channels at rest",
    "e_exc": "reversal potential of the excitatory channels",
    "e_inh": "reversal potential of the inhibitory channels",
    "v": "membrane potential",
    "z": "scaled valence: v from -1 at e_inh to 1 at e_exc",
    "p": "release probability: z where it is positive, else 0",
    "g_exc": "excitatory conductance, zero or more",
    "g_inh": "inhibitory conductance, zero or more",
}
VALENCE_EQUATIONS = """
    z = 2*(v - e_inh)/(e_exc - e_inh) - 1 : 1
    p = (z + abs(z))/2 : 1
    g_exc : siemens
    g_inh : siemens
"""
PAPER = "Learning difficult perceptual tasks with Hodgkin-Huxley networks, sections 2.1 and 2.3"

CWA = NeuronModel(
    name="cwa",
    equations="dv/dt = (g_rest*(e_rest - v) + g_exc*(e_exc - v) + g_inh*(e_inh - v)) / capacitance : volt"
    + VALENCE_EQUATIONS,
    outputs=("v", "z", "p"),
    ports=CONDUCTANCE_PORTS,
    nonnegative=CONDUCTANCE_PORTS,
    parameters=MEMBRANE_PARAMETERS,
    starts_at={"v": "e_rest"},
    method="exponential_euler",
    dt=1e-3,
    sample_dt=1e-3,
    fastest_rate="(g_rest + g_exc + g_inh) / capacitance",
    reference=PAPER,
    description="""
        Membrane with conductance-weighted averaging (CWA): inputs are conductances, and the potential is their average.

        Each input opens excitatory or inhibitory channels. The membrane potential v comes to rest at the average of the
        reversal potentials, weighted by the conductances, within a few time constants capacitance/(g_rest + g_exc +
        g_inh). It starts at e_rest. There are no spikes: p stands for the rate of those that `SpikingCWA` emits.
    """,
    symbols=MEMBRANE_SYMBOLS,
)
