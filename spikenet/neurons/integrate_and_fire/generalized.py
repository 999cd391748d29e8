"""The generalized integrate-and-fire neuron (GIF), which resonates."""

from spikenet.neurons.model import NeuronModel

GIF = NeuronModel(
    name="gif",
    equations="""
        dv/dt = (-g_leak*v - g_slow*w + i_in) / capacitance : volt
        dw/dt = (v - w) / tau_slow : volt
        i_in : amp
    """,
    outputs=("v", "w"),
    threshold="v > v_threshold",
    reset="v = v_reset",
    parameters={
        "capacitance": "0.5 nF",
        "g_leak": "25 nS",
        "g_slow": "25 nS",
        "tau_slow": "100 ms",
        "v_threshold": "20 mV",
        "v_reset": "14 mV",
    },
    initial={"v": "0 mV", "w": "0 mV"},
    method="rk4",
    dt=1e-4,
    sample_dt=1e-3,
    reference="Richardson, Brunel and Hakim (2003), J. Neurophysiol. 89:2538",
    description="""
        Generalized integrate-and-fire neuron (GIF): a leaky membrane with a slow conductance, which makes it resonate.

        It is the GIF of Richardson, Brunel and Hakim (2003), not that of Mihalas and Niebur (2009). The slow variable w
        follows v and pulls it back, so that the membrane answers best to a current of a few hertz: its impedance is
        1/|g_leak + i omega capacitance + g_slow/(1 + i omega tau_slow)|. A spike resets v and leaves w as it is.
        Potentials are relative to rest.
    """,
    symbols={
        "capacitance": "membrane capacitance",
        "g_leak": "leak conductance",
        "g_slow": "conductance of the slow current, such as I_h",
        "tau_slow": "time constant of the slow current",
        "v_threshold": "potential at which the neuron spikes",
        "v_reset": "potential after a spike",
        "v": "membrane potential, relative to rest",
        "w": "slow variable, in volt",
        "i_in": "input current",
    },
)
