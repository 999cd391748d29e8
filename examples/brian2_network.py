"""A plain Brian2 network of excitatory and inhibitory neurons, compiled to C++; take "cuda" where there is a GPU."""

import brian2 as b2
import matplotlib.pyplot as plt

import spikenet as sn

equations = """
    dv/dt = (g_exc + g_inh - (v + 49*mV))/(20*ms) : volt (unless refractory)
    dg_exc/dt = -g_exc/(5*ms) : volt
    dg_inh/dt = -g_inh/(10*ms) : volt
"""  # Vogels and Abbott (2005), as in Brian2's example CUBA

with sn.device("cpp", seed=1):
    cells = b2.NeuronGroup(
        4000, equations, threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * b2.ms, method="exact"
    )
    cells.v = "-60*mV + rand()*10*mV"
    excite = b2.Synapses(cells, cells, on_pre="g_exc += 1.62*mV")
    excite.connect("i < 3200", p=0.02)
    inhibit = b2.Synapses(cells, cells, on_pre="g_inh -= 9*mV")
    inhibit.connect("i >= 3200", p=0.02)
    spikes = b2.SpikeMonitor(cells)
    b2.run(300 * b2.ms)

figure, axes = plt.subplots(layout="constrained")
axes.plot(spikes.t / b2.ms, spikes.i, ",", color="black")
axes.set(xlabel="time (ms)", ylabel="neuron", title="Spikes; the upper fifth is inhibitory")
figure.savefig("brian2_network.png")
print(f"{spikes.num_spikes} spikes of 4,000 neurons in 300 ms: {spikes.num_spikes / 4000 / 0.3:.1f} a second each")
