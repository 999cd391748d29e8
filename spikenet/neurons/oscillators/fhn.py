"""The FitzHugh-Nagumo neuron (FHN), as in Bogatenko et al. (2023)."""

from spikenet.neurons.model import NeuronModel

FHN = NeuronModel(
    name="fhn",
    equations="""
        dx/dt = (x - x**3/3 - y) / (epsilon*tau) : 1
        dy/dt = (x + a + i_in) / tau : 1
        i_in : 1
    """,
    outputs=("x", "y"),
    parameters={"epsilon": 0.05, "a": 0.0, "tau": "1 ms"},
    initial={"x": -1.0, "y": -2 / 3},  # where the nullclines cross at a = 1
    method="rk4",
    dt=1e-5,
    sample_dt=1e-4,
    fastest_rate="(max(4, (abs(a) + i_in)**2) - 1) / (epsilon*tau)",  # |x| stays below 2, or rests at -(a + i_in)
    reference="Bogatenko et al. (2023), eq. 1",
    description="""
        FitzHugh-Nagumo neuron (FHN): a relaxation oscillator with a fast and a slow variable.

        The fast x behaves like a membrane potential, the slow y like the recovery after a spike. The neuron oscillates
        while |a + i_in| < 1 and comes to rest at x = -(a + i_in) otherwise. In both cases the mean of x, taken over
        whole cycles, is -(a + i_in). There is no threshold, so that no spikes can be recorded.
    """,
    symbols={
        "epsilon": "ratio of the time scales of x and y; small values give sharp jumps",
        "a": "constant part of the drive",
        "tau": "unit of time",
        "x": "fast variable (membrane potential)",
        "y": "slow variable (recovery)",
        "i_in": "drive (input current)",
    },
)
