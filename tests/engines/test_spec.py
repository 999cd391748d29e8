"""What a compiled project is made for: all that changes the code, and nothing else."""

import json
from dataclasses import replace

import numpy as np
import pytest

from spikenet.engines.job import job_from_spec, spec_of
from spikenet.engines.simulate import Schedule
from spikenet.neurons import FHN, LIF, MODELS
from tests.planning import plan

DRIVE = np.zeros((4, 3))


def spec(model=FHN, drive=DRIVE, settle="1 ms", duration="2 ms", dt=None, sample_dt="0.1 ms", **settings) -> dict:
    return spec_of(plan(model, drive, Schedule(duration, settle, dt, sample_dt), **settings)[0])


@pytest.mark.parametrize(
    "other",
    [
        lambda: spec(FHN(epsilon=0.1, a=0.5, tau="2 ms")),
        lambda: spec(FHN.with_initial(x=0.5)),
        lambda: spec(drive=np.ones((70, 11))),
        lambda: spec(seed=9),
        lambda: spec(record=["mean"]),
        lambda: spec(settle=1e-3, duration=2e-3, dt=1e-5, sample_dt=1e-4),
        lambda: spec(replace(FHN, reference="elsewhere", fastest_rate=None)),
    ],
)
def test_what_may_change_without_compiling_is_not_in_it(other):
    assert other() == spec()


@pytest.mark.parametrize(
    "other",
    [
        lambda: spec(LIF, dt="0.1 ms"),
        lambda: spec(replace(FHN, equations=FHN.equations.replace("x**3/3", "x**3/2"))),
        lambda: spec(replace(FHN, method="euler")),
        lambda: spec(replace(FHN, threshold="x > 1")),
        lambda: spec(FHN.with_initial(x=[0.0, 1.0, 2.0])),
        lambda: spec(drive=np.zeros((4, 6, 3))),
        lambda: spec(drive=np.zeros((4, 10, 3))),
        lambda: spec(record=("mean", "trace")),
        lambda: spec(variable="y"),
        lambda: spec(dt="5 us"),
        lambda: spec(settle="2 ms"),
        lambda: spec(duration="3 ms"),
        lambda: spec(sample_dt="0.2 ms"),
    ],
)
def test_what_changes_the_code_is_in_it(other):
    assert other() != spec()


@pytest.mark.parametrize("name", MODELS)
def test_a_spec_is_plain_json_and_its_job_has_the_same_spec(name):
    model = MODELS[name]
    timing = Schedule(20 * model.dt, 10 * model.dt, None, model.dt)
    wanted = spec_of(plan(model, dict.fromkeys(model.ports, np.zeros((4, 30, 3))), timing, record=("mean", "final"))[0])
    written = json.loads(json.dumps(wanted))
    assert spec_of(job_from_spec(written)) == wanted
    job = job_from_spec(written)
    assert job.neuron.parameters.keys() == model.parameters.keys()
    assert all(job.neuron.parameters[key].dimensions == one.dimensions for key, one in model.parameters.items())
    assert job.drive_steps == dict.fromkeys(model.ports, 30)
