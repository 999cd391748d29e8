"""The barnacle muscle fibre of Morris and Lecar."""

from spikenet.neurons.model import NeuronModel

MorrisLecar = NeuronModel(
    name="morris_lecar",
    equations="""
        dv/dt = (g_ca*m*(e_ca - v) + g_k*n*(e_k - v) + g_leak*(e_leak - v) + i_in) / capacitance : volt
        dn/dt = rate*cosh((v - v_3)/(2*v_4))*(0.5*(1 + tanh((v - v_3)/v_4)) - n) : 1
        m = 0.5*(1 + tanh((v - v_1)/v_2)) : 1
        i_in : amp/meter**2
    """,
    outputs=("v", "n"),
    threshold="v > v_threshold",
    refractory="v > v_threshold",  # a spike is an upward crossing; there is no reset
    parameters={
        "capacitance": "20 uF/cm**2",
        "g_ca": "4.4 mS/cm**2",
        "g_k": "8 mS/cm**2",
        "g_leak": "2 mS/cm**2",
        "e_ca": "120 mV",
        "e_k": "-84 mV",
        "e_leak": "-60 mV",
        "v_1": "-1.2 mV",
        "v_2": "18 mV",
        "v_3": "2 mV",
        "v_4": "30 mV",
        "rate": "40 Hz",  # 0.04 per ms
        "v_threshold": "0 mV",
    },
    initial={"v": "-60.855 mV", "n": 0.01491},
    method="rk4",
    dt=5e-5,
    sample_dt=5e-4,
    reference="Morris and Lecar (1981), Biophys. J. 35:193; values of Rinzel and Ermentrout (1998), Methods in "
    "Neuronal Modeling, chapter 7",
    description="""
        Morris and Lecar's muscle fibre: a fast calcium and a slow potassium channel, which oscillate.

        With the values here oscillations begin with a rate well above zero (class II, a Hopf bifurcation near
        94 uA/cm^2). With g_ca=4 mS/cm^2, v_3=12 mV, v_4=17.4 mV and rate=1000/15 Hz they begin at any low rate
        (class I, near 40 uA/cm^2). Currents, conductances and the capacitance are per area. A spike is an upward
        crossing of v_threshold; nothing is reset.
    """,
    symbols={
        "capacitance": "membrane capacitance",
        "g_ca": "largest calcium conductance",
        "g_k": "largest potassium conductance",
        "g_leak": "leak conductance",
        "e_ca": "calcium reversal potential",
        "e_k": "potassium reversal potential",
        "e_leak": "leak reversal potential",
        "v_1": "potential at which half of the calcium channels are open",
        "v_2": "width of the calcium channels' curve",
        "v_3": "potential at which half of the potassium channels are open",
        "v_4": "width of the potassium channels' curve",
        "rate": "rate of the potassium channels",
        "v_threshold": "potential at which a crossing counts as a spike",
        "v": "membrane potential",
        "n": "open part of the potassium channels",
        "i_in": "input current",
    },
)
