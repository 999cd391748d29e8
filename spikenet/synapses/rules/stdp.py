"""Spike-timing-dependent plasticity (STDP) of pairs: additive and multiplicative, of all pairs or the nearest ones.

A spike of the presynaptic neuron at ``t`` and one of the postsynaptic neuron at ``t + lag`` change the weight by
``a_plus*exp(-lag/tau_plus)`` for a positive lag, and by ``-a_minus*exp(lag/tau_minus)`` for a negative one; the
multiplicative rule takes this times ``w_max - w`` and ``w - w_min``. Spikes in the same time step do not change it.
"""

from dataclasses import replace

from spikenet.synapses.plasticity import Plasticity, Traces
from spikenet.synapses.synapse_model import SynapseModel
from spikenet.synapses.transmission import VoltageJump

_SYMBOLS = {
    **VoltageJump.symbols,
    "a_plus": "potentiation by a pair without a lag",
    "a_minus": "depression by a pair without a lag",
    "tau_plus": "time constant of potentiation",
    "tau_minus": "time constant of depression",
    "w_min": "least weight",
    "w_max": "largest weight",
}
BOUNDS = {"w_min": 0.0, "w_max": 1.0}


def _trace(tau: str, nearest: bool) -> Traces:
    return Traces(
        f"dspike_trace/dt = -spike_trace/{tau} : 1", on_spike="spike_trace = 1" if nearest else "spike_trace += 1"
    )


def _pair_rule(name: str, what: str, reference: str, *, soft: bool = False, nearest: bool = False) -> SynapseModel:
    """Return a pair rule with weights that a presynaptic spike delivers as jumps of the voltage."""
    up, down = ("*(w_max - w)", "*(w - w_min)") if soft else ("", "")
    rule = Plasticity(
        on_pre=f"w = clip(w - a_minus{down}*spike_trace_post, w_min, w_max)",
        on_post=f"w = clip(w + a_plus{up}*spike_trace_pre, w_min, w_max)",
        pre=_trace("tau_plus", nearest),
        post=_trace("tau_minus", nearest),
        parameters={"a_plus": 0.01, "a_minus": 0.0105, "tau_plus": "20 ms", "tau_minus": "20 ms", **BOUNDS},
        initial_weight=0.5,
        requires=("tau_plus > 0", "tau_minus > 0", "w_max >= w_min"),
    )
    pairs = "each spike with the last one of the other neuron" if nearest else "each spike with all earlier ones"
    return replace(
        VoltageJump.with_plasticity(rule),
        name=name,
        reference=reference,
        description=f"""
        {what}

        It pairs {pairs}. Traces of the neurons jump at each spike and decay: a_plus*spike_trace_pre is added after a
        postsynaptic spike, a_minus*spike_trace_post taken off when a presynaptic one arrives, within w_min and w_max.
        """,
        symbols=_SYMBOLS,
    )


_SONG = "Song, Miller and Abbott (2000), Nature Neuroscience 3:919-926"
_SOFT = "van Rossum, Bi and Turrigiano (2000), J Neurosci 20:8812-8821; Morrison et al. (2008), Biol Cybern 98:459-478"
_NEAREST = "Morrison, Diesmann and Gerstner (2008), Biological Cybernetics 98:459-478, section 4.1.2"

STDP = _pair_rule("stdp", "Additive STDP: changes do not depend on the weight, which has hard bounds.", _SONG)
MultiplicativeSTDP = _pair_rule(
    "multiplicative_stdp", "Multiplicative STDP: changes shrink towards the bounds of the weight.", _SOFT, soft=True
)
NearestSTDP = _pair_rule("nearest_stdp", "Additive STDP of nearest neighbours.", _NEAREST, nearest=True)
NearestMultiplicativeSTDP = _pair_rule(
    "nearest_multiplicative_stdp", "Multiplicative STDP of nearest neighbours.", _NEAREST, soft=True, nearest=True
)
