"""Integrate-and-fire neurons: with a leak (LIF) and without (IF)."""

from spikenet.neurons.model import NeuronModel

LIF = NeuronModel(
    name="lif",
    equations="""
        dv/dt = (v_rest - v + resistance*i_in) / tau_mem : volt (unless refractory)
        i_in : amp
    """,
    outputs=("v",),
    threshold="v > v_threshold",
    reset="v = v_reset",
    refractory="tau_ref",
    parameters={
        "tau_mem": "20 ms",
        "tau_ref": "2 ms",
        "v_rest": "-70 mV",
        "v_reset": "-65 mV",
        "v_threshold": "-50 mV",
        "resistance": "100 Mohm",
    },
    initial={"v": "-70 mV"},
    method="exact",
    dt=1e-4,
    sample_dt=1e-3,
    reference="Gerstner et al. (2014), Neuronal Dynamics, section 1.3",
    description="""
        Leaky integrate-and-fire neuron (LIF): a membrane with a leak, a threshold and a reset.

        The membrane potential v relaxes to v_rest + resistance*i_in. Where v crosses the threshold the neuron spikes,
        v is reset and stays at v_reset for the refractory time. Currents below (v_threshold - v_rest)/resistance
        evoke no spikes.
    """,
    symbols={
        "tau_mem": "membrane time constant",
        "tau_ref": "refractory time after a spike",
        "v_rest": "resting potential",
        "v_reset": "potential after a spike",
        "v_threshold": "potential at which the neuron spikes",
        "resistance": "membrane resistance",
        "v": "membrane potential",
        "i_in": "input current",
    },
)

IF = NeuronModel(
    name="integrate_and_fire",
    equations="""
        dv/dt = i_in / capacitance : volt (unless refractory)
        i_in : amp
    """,
    outputs=("v",),
    threshold="v > v_threshold",
    reset="v = v_reset",
    refractory="tau_ref",
    parameters={
        "capacitance": "200 pF",
        "tau_ref": "1 ms",
        "v_reset": "-65 mV",
        "v_threshold": "-50 mV",
    },
    initial={"v": "-65 mV"},
    method="euler",
    dt=1e-4,
    sample_dt=1e-3,
    reference="Lapicque (1907); Gerstner et al. (2014), Neuronal Dynamics, section 1.3 without the leak",
    description="""
        Integrate-and-fire neuron (IF): a capacitor with a threshold and a reset.

        The membrane potential v grows with the charge that arrives and keeps it, because there is no leak. Where v
        crosses the threshold the neuron spikes, v is reset and stays at v_reset for the refractory time. The rate is
        1/(tau_ref + capacitance*(v_threshold - v_reset)/i_in).
    """,
    symbols={
        "capacitance": "membrane capacitance",
        "tau_ref": "refractory time after a spike",
        "v_reset": "potential after a spike",
        "v_threshold": "potential at which the neuron spikes",
        "v": "membrane potential",
        "i_in": "input current",
    },
)

SoftResetIF = NeuronModel(
    name="soft_reset_if",
    equations="""
        dv/dt = i_in / tau : 1
        i_in : 1
    """,
    outputs=("v",),
    threshold="v >= v_threshold",
    reset="v -= v_threshold",
    parameters={
        "tau": "1 ms",
        "v_threshold": 1.0,
    },
    initial={"v": 0.0},
    method="euler",
    dt=1e-3,
    sample_dt=1e-3,
    reference="Rueckauer et al. (2017), Frontiers in Neuroscience 11:682, reset by subtraction",
    description="""
        Integrate-and-fire neuron whose reset subtracts the threshold (soft reset), without units.

        What the potential v has beyond the threshold is kept, so spikes carry all of the charge: with a constant
        current, as many spikes are sent as thresholds have been filled. The rate is i_in/(tau*v_threshold), up to one
        spike a time step. Neurons of this kind stand in for ReLU in converted networks.
    """,
    symbols={
        "tau": "time in which a current of 1 lifts the potential by 1",
        "v_threshold": "potential at which the neuron spikes, and what a spike takes from it",
        "v": "membrane potential",
        "i_in": "input current",
    },
)
