"""Hindmarsh and Rose's neuron, which bursts."""

from spikenet.neurons.model import NeuronModel

HindmarshRose = NeuronModel(
    name="hindmarsh_rose",
    equations="""
        dx/dt = (y - a*x**3 + b*x**2 - z + i_in) / tau : 1
        dy/dt = (c - d*x**2 - y) / tau : 1
        dz/dt = r*(s*(x - x_rest) - z) / tau : 1
        i_in : 1
    """,
    outputs=("x", "y", "z"),
    threshold="x > x_threshold",
    refractory="x > x_threshold",  # a spike is an upward crossing; there is no reset
    parameters={
        "a": 1.0,
        "b": 3.0,
        "c": 1.0,
        "d": 5.0,
        "r": 0.001,
        "s": 4.0,
        "x_rest": -1.6,
        "x_threshold": 1.0,
        "tau": "1 ms",
    },
    initial={"x": -1.6, "y": -11.8, "z": 0.0},  # near rest without a drive
    method="rk4",
    dt=2e-5,
    sample_dt=2e-4,
    reference="Hindmarsh and Rose (1984), Proc. R. Soc. Lond. B 221:87",
    description="""
        Hindmarsh and Rose's neuron: a fast pair of variables that spikes, and a slow one that starts and ends bursts.

        Without a drive it rests. It bursts for i_in between about 1.3 and 3, and fires without pause beyond. The slow z
        grows while it spikes, by r. All but the unit of time is without units. A spike is an upward crossing of
        x_threshold; nothing is reset.
    """,
    symbols={
        "a": "factor of x^3",
        "b": "factor of x^2",
        "c": "constant part of the recovery",
        "d": "factor of x^2 in the recovery",
        "r": "ratio of the slow to the fast rate; small values give long bursts",
        "s": "how much the adaptation depends on x",
        "x_rest": "x at which the adaptation is zero",
        "x_threshold": "x at which a crossing counts as a spike",
        "tau": "unit of time",
        "x": "membrane potential",
        "y": "recovery (fast)",
        "z": "adaptation (slow)",
        "i_in": "drive (input current)",
    },
)
