"""Izhikevich's neuron with two variables; regular spiking by default."""

from spikenet.neurons.model import NeuronModel

Izhikevich = NeuronModel(
    name="izhikevich",
    equations="""
        dv/dt = quadratic*v**2 + linear*v + constant - u + i_in : volt
        du/dt = a*(b*v - u) : volt/second
        i_in : volt/second
    """,
    outputs=("v", "u"),
    threshold="v >= v_peak",
    reset="""v = c
             u += d""",
    parameters={
        "quadratic": "40 mV**-1*s**-1",  # 0.04 per mV and ms
        "linear": "5000 Hz",
        "constant": "140 V/s",
        "a": "20 Hz",  # 0.02 per ms
        "b": "200 Hz",
        "c": "-65 mV",
        "d": "8 V/s",
        "v_peak": "30 mV",
    },
    initial={"v": "-65 mV", "u": "-13 V/s"},
    method="euler",
    dt=1e-4,
    sample_dt=1e-3,
    reference="Izhikevich (2003), Simple model of spiking neurons, IEEE Trans. Neural Netw. 14:1569",
    description="""
        Izhikevich's neuron: a quadratic membrane with a slow recovery variable.

        Many types of cortical neurons are reached by a, b, c and d. The values here are those of a regular spiking
        neuron, which fires fast at first and then more slowly. The equations are those of the paper, 0.04 v^2 + 5 v
        + 140 - u + i_in in mV and ms, with units.
    """,
    symbols={
        "quadratic": "factor of v^2; the paper's 0.04",
        "linear": "factor of v; the paper's 5",
        "constant": "constant term; the paper's 140",
        "a": "rate of the recovery u",
        "b": "sensitivity of the recovery u to v",
        "c": "membrane potential after a spike",
        "d": "increase of the recovery u after a spike",
        "v_peak": "potential at which a spike ends",
        "v": "membrane potential",
        "u": "recovery variable",
        "i_in": "drive (input current over capacitance)",
    },
)
