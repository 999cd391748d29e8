"""The generalized integrate-and-fire neuron resonates as its impedance says."""

import numpy as np
import pytest

from spikenet.engines.simulate import simulate
from spikenet.neurons import GIF

FREQUENCIES = np.array([0.5, 4.56, 30.0])
AMPLITUDE = 20e-12


def test_its_answer_to_a_small_sine_is_its_impedance():
    """Steps of 1 ms hold the sine: 0.15 % at 30 Hz; samples every 1 ms miss its peak by less."""
    time = (np.arange(3000) + 0.5) * 1e-3
    drive = AMPLITUDE * np.sin(2 * np.pi * FREQUENCIES[:, None] * time)[..., None]
    trace = simulate(GIF, drive, settle="1 s", duration="2 s", record="trace", engine="runtime").trace[..., 0]
    omega = 2j * np.pi * FREQUENCIES
    impedance = 1 / np.abs(25e-9 + omega * 0.5e-9 + 25e-9 / (1 + omega * 0.1))
    np.testing.assert_allclose(np.ptp(trace, axis=1) / 2 / AMPLITUDE, impedance, rtol=6e-3)


def test_its_resonance_is_where_the_formula_of_the_paper_puts_it():
    """With alpha = g_leak tau_slow/C and beta = g_slow tau_slow/C, both 5 here (Richardson et al., 2003)."""
    alpha = beta = 25e-9 * 0.1 / 0.5e-9
    formula = np.sqrt(np.sqrt((alpha + beta + 1) ** 2 - (alpha + 1) ** 2) - 1) / (2 * np.pi * 0.1)
    frequency = np.linspace(0.1, 20, 20_000)
    omega = 2j * np.pi * frequency
    impedance = 1 / np.abs(25e-9 + omega * 0.5e-9 + 25e-9 / (1 + omega * 0.1))
    assert frequency[impedance.argmax()] == pytest.approx(formula, abs=2e-3)


def test_it_fires_beyond_the_threshold_times_both_conductances():
    """At rest v = w = i_in/(g_leak + g_slow); on the way there v overshoots, so the drive grows slowly."""
    drive = np.linspace(0, 1, 100)[:, None] * 50e-9 * 20e-3 * np.array([0.97, 1.03])
    count = simulate(GIF, drive[None], duration="4 s", record="count", engine="runtime").count
    assert count[0, 0] == 0 < count[0, 1]
