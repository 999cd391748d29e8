"""The quadratic integrate-and-fire neuron: its period is a formula."""

import numpy as np
import pytest

from spikenet.engines.simulate import simulate
from spikenet.neurons import QIF


def test_the_period_is_the_formula_of_the_paper():
    """A spike is seen at the end of a step of 0.1 ms: periods of 47 to 430 ms, over some of them."""
    drive = np.array([0.005, 0.5, 4.0]) * 10
    spikes = simulate(QIF, [drive], settle="0.2 s", duration="2 s", record="spikes", engine="runtime").spikes
    for unit, root in enumerate(np.sqrt(drive)):
        period = 10e-3 / root * (np.arctan(30 / root) - np.arctan(-30 / root))
        assert np.diff(spikes.times_of(0, unit)).mean() == pytest.approx(period, abs=1e-4)


def test_below_zero_it_rests_or_fires_once_from_beyond_the_threshold():
    """dv/dt = v^2 - 1 has a stable point at -1 and a threshold at 1."""
    started = QIF.with_initial(v=[0.99, 1.01]).with_parameters(v_reset=-3.0)
    recording = simulate(started, [[-1.0, -1.0]], duration="0.3 s", record=("final", "count"), engine="runtime")
    np.testing.assert_array_equal(recording.count, [[0, 1]])
    np.testing.assert_allclose(recording.final, -1.0, atol=1e-6)
