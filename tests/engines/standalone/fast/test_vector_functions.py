"""Functions of the C library for several numbers at once, in single precision."""

import brian2
import numpy as np
import pytest

import spikenet as sn

EQUATIONS = """
    dv/dt = (-v + g*(3 - v))/(10*ms) : 1 (unless refractory)
    dg/dt = -g/(5*ms) : 1
    x = exp(-v) + log(2 + v) + sin(v)*cos(g) : 1
    dy/dt = (x - y)/ms : 1
"""


@pytest.mark.slow
def test_single_precision_is_the_same_with_functions_for_vectors():
    found = []
    for fast in (True, False):
        with sn.device("cpp", seed=1, precision="float32", fast=fast):
            cells = brian2.NeuronGroup(
                333, EQUATIONS, threshold="v > 1", reset="v = 0", refractory="2*ms", method="exponential_euler"
            )
            cells.run_regularly("g = 0.5 + sin(100*i)**2", dt=5 * brian2.ms)
            spikes = brian2.SpikeMonitor(cells)
            brian2.run(300 * brian2.ms)
        found.append((spikes.num_spikes, cells.v[:], cells.y[:]))
    (n, *states), (expected, *others) = found
    assert n == expected > 1000
    for one, other in zip(states, others, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-6)  # a few last bits; most are equal
        assert (one == other).mean() > 0.9
