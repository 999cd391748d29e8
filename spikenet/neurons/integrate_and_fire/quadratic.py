"""The quadratic integrate-and-fire neuron (QIF)."""

from spikenet.neurons.model import NeuronModel

QIF = NeuronModel(
    name="qif",
    equations="""
        dv/dt = (v**2 + i_in) / tau : 1
        i_in : 1
    """,
    outputs=("v",),
    threshold="v > v_peak",
    reset="v = v_reset",
    parameters={"tau": "10 ms", "v_peak": 30.0, "v_reset": -30.0},
    initial={"v": -1.0},  # the resting state for i_in = -1
    method="rk4",
    dt=1e-4,
    sample_dt=1e-3,
    reference="Ermentrout and Kopell (1986), SIAM J. Appl. Math. 46:233; Gerstner et al. (2014), Neuronal Dynamics, "
    "section 5.3",
    description="""
        Quadratic integrate-and-fire neuron (QIF): the normal form of neurons that begin to fire at any low rate.

        For i_in < 0 it rests at -sqrt(-i_in), and fires if v is beyond sqrt(-i_in). For i_in > 0 it fires with the
        period tau/sqrt(i_in) (atan(v_peak/sqrt(i_in)) - atan(v_reset/sqrt(i_in))), nearly pi tau/sqrt(i_in).
        All but the unit of time is without units.
    """,
    symbols={
        "tau": "unit of time",
        "v_peak": "value at which a spike ends",
        "v_reset": "value after a spike",
        "v": "membrane potential, relative to the middle of rest and threshold",
        "i_in": "drive, relative to the rheobase",
    },
)
