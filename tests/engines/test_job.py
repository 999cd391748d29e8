"""A job is planned: durations in steps, drives in SI, moments at which something happens."""

from dataclasses import replace

import numpy as np
import pytest
from brian2 import amp, ms, mV, nA
from hypothesis import given
from hypothesis import strategies as st

from spikenet.engines.job import _STABILITY
from spikenet.engines.simulate import Schedule
from spikenet.errors import ImplausibleDriveWarning, InvalidValueError
from spikenet.neurons import FHN, LIF
from spikenet.recording import RECORDABLE
from tests.planning import plan

DRIVE = np.zeros((4, 3))


def planned(model=FHN, drive=DRIVE, settle="1 ms", duration="2 ms", dt=None, sample_dt=None, **settings):
    return plan(model, drive, Schedule(duration, settle, dt, sample_dt), **settings)


def test_durations_become_steps():
    job, _ = planned(settle=1 * ms, duration=0.3, dt=0.025 * ms)
    assert (job.steps.settle, job.steps.record, job.steps.total) == (40, 12000, 12040)
    job, _ = planned(duration=0.3e-3, dt=0.025e-3)  # int(0.3 / 0.025) is 11
    assert job.steps.record == 12


def test_the_models_own_dt_and_sample_dt_are_taken():
    job, _ = planned()
    assert (job.steps.dt, job.steps.sample, job.steps.samples) == (1e-5, 10, 20)
    assert job.steps.sample_dt == pytest.approx(1e-4)


@pytest.mark.parametrize(
    ("settle", "record", "steps"), [("0.95 ms", "2 ms", 5), ("0 ms", "0.97 ms", 1), ("0 ms", "2 ms", 10)]
)
def test_the_models_sample_dt_gives_way_where_it_does_not_divide(settle, record, steps):
    job, _ = planned(settle=settle, duration=record)
    assert job.steps.sample == steps
    assert job.steps.record % steps == job.steps.settle % steps == 0


def test_a_sample_dt_that_nobody_needs_may_not_divide():
    assert planned(sample_dt="0.3 ms", record="final")[0].steps.sample == 30


def test_drives_become_si_floats_by_port():
    _, drives = planned(LIF, [[1, 2]] * nA, duration="2 ms")
    assert drives.keys() == {"i_in"}
    np.testing.assert_allclose(drives["i_in"], [[1e-9, 2e-9]])
    assert drives["i_in"].dtype == np.float64 and drives["i_in"].flags.c_contiguous


def test_ports_that_are_not_named_get_nothing(conductances):
    job, drives = planned(conductances, {"g_inh": np.ones((4, 5, 3))}, settle="2 ms", duration="3 ms")
    np.testing.assert_array_equal(drives["g_exc"], np.zeros((4, 3)))
    assert list(drives) == list(conductances.ports)
    assert dict(job.drive_steps) == {"g_exc": 0, "g_inh": 5}


def test_ports_may_change_at_different_times(conductances):
    drive = {"g_exc": np.ones((4, 10, 3)), "g_inh": np.ones((4, 25, 3))}
    assert dict(planned(conductances, drive, settle="2 ms", duration="3 ms")[0].drive_steps) == {
        "g_exc": 10,
        "g_inh": 25,
    }


def test_what_is_kept_is_kept_once_and_in_one_order():
    assert planned(LIF, record=["spikes", "mean", "spikes", "count"])[0].record == ("mean", "count", "spikes")
    assert planned(record="final")[0].record == ("final",)
    assert set(planned(LIF, record=RECORDABLE)[0].record) == set(RECORDABLE)


def test_the_output_is_the_models_first_unless_named():
    assert planned()[0].variable == "x"
    assert planned(variable="y")[0].variable == "y"


@given(settle=st.integers(0, 60), duration=st.integers(1, 60), sample=st.integers(1, 20), parts=st.integers(1, 12))
def test_nothing_happens_to_a_neuron_within_a_block_of_substeps(settle, duration, sample, parts):
    """Neither the end of settling, nor a sample, nor a change of the drive."""
    if settle % sample or duration % sample or (settle + duration) % parts:
        return
    dt = FHN.dt
    job, _ = planned(
        drive=np.zeros((1, parts, 1)), settle=settle * dt, duration=duration * dt, sample_dt=sample * dt, record="trace"
    )
    for moment in (settle, settle + duration, sample, (settle + duration) // parts):
        assert moment % job.substeps == 0
    assert job.substeps >= 1


def test_as_many_substeps_as_can_be_are_taken():
    assert planned(settle="1 ms", duration="2 ms", sample_dt="0.5 ms", record="mean")[0].substeps == 50
    assert planned(settle="1 ms", duration="2 ms", record="final")[0].substeps == 100
    assert planned(drive=np.zeros((4, 15, 3)), settle="1 ms", duration="2 ms", record="final")[0].substeps == 20


def test_spikes_chance_time_and_other_methods_are_not_substepped(ornstein_uhlenbeck, wavy):
    assert planned(LIF)[0].substeps == 1
    assert planned(ornstein_uhlenbeck)[0].substeps == 1
    assert planned(replace(wavy, threshold=None, reset=None, refractory=None))[0].substeps == 1
    assert planned(replace(FHN, method="exponential_euler"))[0].substeps == 1


@pytest.mark.parametrize(("method", "limit"), [("euler", 2.0), ("rk2", 2.0), ("rk4", 2.785)])
def test_dt_is_refused_just_beyond_the_limit_of_stability(method, limit):
    """The fastest rate is 3/(epsilon tau) = 60/ms; each method's interval on the real axis."""
    model, longest = replace(FHN, method=method), limit / 60e3
    just, beyond = 0.999 * longest, 1.001 * longest
    planned(model, settle=0, duration=100 * just, dt=just)
    with pytest.raises(
        InvalidValueError, match=f"too large for fhn: {method} is unstable beyond {longest * 1e6:.3g} us"
    ):
        planned(model, settle=0, duration=100 * beyond, dt=beyond)


@pytest.mark.parametrize("method", ["euler", "rk2", "rk4"])
def test_the_limit_of_stability_is_a_real_one(method):
    """dx/dt = -x: bounded just within the limit that the check uses, growing just beyond it."""

    def grows(z: float) -> bool:
        factor = {"euler": 1 - z, "rk2": 1 - z + z**2 / 2, "rk4": 1 - z + z**2 / 2 - z**3 / 6 + z**4 / 24}[method]
        return abs(factor) > 1

    assert not grows(_STABILITY[method] - 1e-3)
    assert grows(_STABILITY[method] + 1e-3)


def test_a_recording_is_told_how_it_was_made():
    described = planned(LIF(tau_mem="5 ms", v_rest=-71 * mV), seed=4)[0].provenance()
    assert described["parameters"]["tau_mem"] == "5 ms" and described["parameters"]["v_rest"] == "-71 mV"
    assert (described["model"], described["seed"]) == ("lif", 4)
    assert (described["dt"], described["settle"], described["duration"]) == pytest.approx((1e-4, 1e-3, 2e-3))


def test_a_plain_number_that_is_a_billion_times_too_much_is_warned_of():
    with pytest.warns(ImplausibleDriveWarning, match=r"up to 0.3 amp, .* plain numbers are in amp: .* such as 0.3\*nA"):
        planned(LIF, drive=[[0.3]])
    for meant in ([[0.3]] * amp, [[0.3e-9]], [[100e-9]]):
        planned(LIF, drive=meant)
