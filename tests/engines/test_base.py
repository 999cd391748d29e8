"""The front door: names, streams and what a call leaves to the engine."""

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from spikenet.engines.base import ENGINES, Engine
from spikenet.engines.simulate import find_engine, simulate, stream
from spikenet.engines.standalone.cpp.engine import Cpp
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons import FHN, LIF
from spikenet.recording import Recording


@dataclass(frozen=True)
class Echo:
    """An engine of the tests' own: gives the drive back as the mean."""

    name = "echo"
    simulator = None

    def run(self, job, drives, progress):
        progress.at(1.0)
        drive = drives[job.neuron.ports[0]]
        return Recording({"mean": drive.copy()}, drive.shape, job.steps.sample_dt, job.variable, {"seed": job.seed})

    def read_out(self, job, drives, weights, progress):
        yield slice(0, 1), weights

    def trace_at(self, job, drives, instants, progress):
        raise NotImplementedError

    def prepared(self, job, drives, progress):
        return self


def test_an_engine_is_whatever_answers_the_protocol():
    drive = np.arange(6.0).reshape(2, 3) / 10
    assert isinstance(Echo(), Engine)
    recording = simulate(FHN, drive, duration="1 ms", engine=Echo(), seed=7)
    np.testing.assert_array_equal(recording.mean, drive)
    assert recording.provenance["seed"] == 7


def test_names_are_looked_up_with_default_settings():
    assert find_engine("cpp") == Cpp()
    one = Cpp(threads=1)
    assert find_engine(one) is one


@pytest.mark.parametrize("engine", ["", "CPP", "brian2"])
def test_unknown_names_are_errors_that_list_the_known(engine):
    with pytest.raises(InvalidValueError, match=f"unknown engine {engine!r}; there are {', '.join(ENGINES)}"):
        find_engine(engine)


@pytest.mark.parametrize("engine", [Cpp, Echo, None, 3, object()])
def test_what_is_no_engine_is_refused(engine):
    with pytest.raises(InvalidTypeError, match="the engine is .* wanted one of"):
        find_engine(engine)


def test_the_drive_that_an_engine_gets_is_not_the_users_array():
    drive = np.zeros((1, 2))

    class Scribbler(Echo):
        def run(self, job, drives, progress):
            drives["i_in"][...] = 9.0
            return super().run(job, drives, progress)

    simulate(FHN, drive, duration="1 ms", engine=Scribbler())
    assert not drive.any()


def test_the_table_of_engines_is_closed():
    with pytest.raises(TypeError):
        ENGINES["mine"] = "tests:Echo"


def test_a_stream_is_a_simulation_in_pieces():
    drive = np.linspace(0.0, 0.6e-9, 6).reshape(2, 3)
    settings = {"settle": "10 ms", "duration": "60 ms", "engine": "runtime", "record": ("trace", "count")}
    (here, piece), *more = stream(LIF, drive, **settings)
    whole = simulate(LIF, drive, **settings)
    assert (here, more) == (slice(0, 2), [])
    np.testing.assert_array_equal(piece.trace, whole.trace)
    np.testing.assert_array_equal(piece.count, whole.count)


def test_the_front_door_needs_no_brian2():
    code = (
        "import sys; from spikenet.engines.simulate import find_engine; find_engine('cpp');"
        "print(sorted({'brian2', 'sympy', 'tensorflow', 'scipy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
