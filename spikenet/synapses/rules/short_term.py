"""Short-term plasticity: what a spike delivers depends on the spikes before it."""

from dataclasses import replace

from spikenet.synapses.plasticity import Plasticity, Traces
from spikenet.synapses.transmission import VoltageJump

_RULE = Plasticity(
    scale="(facilitation_pre + release*(1 - facilitation_pre))*resources_pre",
    pre=Traces(
        equations="""
            dresources/dt = (1 - resources)/tau_rec : 1
            dfacilitation/dt = -facilitation/tau_facil : 1
        """,
        on_spike="""
            facilitation += release*(1 - facilitation)
            resources -= facilitation*resources
        """,
        initial={"resources": 1.0},
    ),
    parameters={"release": 0.5, "tau_rec": "1.1 s", "tau_facil": "50 ms"},
    requires=("release > 0", "1 >= release", "tau_rec > 0", "tau_facil > 0"),
)

ShortTermPlasticity = replace(
    VoltageJump.with_plasticity(_RULE),
    name="short_term_plasticity",
    reference=(
        "Tsodyks, Pawelzik and Markram (1998), Neural Computation 10:821-835; values: Maass and Markram (2002), Neural "
        "Networks 15:155-161, between excitatory neurons"
    ),
    description="""
        Short-term plasticity of Tsodyks and Markram: depression and facilitation.

        A spike uses the share u of the resources that are there, and delivers w*weight*u*resources. The resources
        recover with tau_rec; u jumps by release*(1 - u) at each spike, and decays with tau_facil. Both depend on the
        presynaptic neuron only, and are kept there.
    """,
    symbols={
        **VoltageJump.symbols,
        "release": "share of the resources that a first spike uses (U)",
        "tau_rec": "time constant of recovery from depression",
        "tau_facil": "time constant of facilitation",
    },
)
