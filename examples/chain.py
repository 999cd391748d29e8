"""A chain of neurons: each spike lifts the next neuron's voltage by the weight."""

import brian2 as b2
import matplotlib.pyplot as plt
import numpy as np

import spikenet as sn

link = sn.synapses.VoltageJump(weight="15 mV").with_delay("2 ms")
with sn.device("cpp"):
    cells = sn.LIF.neuron_group(4)
    cells.i_in[0] = 0.4 * b2.nA
    synapses = link.connect(cells, cells, (np.arange(3), np.arange(1, 4)))
    voltage, spikes = b2.StateMonitor(cells, "v", record=True), b2.SpikeMonitor(cells)
    b2.run(300 * b2.ms)

figure, panels = plt.subplots(4, sharex=True, sharey=True, layout="constrained")
for axes, trace, times in zip(panels, voltage.v, spikes.spike_trains().values(), strict=True):
    axes.plot(voltage.t / b2.ms, trace / b2.mV)
    axes.vlines(times / b2.ms, -50, -20)
panels[-1].set(xlabel="time (ms)", ylabel="v (mV)")
panels[0].set_title("Two spikes of a neuron make one of the next")
figure.savefig("chain.png")
print(f"spikes of each neuron: {spikes.count[:].tolist()}")
