"""Excitatory and inhibitory neurons whose excitatory weights learn by STDP, with weights that stay normalised."""

import brian2 as b2
import matplotlib.pyplot as plt

import spikenet as sn

excite = sn.synapses.Conductance(weight="1.6 nS", tau_syn="5 ms").named("exc")
inhibit = sn.synapses.Conductance(weight="6 nS", tau_syn="10 ms", e_syn="-80 mV").named("inh")
learn = excite.with_plasticity(sn.synapses.STDP(a_plus=0.02, a_minus=0.021))
neuron = sn.LIF(tau_ref="5 ms").with_synapses(excite, inhibit)

with sn.device("cpp", seed=1):
    cells = neuron.neuron_group(1000)
    cells.v = "v_rest + rand()*20*mV"
    cells.i_in = "0.19*nA + 0.04*nA*rand()"
    first, others = cells[:800], cells[800:]
    among = learn.connect(first, first, "i != j", p=0.1, weights="0.2 + 0.4*rand()", delay="1 ms")
    sn.synapses.normalise(among, 30, every="100 ms")
    to_inhibitory = excite.connect(first, others, p=0.1, weights=0.4)
    from_inhibitory = inhibit.connect(others, cells, p=0.1)
    spikes, rates = b2.SpikeMonitor(cells), b2.PopulationRateMonitor(first)
    b2.run(2 * b2.second)

figure, (raster, weights) = plt.subplots(1, 2, width_ratios=(2, 1), layout="constrained", figsize=(9, 4))
raster.plot(spikes.t / b2.ms, spikes.i, ",", color="black")
raster.set(xlabel="time (ms)", ylabel="neuron", xlim=(1500, 2000))
weights.hist(among.w[:], 50)
weights.set(xlabel="weight after 2 s", ylabel="synapses")
figure.savefig("plastic_network.png")
print(f"{spikes.num_spikes / 1000 / 2:.1f} spikes a second each; weights from {min(among.w):.2f} to {max(among.w):.2f}")
