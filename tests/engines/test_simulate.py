"""Simulations as objects: what they hold, what they know without a drive, and that `simulate` is one in one call."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

import spikenet as sn
from spikenet.engines.runtime import Runtime
from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError

DRIVE = np.array([[-0.5, 0.0], [0.3, 0.7]])
TIMES = {"settle": "1 ms", "duration": "2 ms"}


@pytest.fixture(scope="module")
def simulation():
    return sn.Simulation(sn.FHN, **TIMES, engine="runtime")


def test_simulate_is_a_simulation_in_one_call(simulation):
    once = sn.simulate(sn.FHN, DRIVE, **TIMES, engine="runtime", record=("mean", "trace"), variable="y")
    again = simulation.run(DRIVE, record=("mean", "trace"), variable="y")
    np.testing.assert_array_equal(once.mean, again.mean)
    np.testing.assert_array_equal(once.trace, again.trace)
    assert again.variable == "y" and again.provenance["duration"] == pytest.approx(2e-3)


def test_streaming_is_a_simulation_in_one_call_too(simulation):
    ((samples, piece),) = simulation.stream(DRIVE)
    ((same, again),) = sn.stream(sn.FHN, DRIVE, **TIMES, engine="runtime")
    assert samples == same == slice(0, 2)
    np.testing.assert_array_equal(piece.trace, again.trace)


def test_times_are_given_one_by_one_or_as_a_schedule(simulation):
    assert sn.Simulation(sn.FHN, sn.Schedule("2 ms", "1 ms")).schedule == simulation.schedule
    for both in ({"duration": "1 ms"}, {"dt": None}):
        with pytest.raises(InvalidTypeError, match="wanted a Schedule, or times by name"):
            sn.Simulation(sn.FHN, sn.Schedule("2 ms"), **both)


def test_it_is_frozen_and_changed_by_making_another(simulation):
    with pytest.raises(FrozenInstanceError):
        simulation.seed = 2
    other = replace(simulation, neuron=sn.LIF, seed=7)
    assert (other.neuron, other.seed, other.schedule, other.engine) == (sn.LIF, 7, simulation.schedule, Runtime())


def test_steps_and_samples_are_known_without_a_drive(simulation):
    assert (simulation.steps.settle, simulation.steps.record, simulation.steps.samples) == (100, 200, 20)
    job = simulation.job(("trace", "final"), "y")
    assert (job.record, job.variable, dict(job.drive_steps)) == (("trace", "final"), "y", {"i_in": 0})
    planned, _ = simulation.plan(DRIVE, ("trace", "final"), "y")
    assert (job.steps, job.record, job.seed) == (planned.steps, planned.record, planned.seed)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"neuron": "fhn"}, InvalidTypeError, "the neuron is str, wanted a NeuronModel"),
        ({"schedule": "1 ms"}, InvalidTypeError, "the schedule is '1 ms', wanted a Schedule"),
        ({"engine": "gpu"}, InvalidValueError, "unknown engine 'gpu'"),
        ({"seed": -1}, InvalidValueError, "seed is -1, wanted a whole number from 0 to 4294967295"),
        ({"seed": True}, InvalidValueError, "seed is True"),
    ],
)
def test_what_cannot_be_used_is_refused_when_it_is_made(settings, error, words):
    with pytest.raises(error, match=words):
        sn.Simulation(**{"neuron": sn.FHN, "schedule": sn.Schedule("1 ms")} | settings)


def test_what_is_left_of_bad_input_is_refused_before_there_is_a_drive(simulation):
    with pytest.raises(InvalidValueError, match="never spikes"):
        simulation.job("count")
    with pytest.raises(InvalidValueError, match="no output 'z'"):
        simulation.job(variable="z")
    with pytest.raises(InvalidValueError, match="too large for fhn"):
        sn.Simulation(sn.FHN, duration="1 ms", dt="0.1 ms").job()
    with pytest.raises(UnitError):
        sn.Simulation(sn.FHN, duration="1 mV")


def test_one_sample_or_one_unit_of_a_port_stands_for_all(conductances):
    """(1, time, 1) beside (3, 1) and (1, 2)."""
    changing = np.linspace(0.0, 2.0, 10).reshape(1, 10, 1)
    settings = {"duration": "10 ms", "record": "final", "engine": "runtime"}
    found = sn.simulate(conductances, {"g_exc": changing, "g_inh": [[0.5], [1.0], [2.0]]}, **settings).final
    whole = {"g_exc": np.repeat(changing, 3, axis=0), "g_inh": [[0.5], [1.0], [2.0]]}
    np.testing.assert_array_equal(found, sn.simulate(conductances, whole, **settings).final)
    assert sn.simulate(conductances, {"g_exc": changing, "g_inh": [[0.5, 1.0]]}, **settings).final.shape == (1, 2)
