"""Leaky integrate-and-fire neurons under currents of different strength: spikes and membrane potentials."""

import matplotlib.pyplot as plt
import numpy as np

import spikenet as sn

currents = np.linspace(0.1e-9, 0.6e-9, 40)  # ampere, one for each neuron
recording = sn.simulate(sn.LIF, currents[None], duration="300 ms", record=("spikes", "trace", "count"))

figure, (raster, traces) = plt.subplots(2, sharex=True, layout="constrained")
raster.plot(1e3 * recording.spikes.time, 1e9 * currents[recording.spikes.unit], "|", color="black")
raster.set(ylabel="current (nA)", title="Spikes")
for unit in (10, 20, 39):
    traces.plot(1e3 * recording.times, 1e3 * recording.trace[0, :, unit], label=f"{1e9 * currents[unit]:.2f} nA")
traces.set(xlabel="time (ms)", ylabel="membrane potential (mV)")
traces.legend(loc="lower right")
figure.savefig("simulate.png")

least = currents[recording.count[0] > 0][0]
print(f"The least current that makes a neuron spike: {1e9 * least:.2f} nA; the formula gives 0.20 nA.")
