"""Plain Brian2 networks of `plastic.py`. Each returns the objects of a network, and how long to run it."""

import brian2 as b2
import numpy as np
from brian2 import Hz, ms, mV

from benchmarks.rivals.digit_rates import digit_rates


def diehl_cook(n: int, images: int):
    """784 random inputs, n excitatory and n inhibitory neurons; STDP on all weights, made to one sum once an image."""
    b2.defaultclock.dt = 0.5 * ms
    shown = np.zeros((images, 10, 784))
    shown[:, :7] = digit_rates(images)[:, None]  # 350 ms of 500
    constants = {"image": b2.TimedArray(shown.reshape(-1, 784) * Hz, dt=50 * ms, name="image")}
    inputs = b2.NeuronGroup(
        784, "rate = image(t, i) : Hz\ndpre/dt = -pre/(20*ms) : 1", threshold="rand() < rate*dt", reset="pre = 1",
        method="exact", namespace=constants, name="inputs",
    )  # fmt: skip
    conductances = "dge/dt = -ge/ms : 1\ndgi/dt = -gi/(2*ms) : 1\n"
    excitatory = b2.NeuronGroup(
        n,
        conductances
        + """dv/dt = (-65*mV - v - ge*v - gi*(100*mV + v))/(100*ms) : volt (unless refractory)
             dtheta/dt = -theta/(1e7*ms) : volt
             dpost1/dt = -post1/(20*ms) : 1
             dpost2/dt = -post2/(40*ms) : 1
             total : 1""",
        threshold="v > theta - 72*mV", reset="v = -65*mV; theta += 0.05*mV; post1 = 1; post2 = 1",
        refractory=5 * ms, method="euler", name="excitatory",
    )  # fmt: skip
    inhibitory = b2.NeuronGroup(
        n, conductances + "dv/dt = (-60*mV - v - ge*v - gi*(85*mV + v))/(10*ms) : volt (unless refractory)",
        threshold="v > -40*mV", reset="v = -45*mV", refractory=2 * ms, method="euler", name="inhibitory",
    )  # fmt: skip
    excitatory.v, inhibitory.v, excitatory.theta = -65 * mV, -60 * mV, 20 * mV
    feed = b2.Synapses(
        inputs, excitatory, "w : 1", delay=0 * ms,
        on_pre="ge_post += w\nw = clip(w - 1e-4*post1_post, 0, 1)",
        on_post="w = clip(w + 1e-2*pre_pre*post2_post, 0, 1)", name="feed",
    )  # fmt: skip
    feed.connect()
    feed.w = "0.3*rand() + 0.01"
    excite = b2.Synapses(excitatory, inhibitory, on_pre="ge_post += 10.4", delay=0 * ms, name="excite")
    excite.connect(j="i")
    inhibit = b2.Synapses(inhibitory, excitatory, on_pre="gi_post += 17.0", delay=0 * ms, name="inhibit")
    inhibit.connect("i != j")
    excitatory.run_regularly("total = 0", dt=500 * ms, when="start", order=0)
    feed.run_regularly("total_post += w", dt=500 * ms, when="start", order=1)
    feed.run_regularly("w *= 78.0/total_post", dt=500 * ms, when="start", order=2)
    counts = b2.SpikeMonitor(excitatory, record=False, name="counts")
    return [inputs, excitatory, inhibitory, feed, excite, inhibit, counts], images * 500 * ms


def cuba(n: int, seconds: int):
    """Currents (Vogels and Abbott 2005, as Brian2's example)."""
    b2.defaultclock.dt = 0.1 * ms
    cells = b2.NeuronGroup(
        n,
        """dv/dt = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
           dge/dt = -ge/(5*ms) : volt
           dgi/dt = -gi/(10*ms) : volt""",
        threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms, method="exact", name="cells",
    )  # fmt: skip
    cells.v = "-60*mV + 10*mV*rand()"
    return _balanced(cells, "ge_post += 1.62*mV", "gi_post -= 9*mV"), seconds * 1000 * ms


def cobahh(n: int, seconds: int):
    """Hodgkin-Huxley neurons with conductances (Brette et al. 2007, as Brian2's example)."""
    b2.defaultclock.dt = 0.1 * ms
    cells = b2.NeuronGroup(
        n,
        """dv/dt = (-(v + 60*mV) - ge*v - gi*(v + 80*mV) - 2000*m**3*h*(v - 50*mV)
                    - 600*n**4*(v + 90*mV))/(20*ms) : volt
           dm/dt = 0.32*4/exprel((13*mV - u)/(4*mV))/ms*(1 - m) - 0.28*5/exprel((u - 40*mV)/(5*mV))/ms*m : 1
           dn/dt = 0.032*5/exprel((15*mV - u)/(5*mV))/ms*(1 - n) - 0.5*exp((10*mV - u)/(40*mV))/ms*n : 1
           dh/dt = 0.128*exp((17*mV - u)/(18*mV))/ms*(1 - h) - 4/(1 + exp((40*mV - u)/(5*mV)))/ms*h : 1
           dge/dt = -ge/(5*ms) : 1
           dgi/dt = -gi/(10*ms) : 1
           u = v + 63*mV : volt""",
        threshold="v > -20*mV", refractory=3 * ms, method="exponential_euler", name="cells",
    )  # fmt: skip
    cells.v = "-60*mV + (rand()*5 - 5)*mV"
    cells.ge, cells.gi = "(rand()*0.6 + 0.4)*0.6", "(rand()*1.2 + 1.6)*0.6"
    return _balanced(cells, "ge_post += 0.6", "gi_post += 6.7"), seconds * 1000 * ms


def plastic_ei(n: int, seconds: int):
    """CUBA's neurons, with inhibition that learns to keep a rate (Vogels et al. 2011); traces are the neurons'."""
    b2.defaultclock.dt = 0.1 * ms
    cells = b2.NeuronGroup(
        n,
        """dv/dt = (-(v + 60*mV) - ge*v - gi*(v + 80*mV) + 20*mV)/(20*ms) : volt (unless refractory)
           dge/dt = -ge/(5*ms) : 1
           dgi/dt = -gi/(10*ms) : 1
           dx/dt = -x/(20*ms) : 1""",
        threshold="v > -50*mV", reset="v = -60*mV; x += 1", refractory=5 * ms, method="euler", name="cells",
    )  # fmt: skip
    cells.v = "-60*mV + 10*mV*rand()"
    split = n * 4 // 5
    excite = b2.Synapses(cells[:split], cells, on_pre="ge_post += 0.03", delay=0 * ms, name="excite")
    excite.connect(p=0.02)
    inhibit = b2.Synapses(
        cells[split:], cells, "w : 1", delay=0 * ms,
        on_pre="gi_post += 0.03*w\nw = clip(w + 0.01*(x_post - 0.2), 0, 30)",
        on_post="w = clip(w + 0.01*x_pre, 0, 30)", name="inhibit",
    )  # fmt: skip
    inhibit.connect(p=0.02)
    inhibit.w = 1
    return [cells, excite, inhibit, b2.SpikeMonitor(cells, record=False, name="counts")], seconds * 1000 * ms


def _balanced(cells, excitation: str, inhibition: str) -> list:
    split = len(cells) * 4 // 5
    excite = b2.Synapses(cells[:split], cells, on_pre=excitation, name="excite")
    excite.connect(p=0.02)
    inhibit = b2.Synapses(cells[split:], cells, on_pre=inhibition, name="inhibit")
    inhibit.connect(p=0.02)
    return [cells, excite, inhibit, b2.SpikeMonitor(cells, record=False, name="counts")]


NETWORKS = {"diehl-cook": diehl_cook, "cuba": cuba, "cobahh": cobahh, "plastic-ei": plastic_ei}
