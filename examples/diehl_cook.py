"""100 neurons learn digits by STDP, after Diehl and Cook (2015): `python diehl_cook.py [cpp or cuda] [images]`."""

import dataclasses
import sys

import brian2 as b2
import matplotlib.pyplot as plt
import numpy as np

import spikenet as sn

DEVICE = sys.argv[1] if len(sys.argv) > 1 else "cpp"
N = int(sys.argv[2]) if len(sys.argv) > 2 else 3000  # images
digits = sn.load_dataset("mnist", "mini")
excite = sn.synapses.Conductance(weight="1 nS", tau_syn="1 ms").named("exc")
inhibit = sn.synapses.Conductance(weight="17 nS", tau_syn="2 ms", e_syn="-100 mV").named("inh")
learn = excite.with_plasticity(sn.synapses.DiehlCookTriplet)
leaky = sn.LIF(tau_mem="100 ms", v_rest="-65 mV", v_reset="-65 mV", v_threshold="-52 mV", resistance="1 Gohm")
neuron = sn.synapses.adaptive_threshold(leaky.with_synapses(learn, inhibit), "0.05 mV", "10000 s")
neuron = dataclasses.replace(neuron, method="exponential_euler", initial={"v": "-65 mV"})

with sn.device(DEVICE, seed=1, precision="float32"):
    b2.defaultclock.dt = 0.5 * b2.ms
    rates = b2.TimedArray(digits.x_train[:N].reshape(N, 784) / 4 * b2.Hz, dt=500 * b2.ms)
    pixels = b2.NeuronGroup(784, "rate : Hz", threshold="rand() < rate*dt", name="pixels")
    pixels.run_regularly("rate = rates(t, i)*int(t % (500*ms) < 350*ms)", dt=50 * b2.ms)
    cells = neuron.neuron_group(100, dt=None)
    weights = learn.connect(pixels, cells, weights="0.3*rand()")
    sn.synapses.normalise(weights, 78, every="500 ms")
    others = inhibit.connect(cells, cells, "i != j", delay="1 ms")
    spikes = b2.SpikeMonitor(cells)
    b2.run(N * 500 * b2.ms)

image = np.minimum(np.array(spikes.t / (500 * b2.ms)).astype(int), N - 1)
counts = np.histogram2d(image, spikes.i[:], bins=(N, 100), range=((0, N), (0, 100)))[0][N // 2 :]
labels, half = digits.y_train[N // 2 : N], N // 4
means = np.stack([counts[:half][labels[:half] == digit].mean(axis=0) for digit in range(10)])  # (class, neuron)
found = (counts[half:] @ np.log(means.T + 0.01) - means.sum(axis=1)).argmax(axis=1)
plt.imsave("diehl_cook.png", weights.w[:].reshape(28, 28, 10, 10).transpose(2, 0, 3, 1).reshape(280, 280))
print(f"{100 * np.mean(found == labels[half:]):.0f} % of the last {half} digits are read from the spikes")
