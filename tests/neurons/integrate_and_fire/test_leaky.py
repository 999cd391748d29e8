"""Integrate-and-fire neurons against their f-I formulas.

A spike is found at the end of a step, and Brian2 counts the refractory steps from the start of that step: an interval
is the formula's rounded up to a step, less one step. So it lies between the formula's less dt and the formula's.
"""

import numpy as np
import pytest
from brian2 import ms, mV, nA, pA

from spikenet.engines.simulate import simulate
from spikenet.neurons import IF, LIF, SoftResetIF

DT = 1e-4
LEAKY = LIF.with_parameters(
    tau_mem=15 * ms, tau_ref=3 * ms, v_rest=-68 * mV, v_reset=-66 * mV, v_threshold=-51 * mV, resistance="80 Mohm"
)
PERFECT = IF.with_parameters(capacitance="150 pF", tau_ref=2 * ms, v_reset=-62 * mV, v_threshold=-47 * mV)


def formula_of_lif(drive: np.ndarray) -> np.ndarray:
    """Interval between spikes in s: tau_ref + tau_mem ln((RI + v_rest - v_reset)/(RI + v_rest - v_threshold))."""
    pull = 80e6 * drive - 68e-3
    return 3e-3 + 15e-3 * np.log((pull + 66e-3) / (pull + 51e-3))


def formula_of_if(drive: np.ndarray) -> np.ndarray:
    """tau_ref + C (v_threshold - v_reset)/I."""
    return 2e-3 + 150e-12 * 15e-3 / drive


@pytest.mark.parametrize(
    ("model", "formula", "drive"),
    [
        (LEAKY, formula_of_lif, np.array([0.2130, 0.25, 0.4, 1.0]) * 1e-9),
        (PERFECT, formula_of_if, np.array([50.0, 111.0, 333.0, 900.0]) * 1e-12),
    ],
    ids=["lif", "if"],
)
def test_intervals_between_spikes_are_the_formulas_to_one_step(model, formula, drive):
    recording = simulate(model, [drive], duration="400 ms", record=("spikes", "count"), engine="runtime")
    for unit, wanted in enumerate(formula(drive)):
        intervals = np.diff(recording.spikes.times_of(0, unit))
        assert len(intervals) >= 3
        assert np.ptp(intervals) < 1e-9  # a constant drive, an equal interval
        assert -DT - 1e-9 <= intervals[0] - wanted <= 1e-9
        assert recording.count[0, unit] == len(intervals) + 1


def test_the_refractory_time_is_part_of_the_interval():
    """The interval grows by just as many steps."""
    drive = [[0.4]] * nA
    short, long = (
        np.diff(simulate(LEAKY(tau_ref=tau), drive, duration="100 ms", record="spikes", engine="runtime").spikes.time)[
            0
        ]
        for tau in ("3 ms", "7 ms")
    )
    assert long - short == pytest.approx(4e-3, abs=1e-9)


def test_lif_is_silent_below_its_rheobase_and_comes_to_rest():
    """v = v_rest + RI; 400 ms are 27 time constants."""
    drive = np.array([0.0, 0.1, 17e-3 / 80e6 * 1e9 * 0.999])
    recording = simulate(LEAKY, [drive] * nA, duration="400 ms", record=("count", "final"), engine="runtime")
    assert not recording.count.any()
    np.testing.assert_allclose(recording.final[0], -68e-3 + 80e6 * drive * 1e-9, atol=1e-9)


def test_lif_decays_exactly():
    """The method is exact: one sample every 7 steps lies on the exponential to rounding."""
    model = LEAKY.with_initial(v=-55 * mV)
    recording = simulate(model, [[0.05]] * nA, duration="35 ms", sample_dt="0.7 ms", record="trace", engine="runtime")
    aim = -68e-3 + 80e6 * 0.05e-9
    np.testing.assert_allclose(
        recording.trace[0, :, 0], aim + (-55e-3 - aim) * np.exp(-recording.times / 15e-3), rtol=1e-12
    )


def test_if_keeps_its_charge_without_a_drive():
    recording = simulate(PERFECT, [[0.0]] * pA, duration="50 ms", record=("count", "final"), engine="runtime")
    assert recording.count[0, 0] == 0
    assert recording.final[0, 0] == pytest.approx(-65e-3, abs=1e-15)


@pytest.mark.parametrize("model", [LEAKY, PERFECT], ids=["lif", "if"])
def test_a_reset_goes_to_v_reset_and_v_stays_there_while_refractory(model):
    recording = simulate(
        model, [[0.8]] * nA, duration="40 ms", sample_dt=DT, record=("trace", "spikes"), engine="runtime"
    )
    v, parameters = recording.trace[0, :, 0], model.parameters
    at = np.rint(recording.spikes.time / DT).astype(int)  # the step that crosses; the sample after it is the reset
    held = round(parameters["tau_ref"].value / DT) - 1
    assert v.max() <= parameters["v_threshold"].value
    for spike in at[at + held < len(v)]:
        assert (v[spike + 1 : spike + 1 + held] == parameters["v_reset"].value).all()
        assert v[spike + 1 + held + 1] > parameters["v_reset"].value


def test_a_soft_reset_loses_no_charge():
    """Spikes times the threshold, and what is left, are all that came."""
    drive = np.linspace(-0.5, 1.0, 31)[None]
    found = simulate(SoftResetIF, drive, duration="50 ms", record=("count", "final"), engine="runtime")
    assert np.allclose(found.count + found.final, 50 * drive, atol=1e-12)
    assert np.array_equal(found.count, np.floor(np.maximum(50 * drive, 0) + 1e-9))
