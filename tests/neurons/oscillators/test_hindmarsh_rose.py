"""Hindmarsh and Rose's neuron rests, bursts, or fires without pause."""

import numpy as np
import pytest

from spikenet.engines.simulate import simulate
from spikenet.neurons import HindmarshRose

SETTINGS = {"dt": "0.05 ms", "engine": "runtime"}


def fixed_point(drive: float) -> float:
    """x where all stands still: 1 - 5 x^2 - x^3 + 3 x^2 - 4 (x + 1.6) + I = 0 has one real root."""
    roots = np.roots([-1.0, -2.0, -4.0, 1.0 - 6.4 + drive])
    return float(roots[np.abs(roots.imag) < 1e-9].real[0])


def largest_growth(drive: float) -> float:
    x = fixed_point(drive)
    return np.linalg.eigvals([[-3 * x**2 + 6 * x, 1, -1], [-10 * x, -1, 0], [0.004, 0, -0.001]]).real.max()


def test_it_rests_where_the_fixed_point_is_stable_and_fires_where_it_is_not():
    drive = np.array([1.0, 1.6])
    assert largest_growth(drive[0]) < 0 < largest_growth(drive[1])
    x = np.array([fixed_point(one) for one in drive])
    started = HindmarshRose.with_initial(x=x + 1e-3, y=1 - 5 * x**2, z=4 * (x + 1.6))
    recording = simulate(started, [drive], duration="3 s", record=("count", "final"), **SETTINGS)
    assert recording.count[0, 0] == 0 and recording.count[0, 1] > 10
    assert recording.final[0, 0] == pytest.approx(x[0], abs=1e-3)


def test_it_bursts_at_2_and_fires_without_pause_at_4():
    """Intervals within a burst are some ten units of time, pauses hundreds; each burst has as many spikes."""
    spikes = simulate(HindmarshRose, [[2.0, 4.0]], settle="2 s", duration="4 s", record="spikes", **SETTINGS).spikes
    bursting, steady = (np.diff(spikes.times_of(0, unit)) for unit in (0, 1))
    assert steady.max() < 1.2 * steady.min()
    pauses = np.flatnonzero(bursting > 5 * np.median(bursting))
    assert len(pauses) >= 3 and np.ptp(np.diff(pauses)) <= 1 < np.diff(pauses).min()
