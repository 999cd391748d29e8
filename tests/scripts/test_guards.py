"""Each trap is set, in a script of its own; nothing is compiled."""

import brian2
import numpy as np
import pytest
from brian2 import (
    Clock,
    Network,
    NeuronGroup,
    PoissonGroup,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    check_units,
    defaultclock,
    implementation,
    ms,
    network_operation,
    run,
    seed,
)

import spikenet as sn
from spikenet.cuda.gpu import Gpu
from spikenet.errors import DeviceError
from spikenet.scripts import block, script
from tests.conftest import CUDA
from tests.scripts.conftest import idle

BOTH = pytest.mark.parametrize("name", ["cpp", CUDA])


@pytest.fixture(autouse=True)
def nothing_is_compiled(emulator, monkeypatch):
    def never(*_):
        raise AssertionError("something was compiled")

    monkeypatch.setattr(script, "binary_for", never)
    kept = defaultclock.dt
    yield
    defaultclock.dt = kept


def written(monkeypatch) -> None:
    """Let a script through to its sources, and no further."""
    monkeypatch.setattr(block.Script, "_finish", lambda script: script._backend.device.generate(_folder(script)))


def _folder(script):
    import tempfile
    from pathlib import Path

    return Path(tempfile.mkdtemp(dir=script._directory))


@BOTH
def test_a_network_operation_is_refused(name):
    with pytest.raises(DeviceError, match="ticker is a network_operation, Python code .*run_regularly"):
        with sn.device(name):

            @network_operation(name="ticker")
            def tick():
                pass

            run(1 * ms)


@pytest.mark.brian2cuda
def test_a_second_rate_is_refused_on_cuda():
    with pytest.raises(DeviceError, match="rate is a PopulationRateMonitor in a second run.*SpikeMonitor"):
        with sn.device("cuda"):
            cells = idle()
            rate = PopulationRateMonitor(cells, name="rate")
            run(1 * ms)
            run(1 * ms)
            assert rate.name


@pytest.mark.brian2cuda
def test_another_dt_is_refused_on_cuda():
    with pytest.raises(DeviceError, match="defaultclock went from 100 us to 200 us|keep one dt"):
        with sn.device("cuda"):
            cells = idle()
            run(1 * ms)
            defaultclock.dt = 0.2 * ms
            run(1 * ms)
            assert cells


@pytest.mark.brian2cuda
@pytest.mark.parametrize("delay", [2 * ms, "2*ms"])
def test_another_delay_for_all_is_refused_on_cuda(delay):
    with pytest.raises(DeviceError, match="the delay of synapses(_pre)? was changed after a run.*keep one delay"):
        with sn.device("cuda"):
            cells = idle()
            synapses = Synapses(cells, cells, on_pre="v_post += 1", delay=1 * ms, name="synapses")
            synapses.connect()
            run(1 * ms)
            synapses.delay = delay
            run(1 * ms)


@pytest.mark.brian2cuda
def test_delays_of_each_synapse_may_be_set_before_a_run(monkeypatch, tmp_path):
    written(monkeypatch)
    with sn.device("cuda", directory=tmp_path):
        cells = idle()
        synapses = Synapses(cells, cells, on_pre="v_post += 1", delay=1 * ms, name="synapses")
        synapses.connect()
        synapses.delay = 2 * ms
        run(1 * ms)


@pytest.mark.brian2cuda
@pytest.mark.parametrize(("memory", "fits"), [(31_999, False), (32_000, True), (0, True)])
def test_more_recording_than_memory_is_refused_on_cuda(monkeypatch, tmp_path, memory, fits):
    """Four neurons, two variables, 2 x 250 steps, 8 bytes: 32,000."""
    written(monkeypatch)
    monkeypatch.setattr(block, "usable_gpu", lambda *_: Gpu("small", "580.1", 9.0, memory))

    def script():
        with sn.device("cuda", directory=tmp_path):
            cells = idle()
            trace = StateMonitor(cells, ["v", "w"], record=True, name="trace")
            run(25 * ms)
            run(25 * ms)
            assert trace.name

    monkeypatch.setitem(globals(), "idle", lambda: NeuronGroup(4, "v : 1\nw : 1", name="cells"))
    if fits:
        script()
    else:
        with pytest.raises(DeviceError, match="trace will hold 3.2e-05 GB, and the GPU has 3.2e-05 GB; record fewer"):
            script()


@pytest.mark.brian2cuda
def test_writes_to_what_all_share_are_refused_on_cuda():
    with pytest.raises(DeviceError, match="cells writes to total, which all share.*race"):
        with sn.device("cuda"):
            cells = idle()
            cells.run_regularly("total += 1", name="adder")
            run(1 * ms)


@pytest.mark.brian2cuda
@pytest.mark.parametrize(("effect", "warns"), [("v_post = 2*w", True), ("v_post += w", False), ("w = 2*w", False)])
def test_effects_that_are_not_atomic_are_warned_of_on_cuda(monkeypatch, tmp_path, recwarn, effect, warns):
    written(monkeypatch)
    brian2.BrianLogger.suppress_name("order_dependent_code")
    with sn.device("cuda", directory=tmp_path):
        cells = idle()
        synapses = Synapses(cells, cells, "w : 1", on_pre=effect, name="synapses")
        synapses.connect()
        run(1 * ms)
    told = [str(warning.message) for warning in recwarn if "one synapse after the other" in str(warning.message)]
    assert bool(told) == warns and all("synapses has the effect 'v_post = ...'" in text for text in told)


@BOTH
@pytest.mark.parametrize("kind", ["xi", "rand", "poisson", "connect"])
def test_chance_without_a_seed_is_refused(name, kind):
    with pytest.raises(DeviceError, match=r"(cells|quiet|lottery|synapses).* draws random numbers .*seed=1"):
        with sn.device(name):
            cells = (
                NeuronGroup(3, "dv/dt = -v/ms + xi/ms**0.5 : 1", method="euler", name="cells")
                if kind == "xi"
                else idle()
            )
            lottery = PoissonGroup(2, 10 * brian2.Hz, name="lottery") if kind == "poisson" else None
            synapses = Synapses(cells, cells, on_pre="", name="synapses") if kind == "connect" else None
            if kind == "rand":
                cells.v = "rand()"
            if synapses is not None:
                synapses.connect(p=0.5)
            run(1 * ms)
            assert cells.name and (lottery is None or lottery.name)


@BOTH
def test_a_seed_of_the_script_is_one_too(name, monkeypatch, tmp_path):
    written(monkeypatch)
    with sn.device(name, directory=tmp_path):
        seed(np.int64(5))
        cells = idle()
        cells.v = "rand()"
        run(1 * ms)


@BOTH
def test_two_seeds_are_one_too_many(name, monkeypatch, tmp_path):
    """The script's own would come after, and that of the block be of no effect, without a word."""
    written(monkeypatch)
    with pytest.raises(DeviceError, match=r"calls seed\(5\), and sn.device has seed=1"), sn.device(name, seed=1):
        seed(5)
    with sn.device(name, directory=tmp_path) as script:
        seed(4)
        seed(5)
        cells = idle()
        run(1 * ms)
        assert cells
        with pytest.raises(DeviceError, match=r"run got seed=2, and the script calls seed\(5\)"):
            script.run(seed=2)


@BOTH
@pytest.mark.parametrize("what", ["cells", "clock"])
def test_what_was_made_outside_is_refused(name, what):
    """Brian2 ends in a KeyError here."""
    clock = Clock(1 * ms, name="of_before")
    outside = {"cells": idle(), "clock": clock}[what]
    with pytest.raises(DeviceError, match=f"{outside.name} was not made in this block"), sn.device(name):
        cells = outside if what == "cells" else idle(clock=clock)
        Network(cells).run(1 * ms)


@BOTH
def test_without_chance_no_seed_is_wanted(name, monkeypatch, tmp_path):
    written(monkeypatch)
    with sn.device(name, directory=tmp_path):
        cells = idle()
        synapses = Synapses(cells, cells, on_pre="v_post += 1", name="synapses")
        synapses.connect("i != j")
        run(1 * ms)


@BOTH
def test_a_report_by_a_python_function_is_refused(name):
    with pytest.raises(DeviceError, match="report=print, a Python function.*report='text'"), sn.device(name):
        cells = idle()
        run(1 * ms, report=print)
        assert cells


@BOTH
def test_any_seed_is_refused(name):
    with pytest.raises(DeviceError, match=r"seed\(\) takes any seed.*seed\(1\)"), sn.device(name, seed=1):
        seed()


@pytest.mark.brian2cuda
def test_a_function_without_cuda_code_is_refused():
    @implementation("cpp", "double half(double x) { return x/2; }")
    @check_units(x=1, result=1)
    def half(x):
        return x / 2

    with pytest.raises(DeviceError, match="Cannot use function 'half'.*@implementation"):
        with sn.device("cuda"):
            cells = idle()
            cells.run_regularly("v = half(v)", name="halver")
            run(1 * ms)


@pytest.mark.brian2cuda
@pytest.mark.parametrize("call", ["store", "restore"])
def test_store_and_restore_are_refused_on_cuda(call):
    with pytest.raises(DeviceError, match=rf"{call}\(\) is not there on CUDA"), sn.device("cuda"):
        cells = idle()
        getattr(brian2, call)()
        assert cells


@BOTH
def test_a_script_without_a_run_is_refused(name):
    with pytest.raises(DeviceError, match="has no run"), sn.device(name):
        idle()


def test_what_cuda_loses_is_allowed_on_cpp(monkeypatch, tmp_path):
    written(monkeypatch)
    with sn.device("cpp", directory=tmp_path):
        source = SpikeGeneratorGroup(1, [0], [1] * ms, name="source")
        cells = idle()
        cells.run_regularly("total += 1", name="adder")
        synapses = Synapses(source, cells, on_pre="v_post += 1", delay=1 * ms, name="synapses")
        synapses.connect()
        rate = PopulationRateMonitor(cells, name="rate")
        run(2 * ms)
        synapses.delay = 2 * ms
        run(2 * ms)
        assert rate.name
