"""The window of Bengio's rule where the postsynaptic voltage rises through a spike: simulated, and in closed form."""

from dataclasses import replace

import numpy as np
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, second, volt

from spikenet.experiments.experiment import Setup
from spikenet.papers.gupta_naveed.brian2_run import simulator
from spikenet.synapses import BengioSTDP

TAU, RISE, DT = 20e-3, 200e-3, 5e-5  # seconds; the voltage rises for RISE and spikes
ETA = 0.02  # such that an exponential rise to 1 V, with TAU, changes the weight by at most 0.01
RULE = replace(BengioSTDP(eta=ETA, tau_v=f"{TAU} s", v_scale="1 V"), on_pre="")  # delivers nothing
RISES = {"exponential": f"v/({TAU}*second)", "linear": f"volt/({RISE}*second)"}


def simulated_window(rise: str, lags: np.ndarray, setup: Setup) -> tuple[np.ndarray, np.ndarray]:
    """Return lags in seconds as they were, and the change of the weight at each.

    The voltage of one neuron rises to 1 V, at which it spikes once, and stays at 0 V. A presynaptic neuron for each
    lag spikes once. A lag is the time of the postsynaptic spike less that of the presynaptic one.
    """
    pre = np.round((RISE - lags) / DT) * DT
    with simulator(setup):
        cell = NeuronGroup(
            1,
            f"dv/dt = {RISES[rise]} : volt (unless refractory)",
            threshold="v > 1*volt",
            reset="v = 0*volt",
            refractory=10 * second,
            method="rk4",
            dt=DT * second,
            name=f"post_{rise}",
        )
        cell.v = np.exp(-RISE / TAU) * volt if rise == "exponential" else 0 * volt
        inputs = SpikeGeneratorGroup(len(lags), np.arange(len(lags)), pre * second, dt=DT * second, name=f"pre_{rise}")
        synapses = RULE.connect(inputs, cell)
        spikes = SpikeMonitor(cell)
        Network(cell, inputs, synapses, spikes).run((pre.max() + 2 * DT) * second)
    return float(spikes.t[0] / second) - pre, np.array(synapses.w[:]) - RULE.initial_weight


def analytic_window(rise: str, lags: np.ndarray) -> np.ndarray:
    """Return the change of the weight at each lag, in closed form.

    The low-pass of a voltage that rises by exp(t/TAU) is half of it, and that of a long linear rise is TAU behind.
    Behind the spike the voltage is zero, and the low-pass decays.
    """
    before = 0.5 * np.exp(-np.abs(lags) / TAU) if rise == "exponential" else np.full(len(lags), TAU / RISE)
    low_pass = 0.5 if rise == "exponential" else 1 - TAU / RISE
    return ETA * np.where(lags > 0, before, -low_pass * np.exp(-np.abs(lags) / TAU))
