"""Izhikevich's two-variable neuron, regular spiking by default."""

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
    reference="Izhikevich (2003), Simple model of spiking neurons",
)
