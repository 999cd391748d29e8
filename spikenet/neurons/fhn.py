"""FitzHugh-Nagumo, as in Bogatenko et al. (2023)."""

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
)
