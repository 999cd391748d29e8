"""Every way of changing a script after its program was built: part of the next program, or refused."""

import brian2
import numpy as np
import pytest
from brian2 import NeuronGroup, SpikeMonitor, Synapses, defaultclock, ms, run, seed

import spikenet as sn
from spikenet.errors import DeviceError
from spikenet.scripts import script
from spikenet.scripts.guarded import GuardedDevice
from tests.conftest import CUDA


class Small:
    """Cells with synapses, that have run once."""

    def __init__(self):
        self.cells = NeuronGroup(
            3, "dv/dt = -v/(10*ms) : 1\nx : 1", threshold="v > 1", reset="v = 0", method="exact", name="cells"
        )
        self.synapses = Synapses(self.cells, self.cells, "w : 1", on_pre="v_post += w", name="synapses")
        self.synapses.connect(j="i")
        self.network = brian2.Network(self.cells, self.synapses)
        self.network.run(1 * ms)

    def connect(self):
        self.synapses.connect(i=[0], j=[1])

    def assign(self):
        self.cells.x = 5

    def assign_some(self):
        self.cells.x[1:] = [5, 6]

    def assign_by_text(self):
        self.cells.v = "0.5*i"

    def new_object(self):
        self.monitor = SpikeMonitor(self.cells, name="monitor")

    def add_new_object(self):
        self.new_object()
        self.network.add(self.monitor)

    def new_code(self):
        self.cells.run_regularly("x += 1", name="adder")

    def clock(self):
        defaultclock.dt = 0.05 * ms

    def seed(self):
        seed(8)

    def run(self):
        self.network.run(2 * ms)

    def code(self):
        brian2.device.insert_code("main", "// mine")

    def flags(self):
        brian2.prefs.codegen.cpp.extra_compile_args_gcc = ["-O1", "-std=c++17"]

    def arguments(self):
        """Change nothing in the program."""


# What changes a script, in the order in which it is said; what is new in the sources, or told.
APPLIED = {
    "run": (["run"], "network.run(0.002"),
    "assign, run": (["assign", "run"], "cells_x[i] = 5"),
    "assign_some, run": (["assign_some", "run"], "static_array__value__array_cells_x"),
    "assign_by_text, run": (["assign_by_text", "run"], "_run_cells_group_variable_set_conditional_codeobject"),
    "connect, run": (["connect", "run"], "_run_synapses_synapses_create_array_codeobject"),
    "add_new_object, run": (["add_new_object", "run"], "_run_monitor_codeobject"),
    "new_code, run": (["new_code", "run"], "_run_adder_codeobject"),
    "clock, run": (["clock", "run"], "5e-05"),
    "seed, run": (["seed", "run"], "seed = 8u"),
    "code": (["code"], "// mine"),
    "flags": (["flags"], "-O1"),
}
REFUSED = {
    "assign": "cells_x is set after the last run",
    "assign_some": "cells_x is set after the last run",
    "assign_by_text": "cells is set after the last run",
    "connect": "synapses is set after the last run",
    "new_object": "monitor was made after the last run",
    "new_code": "adder was made after the last run",
    "clock": "defaultclock_.* is set after the last run",
    "seed": r"seed\(8\) comes after the last run.*script.run\(seed=",
}
ONLY_CPP = {"clock, run"}  # CUDA refuses another step


@pytest.fixture
def programs(emulator, monkeypatch) -> list[str]:
    """The text of each program that is built, in place of what compiles and runs it."""
    built = []

    def binary_for(folder, *_):
        (folder / "main").touch()
        sources = [*folder.glob("*.cpp"), *folder.glob("*.cu"), folder / "makefile"]
        built.append("\n".join(path.read_text() for path in sources))

    monkeypatch.setattr(script, "binary_for", binary_for)
    monkeypatch.setattr(script, "launch", lambda *_, **__: None)
    monkeypatch.setattr(GuardedDevice, "finish_results", lambda *_: None)
    monkeypatch.setattr("spikenet.scripts.guarded.warn_of_values_that_are_not_finite", lambda *_: None)
    kept = defaultclock.dt
    yield built
    defaultclock.dt = kept


@pytest.mark.parametrize("device", ["cpp", CUDA])
@pytest.mark.parametrize("change", APPLIED)
def test_a_change_is_part_of_the_program(programs, device, change):
    steps, told = APPLIED[change]
    if device == "cuda" and change in ONLY_CPP:
        pytest.skip("CUDA refuses it: test_guards.py")
    with sn.device(device) as block:
        small = Small()
        block.run()
        block.run({small.cells.x: np.arange(3)})
        assert len(programs) == 1
        for step in steps:
            getattr(small, step)()
        block.run()
        block.run()
    assert len(programs) == 2
    assert told not in programs[0] and told in programs[1]


@pytest.mark.parametrize("device", ["cpp", CUDA])
@pytest.mark.parametrize("change", REFUSED)
def test_a_change_that_nothing_is_simulated_with_is_refused(programs, device, change):
    with pytest.raises(DeviceError, match=REFUSED[change]), sn.device(device) as block:
        small = Small()
        block.run()
        getattr(small, change)()
        block.run()
    assert len(programs) == 1


def test_each_way_is_in_the_table():
    ways = {name for name, one in vars(Small).items() if callable(one) and not name.startswith("_")}
    assert ways == {step for steps, _ in APPLIED.values() for step in steps} | set(REFUSED) | {"arguments"}


@pytest.mark.parametrize("change", ["assign", "new_object", "connect"])
def test_at_the_end_of_the_block_what_follows_the_last_run_is_done(programs, change):
    with sn.device("cpp"):
        getattr(Small(), change)()
    assert len(programs) == 1


@pytest.mark.slow
def test_a_program_that_was_run_goes_on_with_the_next_run():
    with sn.device("cpp") as block:
        cells = NeuronGroup(1, "dv/dt = rate/ms : 1\nrate : 1", method="euler", name="cells")
        trace = brian2.StateMonitor(cells, "v", record=True, name="trace")
        cells.rate = 1
        run(5 * ms)
        block.run()
        assert trace.v.shape == (1, 50)
        cells.rate = 2
        run(5 * ms)
        block.run()
        assert trace.v.shape == (1, 100) and cells.v[0] == pytest.approx(15)
