"""Code that runs have in common is in the program once."""

import brian2
import numpy as np
import pytest
from brian2 import NeuronGroup, PopulationRateMonitor, SpikeMonitor, StateMonitor, Synapses, ms, run

import spikenet as sn
from spikenet.brian2_internals import AuxiliaryVariable, Constant
from spikenet.scripts import block
from spikenet.scripts.shared_code import _identity


def stepped(n_runs: int = 4, changed_at: int = 100) -> list[np.ndarray]:
    """A loop of runs; a constant of the script changes from one of them on."""
    tau = 10 * ms
    cells = NeuronGroup(
        5, "dv/dt = (1.5 - v)/tau : 1", threshold="v > 1", reset="v = 0", refractory=1 * ms, method="exact",
        name="cells",
    )  # fmt: skip
    source = NeuronGroup(3, "dx/dt = 0.3/ms : 1", threshold="x > 1", reset="x = 0", method="euler", name="source")
    synapses = Synapses(
        source, cells, "w : 1\ndy/dt = -y/(5*ms) : 1 (event-driven)", on_pre="v_post += w; y += 1", delay=2 * ms,
        name="synapses",
    )  # fmt: skip
    synapses.connect()
    synapses.w = 0.1
    spikes, trace = SpikeMonitor(cells, name="spikes"), StateMonitor(cells, "v", record=True, name="trace")
    rate = PopulationRateMonitor(cells, name="rate")
    for number in range(n_runs):
        tau = 20 * ms if number >= changed_at else tau
        cells.v = 0.1 * number
        run(5 * ms)
    return [np.array(one) for one in (spikes.t_[:], spikes.i[:], trace.v[:], synapses.y[:], rate.rate_[:])]


def test_a_loop_of_runs_has_the_code_of_one(monkeypatch):
    """But for code of a constant that changed: here the state update, alone."""
    monkeypatch.setattr(block.Script, "_finish", lambda script: None)
    monkeypatch.setattr("spikenet.scripts.script.Script.run_so_far", lambda script: pretend(script._backend.device))
    code = {}
    for n_runs, changed_at in ((1, 9), (2, 9), (9, 9), (9, 5)):
        with sn.device("cpp") as script:
            stepped(n_runs, changed_at)
            code[n_runs, changed_at] = set(script._backend.device.code_objects)
    once = code[1, 9]
    assert code[2, 9] == code[9, 9] == once and code[9, 5] == once | {"cells_stateupdater_codeobject_1"}


def pretend(device) -> None:
    for variable in device.arrays:
        if device.array_cache.get(variable) is None:
            device.array_cache[variable] = np.zeros(variable.size, variable.dtype)


@pytest.mark.slow
def test_a_loop_of_runs_gives_what_brian_gives():
    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()
    wanted = stepped(6, changed_at=4)
    with sn.device("cpp"):
        found = stepped(6, changed_at=4)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    assert len(wanted[0]) > 5


def test_constants_are_told_apart_by_their_value_and_objects_by_who_they_are():
    values = [
        Constant("tau", 1.0), Constant("tau", 2.0), Constant("a", 1.0), AuxiliaryVariable("tau"), 1, 1.0, True, "1",
        None, [1], [1, 2], {"a": 1}, {"a": 2}, {1}, object(), object(),
    ]  # fmt: skip
    assert len({_identity(value) for value in values}) == len(values)
    assert _identity(Constant("tau", 1.0)) == _identity(Constant("tau", 1.0))
    assert _identity({"a": [Constant("tau", 1.0)]}) == _identity({"a": (Constant("tau", 1.0),)})
