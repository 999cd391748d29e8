"""The networks of `benchmarks/plastic.py` in NEST, where NEST is installed; run by that script.

python -m benchmarks.rivals.nest_networks NETWORK NEURONS LENGTH

One thread, double precision, NEST's own neurons, which it integrates by adaptive steps where there are conductances.
A spike takes a step, as NEST has no delay of zero.

Diehl and Cook's network has `stdp_triplet_synapse` without its pairs for potentiation and without its triplets for
depression. It differs from ours in that a spike raises traces by one, and does not set them to one, and in that each
synapse has parameters of its own. `gif_cond_exp` has the adaptive threshold, with a little noise: the chance of a spike
rises within 0.1 mV. Weights are made to one sum from Python between images, which is counted by itself.
"""

import json
import sys
import time

import nest
import numpy as np

from benchmarks.rivals.digit_rates import digit_rates


def diehl_cook(n: int, images: int):
    nest.resolution = 0.5
    rates = digit_rates(images)
    times = np.arange(images)[:, None] * 500.0 + np.array([0.5, 350.0])  # begin and end of each image
    generators = nest.Create("inhomogeneous_poisson_generator", 784, {"allow_offgrid_times": True})
    generators.set([
        {"rate_times": times.ravel(), "rate_values": np.stack([one, 0 * one], 1).ravel()} for one in rates.T
    ])  # fmt: skip
    pixels = nest.Create("parrot_neuron", 784)
    nest.Connect(generators, pixels, "one_to_one")
    leak = {"g_L": 1.0, "tau_syn_ex": 1.0, "tau_syn_in": 2.0, "E_ex": 0.0}
    excitatory = nest.Create("gif_cond_exp", n, {
        **leak, "C_m": 100.0, "E_L": -65.0, "V_m": -65.0, "V_reset": -65.0, "E_in": -100.0, "t_ref": 5.0,
        "V_T_star": -52.0, "q_sfa": [0.05], "tau_sfa": [1e7], "Delta_V": 0.1, "tau_minus": 20.0,
        "tau_minus_triplet": 40.0,
    })  # fmt: skip
    inhibitory = nest.Create("iaf_cond_exp", n, {
        **leak, "C_m": 10.0, "E_L": -60.0, "V_m": -60.0, "V_reset": -45.0, "V_th": -40.0, "E_in": -85.0, "t_ref": 2.0,
    })  # fmt: skip
    weights = np.random.default_rng(1).uniform(0.01, 0.31, (n, 784))
    learn = {"synapse_model": "stdp_triplet_synapse", "weight": 78 * weights / weights.sum(axis=1, keepdims=True)}
    learn |= {"delay": 0.5, "tau_plus": 20.0, "Wmax": 1.0}
    learn |= {"Aplus": 0.0, "Aplus_triplet": 1e-2, "Aminus": 1e-4, "Aminus_triplet": 0.0}
    nest.Connect(pixels, excitatory, "all_to_all", learn)
    nest.Connect(excitatory, inhibitory, "one_to_one", {"weight": 10.4, "delay": 0.5})
    nest.Connect(inhibitory, excitatory, "all_to_all", {"weight": -17.0 * (1 - np.eye(n)), "delay": 0.5})
    synapses = nest.GetConnections(synapse_model="stdp_triplet_synapse")
    targets = np.array(synapses.target) - min(excitatory.tolist())

    def normalise() -> None:
        now = np.array(synapses.weight)
        synapses.weight = now * (78 / np.bincount(targets, now))[targets]

    return excitatory, [500.0] * images, normalise


def cuba(n: int, seconds: int):
    cells = _cells("iaf_psc_exp", n, C_m=200.0, tau_m=20.0, E_L=-49.0, V_th=-50.0, V_reset=-60.0, t_ref=5.0,
                   tau_syn_ex=5.0, tau_syn_in=10.0)  # fmt: skip
    return _balanced(cells, 16.2, -90.0, seconds)  # pA that raise the potential at the rate of 1.62 and -9 mV


def cobahh(n: int, seconds: int):
    cells = _cells("hh_cond_exp_traub", n)  # whose defaults are those of the benchmark (Brette et al. 2007)
    cells.V_m = np.random.default_rng(2).uniform(-65, -60, n)
    return _balanced(cells, 6.0, -67.0, seconds)


def plastic_ei(n: int, seconds: int):
    cells = _cells("iaf_cond_exp", n, C_m=200.0, g_L=10.0, E_L=-60.0, V_th=-50.0, V_reset=-60.0, t_ref=5.0, I_e=200.0,
                   E_ex=0.0, E_in=-80.0, tau_syn_ex=5.0, tau_syn_in=10.0, tau_minus=20.0)  # fmt: skip
    learn = {"synapse_model": "vogels_sprekeler_synapse", "weight": -0.3, "Wmax": -9.0, "eta": 3e-3, "alpha": 0.2}
    return _balanced(cells, 0.3, learn | {"tau": 20.0}, seconds)


def _cells(model: str, n: int, **parameters):
    nest.resolution = 0.1
    cells = nest.Create(model, n, parameters)
    cells.V_m = np.random.default_rng(1).uniform(-60, -50, n)
    return cells


def _balanced(cells, excitation: float, inhibition: float | dict, seconds: int):
    split = len(cells) * 4 // 5
    inhibition = inhibition if isinstance(inhibition, dict) else {"weight": inhibition}
    some = {"rule": "pairwise_bernoulli", "p": 0.02}
    nest.Connect(cells[:split], cells, some, {"weight": excitation, "delay": 0.1})
    nest.Connect(cells[split:], cells, some, {"delay": 0.1} | inhibition)
    return cells, [1000.0 * seconds], lambda: None


NETWORKS = {"diehl-cook": diehl_cook, "cuba": cuba, "cobahh": cobahh, "plastic-ei": plastic_ei}


def main() -> None:
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.local_num_threads = 1
    cells, runs, between = NETWORKS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))
    recorder = nest.Create("spike_recorder", {"record_to": "memory"})
    nest.Connect(cells, recorder)
    nest.Prepare()  # so that preparing is not counted
    nest.Cleanup()
    seconds = processor = normalising = 0.0
    for duration in runs:
        began, used = time.perf_counter(), time.process_time()
        nest.Simulate(duration)
        ended = time.process_time()
        seconds, processor = seconds + time.perf_counter() - began, processor + ended - used
        between()
        normalising += time.process_time() - ended
    found = {"seconds": seconds, "processor": processor, "spikes": int(recorder.n_events)}
    print(json.dumps(found | {"normalising": normalising}))


if __name__ == "__main__":
    main()
