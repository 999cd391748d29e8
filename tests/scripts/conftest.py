"""Small scripts as a user would write them, each to be run in a block of ``sn.device``."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from brian2 import (
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    ms,
    run,
)


@pytest.fixture
def quick_emulator(emulator, monkeypatch) -> Path:
    """The emulator, for programs that take longer to compile than to run."""
    monkeypatch.setenv("CUDASHIM_OPTIMISE", "-O0")
    return emulator


def idle(**settings) -> NeuronGroup:
    """Four neurons that do nothing much."""
    settings = {"threshold": "v > 1", "reset": "v = 0", "method": "exact", "name": "cells"} | settings
    return NeuronGroup(4, "dv/dt = -v/(10*ms) : 1\ntotal : 1 (shared)", **settings)


def cuba() -> SimpleNamespace:
    """Currents with delays, excitatory and inhibitory, in the manner of Vogels and Abbott (2005)."""
    equations = """
        dv/dt = (i_exc + i_inh - (v + 49*mV))/(20*ms) : volt (unless refractory)
        di_exc/dt = -i_exc/(5*ms) : volt
        di_inh/dt = -i_inh/(10*ms) : volt
    """
    cells = NeuronGroup(
        40, equations, threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms, method="exact", name="cells"
    )
    cells.v = "-60*mV + 11*mV*i/N"
    excite = Synapses(cells[:32], cells, on_pre="i_exc_post += 1.62*mV", name="excite")
    excite.connect("(i*7 + j*3) % 11 == 0")
    inhibit = Synapses(cells[32:], cells, on_pre="i_inh_post -= 9*mV", delay=1 * ms, name="inhibit")
    inhibit.connect("(i + j) % 5 == 0")
    spikes = SpikeMonitor(cells, name="spikes")
    run(60 * ms)
    return SimpleNamespace(spikes=spikes, cells=cells)


def cobahh() -> SimpleNamespace:
    """Hodgkin-Huxley neurons with synaptic conductances, relative to the leak (Traub and Miles' rates)."""
    equations = """
        dv/dt = (-(v + 60*mV) + g_exc*(0*mV - v) + g_inh*(-80*mV - v) - 2000*m**3*h*(v - 50*mV)
                 - 600*n**4*(v + 90*mV))/(20*ms) : volt
        dm/dt = alpham*(1 - m) - betam*m : 1
        dn/dt = alphan*(1 - n) - betan*n : 1
        dh/dt = alphah*(1 - h) - betah*h : 1
        dg_exc/dt = -g_exc/(5*ms) : 1
        dg_inh/dt = -g_inh/(10*ms) : 1
        alpham = 1.28/exprel((13*mV - u)/(4*mV))/ms : Hz
        betam = 1.4/exprel((u - 40*mV)/(5*mV))/ms : Hz
        alphah = 0.128*exp((17*mV - u)/(18*mV))/ms : Hz
        betah = 4/(1 + exp((40*mV - u)/(5*mV)))/ms : Hz
        alphan = 0.16/exprel((15*mV - u)/(5*mV))/ms : Hz
        betan = 0.5*exp((10*mV - u)/(40*mV))/ms : Hz
        u = v + 63*mV : volt
    """
    cells = NeuronGroup(
        20, equations, threshold="v > -20*mV", refractory=3 * ms, method="exponential_euler", name="cells"
    )
    cells.v = "-60*mV + 20*mV*i/N"
    cells.g_exc = "0.6*i/N"
    excite = Synapses(cells[:16], cells, on_pre="g_exc_post += 0.6", name="excite")
    excite.connect("(i*5 + j*3) % 7 == 0")
    inhibit = Synapses(cells[16:], cells, on_pre="g_inh_post += 6.7", name="inhibit")
    inhibit.connect("(i + j) % 3 == 0")
    spikes = SpikeMonitor(cells, name="spikes")
    run(20 * ms)
    return SimpleNamespace(spikes=spikes, cells=cells)


def stdp() -> SimpleNamespace:
    """Weights that follow the order of spikes, with traces that are worked out when spikes come (Song et al., 2000)."""
    steps = np.arange(1, 241)
    inputs = SpikeGeneratorGroup(8, steps * 37 % 8, steps * 0.5 * ms, name="inputs")
    cell = NeuronGroup(1, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact", name="cell")
    synapses = Synapses(
        inputs,
        cell,
        """w : 1
           dtrace_before/dt = -trace_before/(20*ms) : 1 (event-driven)
           dtrace_after/dt = -trace_after/(20*ms) : 1 (event-driven)""",
        on_pre="v_post += w\ntrace_before += 0.05\nw = clip(w + trace_after, 0, 1)",
        on_post="trace_after -= 0.06\nw = clip(w + trace_before, 0, 1)",
        name="synapses",
    )
    synapses.connect()
    synapses.w = "0.2 + 0.05*i"
    spikes = SpikeMonitor(cell, name="spikes")
    run(120 * ms)
    return SimpleNamespace(spikes=spikes, weights=synapses)


def walkers() -> SimpleNamespace:
    """Something for each kind of run argument. ``Walkers`` has a capital, and noise only where sigma is not zero."""
    defaultclock.dt = 0.1 * ms
    boost = TimedArray(np.zeros(2), dt=5 * ms, name="boost")
    group = NeuronGroup(
        5,
        """dv/dt = (drive + boost(t) - v)/(10*ms) + sigma*xi/(10*ms)**0.5 : 1
           drive : 1 (constant)
           sigma : 1 (constant)
           kind : integer (constant)
           on : boolean (constant)""",
        method="euler",
        name="Walkers",
        namespace={"boost": boost},
    )
    source = SpikeGeneratorGroup(2, [0, 1], [1, 1] * ms, name="source")
    target = NeuronGroup(4, "u : 1", threshold="u > 0.5", reset="u = 0", name="target")
    synapses = Synapses(source, target, "w : 1", on_pre="u_post += w", name="synapses")
    synapses.connect(i=[0, 0, 1, 1], j=[3, 2, 1, 0])
    synapses.w, synapses.delay = 1, [2, 2, 2, 2] * ms
    spikes, trace = SpikeMonitor(target, name="spikes"), StateMonitor(group, "v", record=True, dt=1 * ms, name="trace")
    run(10 * ms)
    return SimpleNamespace(group=group, synapses=synapses, spikes=spikes, trace=trace, boost=boost)


SCRIPTS = {"cuba": cuba, "cobahh": cobahh, "stdp": stdp}
