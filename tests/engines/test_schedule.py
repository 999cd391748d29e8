"""Schedules: times become steps, without a drive."""

from dataclasses import astuple

import pytest
from brian2 import ms

from spikenet.engines.job import TimeSteps
from spikenet.engines.simulate import Schedule
from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.neurons import FHN, LIF


def test_times_are_texts_quantities_or_seconds():
    for schedule in (Schedule("100 ms", "200 ms", "10 us", "0.1 ms"), Schedule(100 * ms, 200 * ms, 0.01 * ms, 1e-4)):
        assert astuple(schedule) == pytest.approx((0.1, 0.2, 1e-5, 1e-4), rel=1e-12)


def test_a_neurons_own_steps_stand_in_for_those_left_out():
    assert Schedule("2 ms", "1 ms").steps(FHN) == TimeSteps(1e-5, 100, 200, 10)
    assert Schedule("2 ms", "1 ms").steps(LIF) == TimeSteps(1e-4, 10, 20, 10)
    assert Schedule("2 ms", "1 ms", dt="50 us").steps(LIF).dt == pytest.approx(5e-5)


def test_samples_are_counted_without_a_drive():
    steps = Schedule("2 ms", "1 ms", sample_dt="0.25 ms").steps(FHN)
    assert (steps.total, steps.samples) == (300, 8)
    assert steps.sample_dt == pytest.approx(0.25e-3)


def test_where_no_samples_are_taken_they_need_not_fit():
    schedule = Schedule("1 ms", sample_dt="0.3 ms")
    assert schedule.steps(FHN, sampled=False).sample == 30
    with pytest.raises(InvalidValueError, match="duration is 1 ms, which is no whole number of samples of 300 us"):
        schedule.steps(FHN)


@pytest.mark.parametrize(
    ("times", "error", "words"),
    [
        ({"duration": 0}, InvalidValueError, "duration is 0 s, wanted at least one step"),
        ({"duration": "1 mV"}, UnitError, "duration has the unit volt"),
        ({"duration": None}, InvalidTypeError, "duration is None"),
        ({"duration": 1, "settle": None}, InvalidTypeError, "settle is None"),
        ({"duration": 1, "settle": -1}, InvalidValueError, "settle is -1 s, wanted zero or more"),
        ({"duration": 1, "dt": 0}, InvalidValueError, "dt is 0 s, wanted more"),
        ({"duration": 1, "sample_dt": 0}, InvalidValueError, "sample_dt is 0 s, wanted at least dt"),
    ],
)
def test_what_is_no_time_is_refused(times, error, words):
    with pytest.raises(error, match=words):
        Schedule(**times)
