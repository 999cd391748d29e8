"""The rules of Diehl and Cook (2015), by which a network learned digits without labels."""

from dataclasses import replace

from spikenet.synapses.plasticity import Plasticity, Traces
from spikenet.synapses.transmission import VoltageJump

_PAPER = "Diehl and Cook (2015), Frontiers in Computational Neuroscience 9:99"
_BOUNDS = {"w_min": 0.0, "w_max": 1.0}
_SYMBOLS = {**VoltageJump.symbols, "w_min": "least weight", "w_max": "largest weight"}

DiehlCook = replace(
    VoltageJump.with_plasticity(
        Plasticity(
            on_post="w = clip(w + eta*(spike_trace_pre - target)*(w_max - w)**mu, w_min, w_max)",
            pre=Traces("dspike_trace/dt = -spike_trace/tau_trace : 1", on_spike="spike_trace += 1"),
            parameters={"eta": 0.01, "target": 0.4, "mu": 0.2, "tau_trace": "20 ms", **_BOUNDS},
            initial_weight=0.3,
            requires=("tau_trace > 0", "w_max >= w_min", "mu >= 0"),
        )
    ),
    name="diehl_cook",
    reference=f"{_PAPER}, section 2.3: power-law weight dependence; values chosen here, where the paper gives none",
    description="""
        Diehl and Cook's STDP with power-law weight dependence: a postsynaptic spike strengthens active inputs.

        After a postsynaptic spike the weight changes by eta*(spike_trace_pre - target)*(w_max - w)**mu: inputs whose
        trace is below target are weakened. Nothing changes when a presynaptic spike arrives.
    """,
    symbols={
        **_SYMBOLS,
        "eta": "learning rate",
        "target": "presynaptic trace at which the weight does not change",
        "mu": "dependence on the weight",
        "tau_trace": "time constant of the presynaptic trace",
    },
)

DiehlCookTriplet = replace(
    VoltageJump.with_plasticity(
        Plasticity(
            on_pre="w = clip(w - eta_minus*fast_post, w_min, w_max)",
            on_post="w = clip(w + eta_plus*spike_trace_pre*slow_post, w_min, w_max)",
            pre=Traces("dspike_trace/dt = -spike_trace/tau_trace : 1", on_spike="spike_trace = 1"),
            post=Traces("dfast/dt = -fast/tau_fast : 1\ndslow/dt = -slow/tau_slow : 1", on_spike="fast = 1\nslow = 1"),
            parameters={
                **{"eta_minus": 1e-4, "eta_plus": 0.01, "tau_trace": "20 ms", "tau_fast": "20 ms", "tau_slow": "40 ms"},
                **_BOUNDS,
            },
            initial_weight=0.3,
            requires=("tau_trace > 0", "tau_fast > 0", "tau_slow > 0", "w_max >= w_min"),
        )
    ),
    name="diehl_cook_triplet",
    reference=f"{_PAPER}, as in the program that was published with it (stdp-mnist)",
    description="""
        Diehl and Cook's triplet STDP of nearest neighbours, as in the program that was published with the paper.

        A presynaptic spike takes off eta_minus*fast_post; a postsynaptic one adds eta_plus*spike_trace_pre*slow_post,
        where slow_post remembers the postsynaptic spike before. All traces jump to 1.
    """,
    symbols={
        **_SYMBOLS,
        "eta_minus": "learning rate of depression",
        "eta_plus": "learning rate of potentiation",
        "tau_trace": "time constant of the presynaptic trace",
        "tau_fast": "time constant of the fast postsynaptic trace",
        "tau_slow": "time constant of the slow postsynaptic trace",
    },
)
