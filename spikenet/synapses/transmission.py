"""What a presynaptic spike delivers: a jump of the voltage, a current or a conductance.

Currents and conductances are receptors: states of the postsynaptic neuron, see `SynapseModel.into`.
"""

from dataclasses import replace

from spikenet.synapses.synapse_model import SynapseModel

_GERSTNER = "Gerstner et al. (2014), Neuronal Dynamics, section 3.1"
_ROTH = "Roth and van Rossum (2009), Modeling synapses, in Computational Modeling Methods for Neuroscientists"
_SYMBOLS = {
    "weight": "what a spike delivers at w = 1",
    "tau_syn": "time constant of the decay",
    "tau_rise_syn": "time constant of the rise",
    "e_syn": "reversal potential",
    "i_syn": "current of all synapses of this kind",
    "g_syn": "conductance of all synapses of this kind",
    "h_syn": "what rises first, and drives the current or conductance",
}

VoltageJump = SynapseModel(
    name="voltage_jump",
    on_pre="v_post += w*weight",
    parameters={"weight": "1 mV"},
    reference=_GERSTNER,
    description="""
        Voltage jump: a spike lifts the postsynaptic membrane potential by weight at once.

        The simplest synapse, also called a delta synapse.
    """,
    symbols=_SYMBOLS,
)

ExponentialCurrent = SynapseModel(
    name="exponential_current",
    on_pre="i_syn_post += w*weight",
    receptor="di_syn/dt = -i_syn/tau_syn : [weight]",
    parameters={"weight": "100 pA", "tau_syn": "5 ms"},
    requires=("tau_syn > 0",),
    reference=_GERSTNER,
    description="""
        Exponential current: it jumps by weight at a spike, then decays with tau_syn.

        A spike carries the charge weight*tau_syn.
    """,
    symbols=_SYMBOLS,
)

AlphaCurrent = SynapseModel(
    name="alpha_current",
    on_pre="h_syn_post += e*w*weight",
    receptor="""
        di_syn/dt = (h_syn - i_syn)/tau_syn : [weight]
        dh_syn/dt = -h_syn/tau_syn : [weight]
    """,
    parameters={"weight": "100 pA", "tau_syn": "5 ms"},
    requires=("tau_syn > 0",),
    reference=_ROTH,
    description="""
        Alpha current: i(t) = weight*(t/tau_syn)*exp(1 - t/tau_syn).

        It reaches its peak, weight, after tau_syn. A spike carries the charge e*weight*tau_syn.
    """,
    symbols=_SYMBOLS,
)

DoubleExponentialCurrent = SynapseModel(
    name="double_exponential_current",
    on_pre="""
        ratio = tau_syn_post/tau_rise_syn_post
        h_syn_post += w*weight*ratio**(1/(ratio - 1))
    """,
    receptor="""
        di_syn/dt = h_syn/tau_rise_syn - i_syn/tau_syn : [weight]
        dh_syn/dt = -h_syn/tau_rise_syn : [weight]
    """,
    parameters={"weight": "100 pA", "tau_syn": "5 ms", "tau_rise_syn": "1 ms"},
    requires=("tau_rise_syn > 0", "tau_syn > tau_rise_syn"),
    reference=_ROTH,
    description="""
        Double-exponential current: i(t) = weight*norm*(exp(-t/tau_syn) - exp(-t/tau_rise_syn)).

        norm makes the peak weight, which comes at log(tau_syn/tau_rise_syn)/(1/tau_rise_syn - 1/tau_syn).
    """,
    symbols=_SYMBOLS,
)


def _as_conductance(current: SynapseModel, description: str) -> SynapseModel:
    """Return the conductance with the time course of a current, whose driving force makes it one."""
    return replace(
        current,
        name=current.name.replace("current", "conductance"),
        on_pre=current.on_pre.replace("i_syn", "g_syn"),
        receptor=current.receptor.replace("i_syn", "g_syn") + "\ni_syn = g_syn*(e_syn - v) : [port]",
        parameters={**current.parameters, "weight": "1 nS", "e_syn": "0 mV"},
        nonnegative=True,
        requires=(*current.requires, "weight >= 0"),
        free_units=("weight", "e_syn"),
        description=description,
    )


Conductance = _as_conductance(
    ExponentialCurrent,
    """
        Exponential conductance: it jumps by weight at a spike, then decays with tau_syn.

        The current is g_syn*(e_syn - v). The area under the conductance of a spike is weight*tau_syn.
    """,
)
AlphaConductance = _as_conductance(
    AlphaCurrent,
    """
        Alpha conductance: g(t) = weight*(t/tau_syn)*exp(1 - t/tau_syn).

        The current is g_syn*(e_syn - v). The peak is weight, after tau_syn; the area is e*weight*tau_syn.
    """,
)
DoubleExponentialConductance = _as_conductance(
    DoubleExponentialCurrent,
    """
        Double-exponential conductance: g(t) = weight*norm*(exp(-t/tau_syn) - exp(-t/tau_rise_syn)).

        The current is g_syn*(e_syn - v). norm makes the peak weight.
    """,
)
