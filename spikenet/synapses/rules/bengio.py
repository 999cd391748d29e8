"""STDP as a gradient: a presynaptic spike times the change of the postsynaptic voltage (Bengio et al. 2015)."""

from dataclasses import replace

from spikenet.synapses.plasticity import Plasticity, Traces
from spikenet.synapses.transmission import VoltageJump

BengioSTDP = replace(
    VoltageJump.with_plasticity(
        Plasticity(
            on_pre="w = clip(w + eta*v_change_post, w_min, w_max)",
            post=Traces(
                """
                dv_slow/dt = (v - v_slow)/tau_v : [v_scale]
                v_change = (v - v_slow)/v_scale : 1 (constant over dt)
                """,
                initial={"v_slow": "v"},
            ),
            parameters={"eta": 0.01, "tau_v": "2 ms", "v_scale": "1 mV", "w_min": 0.0, "w_max": 1.0},
            initial_weight=0.5,
            requires=("tau_v > 0", "v_scale > 0", "w_max >= w_min"),
            free_units=("v_scale",),
        )
    ),
    name="bengio_stdp",
    reference=(
        "Bengio, Mesnard, Fischer, Zhang and Wu (2015), STDP as presynaptic activity times rate of change of "
        "postsynaptic activity, arXiv 1509.05936"
    ),
    description="""
        Bengio's STDP: when a presynaptic spike arrives, the weight follows the change of the postsynaptic voltage.

        v_slow follows the voltage with tau_v, so that v - v_slow is tau_v*dv/dt where the voltage changes steadily. The
        weight changes by eta*(v - v_slow)/v_scale, as it was at the start of the time step. A voltage that rises to a
        spike and is then reset gives the window of STDP: spikes that arrive before are strengthened, those behind
        weakened.
    """,
    symbols={
        **VoltageJump.symbols,
        "eta": "learning rate",
        "tau_v": "time over which the change of the voltage is taken",
        "v_scale": "change of the voltage that changes the weight by eta",
        "w_min": "least weight",
        "w_max": "largest weight",
    },
)
