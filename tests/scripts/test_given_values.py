"""Values that are given come before initial values that hang on them, or are refused."""

import brian2
import numpy as np
import pytest
from brian2 import NeuronGroup, PoissonGroup, Synapses, ms, run

import spikenet as sn
from spikenet.errors import DeviceError, InvalidValueError
from tests.conftest import CUDA

MOSTLY_CPP = ["cpp", pytest.param("cuda", marks=[pytest.mark.slow, pytest.mark.brian2cuda])]


def chain() -> tuple[NeuronGroup, Synapses]:
    """Values that hang on values: v on v0, x on v, weights on both, and delays on weights."""
    cells = NeuronGroup(3, "v : 1\nv0 : 1\nx : 1", name="cells")
    cells.v0 = 1
    cells.v = "v0/2"
    cells.x = "10*v"
    synapses = Synapses(cells, cells, "w : 1\nz : 1", on_pre="", name="synapses")
    synapses.connect(j="i")
    synapses.w = "v0_pre + x_post"
    synapses.z = "2*w"
    return cells, synapses


@pytest.mark.parametrize("name", MOSTLY_CPP)
def test_initial_values_follow_those_that_are_given(quick_emulator, name):
    with sn.device(name) as script:
        cells, synapses = chain()
        run(1 * ms)
        script.run()
        assert [cells.v[0], cells.x[0], synapses.w[0], synapses.z[0]] == [0.5, 5, 6, 12]
        script.run({cells.v0: 10})
        assert [cells.v[0], cells.x[0], synapses.w[0], synapses.z[0]] == [5, 50, 60, 120]
        script.run({cells.v0: [10, 20, 30], cells.x: 1})
        assert cells.v[:].tolist() == [5, 10, 15] and synapses.w[:].tolist() == [11, 21, 31]
        script.run({synapses.w: [1, 2, 3]})
        assert synapses.z[:].tolist() == [2, 4, 6] and cells.x[0] == 5
        brian2.device.run(run_args={cells.v0: 10})  # as a script without a block does
        assert [cells.v0[0], cells.v[0], synapses.w[0]] == [10, 0.5, 6]


@pytest.mark.slow
def test_a_script_may_say_where_values_are_put_in(quick_emulator):
    with sn.device("cpp") as script:
        cells = NeuronGroup(1, "v : 1\nv0 : 1", name="cells")
        cells.v = "v0/2"
        brian2.device.apply_run_args()
        cells.v0 = "3*v"
        run(1 * ms)
        script.run({cells.v: 2})
        assert cells.v0[0] == 6


def with_numbers_from_python(cells, what: str):
    """Work something out from x, in Python; return an object that has to live."""
    x = cells.x[:]
    if what == "a variable":
        cells.y = x**2
    elif what == "a part of a variable":
        cells.y[1:] = x[1:]
    elif what == "synapses":
        synapses = Synapses(cells, cells, name="synapses")
        synapses.connect(i=np.flatnonzero(x > 1), j=np.flatnonzero(x > 1))
    elif what == "another group":
        return PoissonGroup(3, x * brian2.Hz, name="poisson")
    elif what == "by way of code":
        cells.z = "2*x"
        cells.y = cells.z[:]
    return None


@pytest.mark.parametrize("what", ["a variable", "a part of a variable", "synapses", "another group", "by way of code"])
def test_a_value_that_others_were_worked_out_from_in_python_is_refused(quick_emulator, monkeypatch, what):
    monkeypatch.setattr("spikenet.scripts.script.Script.run_so_far", lambda script: script._backend.device.pretend())
    monkeypatch.setattr("spikenet.scripts.guarded.GuardedDevice.pretend", pretend, raising=False)
    monkeypatch.setattr("spikenet.scripts.script.Script._build", lambda *_: None)
    with pytest.raises(
        DeviceError, match=r"cells.x was read before the script set .*set that by a text, such as '2\*x'"
    ):
        with sn.device("cpp", seed=1) as script:
            cells = NeuronGroup(3, "x : 1\ny : 1\nz : 1", name="cells")
            cells.x = [1, 2, 3]
            other = with_numbers_from_python(cells, what)
            run(1 * ms)
            script.run({cells.x: 5} if other is None or other.name else {})


def pretend(device) -> None:
    """Take all values that are not known for zeros."""
    for variable in device.arrays:
        if device.array_cache.get(variable) is None:
            device.array_cache[variable] = np.zeros(variable.size, variable.dtype)


@pytest.mark.slow
def test_a_value_that_was_only_looked_at_may_be_given(quick_emulator):
    with sn.device("cpp") as script:
        cells = NeuronGroup(2, "dv/dt = x/ms : 1\nx : 1", method="euler", name="cells")
        cells.x = [1, 2]
        cells.v = 0.5
        run(1 * ms)
        assert cells.x[:].tolist() == [1, 2]
        script.run({cells.x: 3})
        assert cells.v[:] == pytest.approx(3.5)


@pytest.mark.parametrize("name", ["cpp", CUDA])
def test_steps_of_clocks_are_compiled_in(quick_emulator, monkeypatch, name):
    monkeypatch.setattr("spikenet.scripts.script.Script._build", lambda *_: None)
    for key in ("defaultclock.dt", "cells.i"):
        with pytest.raises(InvalidValueError, match=f"{key} is read only"), sn.device(name) as script:
            cells = NeuronGroup(1, "v : 1", name="cells")
            run(1 * ms)
            assert cells.name
            script.run({key: 1 * ms if "dt" in key else 1})
