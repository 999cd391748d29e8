"""STDP of triplets of spikes (Pfister and Gerstner 2006), whose changes depend on the rate, too."""

from dataclasses import replace

from spikenet.synapses.plasticity import Plasticity, Traces
from spikenet.synapses.synapse_model import SynapseModel
from spikenet.synapses.transmission import VoltageJump


def _traces(fast: str, slow: str, taus: tuple[str, str], nearest: bool) -> Traces:
    jump = "= 1" if nearest else "+= 1"
    return Traces(
        f"d{fast}/dt = -{fast}/{taus[0]} : 1\nd{slow}/dt = -{slow}/{taus[1]} : 1",
        on_spike=f"{fast} {jump}\n{slow} {jump}",
    )


def _triplet_rule(name: str, pairs: str, values: dict[str, object], nearest: bool) -> SynapseModel:
    rule = Plasticity(
        on_pre="w = clip(w - o1_post*(a2_minus + a3_minus*r2_pre), w_min, w_max)",
        on_post="w = clip(w + r1_pre*(a2_plus + a3_plus*o2_post), w_min, w_max)",
        pre=_traces("r1", "r2", ("tau_plus", "tau_x"), nearest),
        post=_traces("o1", "o2", ("tau_minus", "tau_y"), nearest),
        parameters={"tau_plus": "16.8 ms", "tau_minus": "33.7 ms", **values, "w_min": 0.0, "w_max": 2.0},
        initial_weight=1.0,
        requires=("tau_plus > 0", "tau_minus > 0", "tau_x > 0", "tau_y > 0", "w_max >= w_min"),
    )
    return replace(
        VoltageJump.with_plasticity(rule),
        name=name,
        reference="Pfister and Gerstner (2006), J Neurosci 26:9673-9682, equations 3 and 4; visual cortex, full model",
        description=f"""
        Triplet STDP: potentiation takes two postsynaptic spikes and a presynaptic one, and so grows with the rate.

        It takes {pairs}. The fast traces r1 and o1 hold pairs, the slow ones r2 and o2 the spike before the last one of
        the same neuron; both are read before the spike raises them. Weights are relative to that at the start, 1.
        """,
        symbols={
            **VoltageJump.symbols,
            "a2_plus": "potentiation by pairs",
            "a2_minus": "depression by pairs",
            "a3_plus": "potentiation by triplets",
            "a3_minus": "depression by triplets",
            "tau_plus": "time constant of r1",
            "tau_minus": "time constant of o1",
            "tau_x": "time constant of r2",
            "tau_y": "time constant of o2",
            "w_min": "least weight",
            "w_max": "largest weight",
        },
    )


TripletSTDP = _triplet_rule(
    "triplet_stdp",
    "all earlier spikes",
    {"a2_plus": 5e-10, "a2_minus": 7e-3, "a3_plus": 6.2e-3, "a3_minus": 2.3e-4, "tau_x": "101 ms", "tau_y": "125 ms"},
    nearest=False,
)
NearestTripletSTDP = _triplet_rule(
    "nearest_triplet_stdp",
    "the nearest spikes only",
    {
        "a2_plus": 8.8e-11,
        "a2_minus": 6.6e-3,
        "a3_plus": 5.3e-2,
        "a3_minus": 3.1e-3,
        "tau_x": "714 ms",
        "tau_y": "40 ms",
    },
    nearest=True,
)
