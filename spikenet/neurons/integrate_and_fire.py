"""Integrate-and-fire neurons, with and without a leak."""

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
)
