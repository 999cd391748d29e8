"""Integrate-and-fire neurons with an exponential upstroke: EIF, and AdEx, which adapts."""

from spikenet.neurons.model import NeuronModel

EIF = NeuronModel(
    name="eif",
    equations="""
        dv/dt = (g_leak*(e_leak - v) + g_leak*delta_t*exp((v - v_t)/delta_t) + i_in)
            / capacitance : volt (unless refractory)
        i_in : amp/meter**2
    """,
    outputs=("v",),
    threshold="v > v_peak",
    reset="v = v_reset",
    refractory="tau_ref",
    parameters={
        "capacitance": "1 uF/cm**2",
        "g_leak": "0.1 mS/cm**2",
        "e_leak": "-65 mV",
        "v_t": "-59.9 mV",
        "delta_t": "3.48 mV",
        "v_reset": "-68 mV",
        "v_peak": "-30 mV",
        "tau_ref": "1.7 ms",
    },
    initial={"v": "-65 mV"},
    method="euler",  # a stage of a higher order would lie beyond the peak, where the exponential has no end
    dt=2e-5,
    sample_dt=2e-4,
    reference="Fourcaud-Trocme, Hansel, van Vreeswijk and Brunel (2003), J. Neurosci. 23:11628",
    description="""
        Exponential integrate-and-fire neuron (EIF): a leaky membrane whose sodium current grows exponentially.

        The values are those that the paper fits to the model of Wang and Buzsaki (1996). Currents, conductance and
        capacitance are per area. Constant currents evoke spikes beyond g_leak*(v_t - e_leak - delta_t). A spike is over
        at v_peak; the time from v_t to there is well below a millisecond.
    """,
    symbols={
        "capacitance": "membrane capacitance",
        "g_leak": "leak conductance",
        "e_leak": "leak reversal potential, where the neuron rests nearly",
        "v_t": "potential at which the upstroke begins",
        "delta_t": "slope factor: how gradual the upstroke begins",
        "v_reset": "potential after a spike",
        "v_peak": "potential at which a spike ends",
        "tau_ref": "refractory time after a spike",
        "v": "membrane potential",
        "i_in": "input current",
    },
)

AdEx = NeuronModel(
    name="adex",
    equations="""
        dv/dt = (g_leak*(e_leak - v) + g_leak*delta_t*exp((v - v_t)/delta_t) - w + i_in) / capacitance : volt
        dw/dt = (a*(v - e_leak) - w) / tau_w : amp
        i_in : amp
    """,
    outputs=("v", "w"),
    threshold="v > v_peak",
    reset="""v = v_reset
             w += b""",
    parameters={
        "capacitance": "281 pF",
        "g_leak": "30 nS",
        "e_leak": "-70.6 mV",
        "v_t": "-50.4 mV",
        "delta_t": "2 mV",
        "tau_w": "144 ms",
        "a": "4 nS",
        "b": "0.0805 nA",
        "v_reset": "-70.6 mV",
        "v_peak": "20 mV",
    },
    initial={"v": "-70.6 mV", "w": "0 nA"},
    method="euler",  # as for EIF
    dt=5e-5,
    sample_dt=5e-4,
    reference="Brette and Gerstner (2005), J. Neurophysiol. 94:3637",
    description="""
        Adaptive exponential integrate-and-fire neuron (AdEx): an exponential upstroke, and a current that adapts.

        The values are those of the paper, a regular spiking neuron. Naud et al. (2008), Biol. Cybern. 99:335, list
        values with which it bursts, adapts, or fires late. The adaptation w follows v below threshold, by a, and
        grows by b with each spike.
    """,
    symbols={
        "capacitance": "membrane capacitance",
        "g_leak": "leak conductance",
        "e_leak": "leak reversal potential",
        "v_t": "potential at which the upstroke begins",
        "delta_t": "slope factor: how gradual the upstroke begins",
        "tau_w": "time constant of the adaptation",
        "a": "adaptation below threshold",
        "b": "increase of the adaptation with each spike",
        "v_reset": "potential after a spike",
        "v_peak": "potential at which a spike ends",
        "v": "membrane potential",
        "w": "adaptation current",
        "i_in": "input current",
    },
)
