"""Short-term plasticity: how the same regular spikes act through synapses that tire, and through some that warm up."""

import brian2 as b2
import matplotlib.pyplot as plt
import numpy as np

import spikenet as sn

KINDS = {  # after Markram, Wang and Tsodyks (1998): share that is released, and times of recovery and facilitation
    "depressing": {"release": 0.5, "tau_rec": "800 ms", "tau_facil": "10 ms"},
    "facilitating": {"release": 0.03, "tau_rec": "130 ms", "tau_facil": "530 ms"},
}
current = sn.synapses.ExponentialCurrent(weight="1 nA", tau_syn="5 ms")
times = np.append(np.arange(50, 500, 50), 1000) * b2.ms

with sn.device("cpp"):
    inputs = b2.SpikeGeneratorGroup(1, np.zeros(len(times), int), times)
    neuron = sn.LIF(v_threshold="10 mV").with_synapses(current)  # so high that it does not spike
    cells = neuron.neuron_group(len(KINDS))
    synapses = []
    for number, values in enumerate(KINDS.values()):
        tired = current.with_plasticity(sn.synapses.ShortTermPlasticity(**values))
        synapses.append(tired.connect(inputs, cells[number : number + 1]))
    recorded = b2.StateMonitor(cells, "i_syn", record=True)
    b2.Network(b2.collect(), synapses).run(1.1 * b2.second)

figure, axes = plt.subplots(layout="constrained")
for kind, trace in zip(KINDS, recorded.i_syn, strict=True):
    axes.plot(recorded.t / b2.ms, trace / b2.pA, label=kind)
axes.set(xlabel="time (ms)", ylabel="synaptic current (pA)", title="Ten spikes, and one after a rest")
axes.legend()
figure.savefig("short_term_plasticity.png")
first, last = (recorded.i_syn[:, int(at / 0.1) : int(at / 0.1) + 100].max(axis=1) for at in (50, 450))
print(
    *(f"{kind}: {ratio:.2f} times the first current" for kind, ratio in zip(KINDS, last / first, strict=True)), sep="\n"
)
