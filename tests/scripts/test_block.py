"""A user's Brian2 scripts in blocks of ``sn.device``, on C++ and on the emulated CUDA."""

import copy
import gc
import logging
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import brian2
import numpy as np
import pytest
from brian2 import NeuronGroup, ms, mV, run
from brian2.core.base import BrianObject
from brian2.devices.device import all_devices, get_device, previous_devices, reset_device

import spikenet as sn
from spikenet.cuda.gpu import Gpu
from spikenet.errors import (
    BuildError,
    DeviceError,
    InvalidTypeError,
    InvalidValueError,
    SimulationError,
    ToolchainError,
    UnitError,
)
from spikenet.scripts import block, script
from spikenet.scripts.guarded import GuardedDevice
from tests.conftest import CUDA
from tests.scripts.conftest import SCRIPTS, idle, walkers

NAMES = ["cpp", CUDA]
MOSTLY_CPP = ["cpp", pytest.param("cuda", marks=[pytest.mark.slow, pytest.mark.brian2cuda])]


@pytest.mark.brian2cuda
@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_cuda_gives_the_spikes_of_cpp(quick_emulator, script):
    found = {}
    for name in ("cpp", "cuda"):
        with sn.device(name):
            found[name] = SCRIPTS[script]()
    cpp, cuda = found["cpp"], found["cuda"]
    assert len(cpp.spikes.t) >= 10
    np.testing.assert_array_equal(cuda.spikes.i[:], cpp.spikes.i[:])
    np.testing.assert_allclose(cuda.spikes.t_[:], cpp.spikes.t_[:], rtol=0, atol=1e-12)
    if script == "stdp":
        np.testing.assert_allclose(cuda.weights.w[:], cpp.weights.w[:], rtol=0, atol=1e-12)
        assert np.ptp(cpp.weights.w[:] - (0.2 + 0.05 * np.arange(8))) > 0.01  # it has learned


@pytest.mark.parametrize("name", NAMES)
def test_a_script_runs_again_with_other_values(quick_emulator, name):
    """Explicit Euler has a formula: v = drive * (1 - (1 - dt/tau)^n), here after 1 ms of every millisecond."""
    with sn.device(name, seed=3) as script:
        net = walkers()
        script.run()
        assert script.folder.is_dir() and not net.trace.v[:].any()
        np.testing.assert_allclose(net.spikes.t / ms, [3.1] * 4)
        assert net.spikes.i[:].tolist() == [0, 1, 2, 3]  # whatever the order in which threads found them
        drive = np.arange(5.0)
        delays = np.array([4, 3, 2, 1]) * ms
        script.run({net.group.drive: drive, net.synapses.delay: delays, "Walkers.kind": 3, "Walkers.on": [True] * 5})
        expected = drive[:, None] * (1 - 0.99 ** (10 * np.arange(10)))
        np.testing.assert_allclose(net.trace.v[:], expected, rtol=1e-12, atol=1e-12)
        assert net.spikes.i[:].tolist() == [0, 1, 2, 3] and set(net.group.kind[:]) == {3} and net.group.on[:].all()
        np.testing.assert_allclose(net.spikes.t / ms, [2.1, 3.1, 4.1, 5.1])
        script.run({net.boost: [0.0, 1.0]})
        assert not net.trace.v[:, :6].any() and net.trace.v[:, 6:].all()
    assert net.trace.v.shape == (5, 10)  # still there


@pytest.mark.brian2cuda
@pytest.mark.slow
def test_a_part_of_a_variable_is_set_and_the_rest_stays(quick_emulator):
    """Brian2CUDA copies the whole variable, as the processor knows it from before the run."""
    with sn.device("cuda"):
        cells = NeuronGroup(4, "dv/dt = 1/ms : 1", method="euler", name="cells")
        run(1 * ms)
        cells.v[1:3] = [5, 6]
        run(1 * ms)
    np.testing.assert_allclose(cells.v[:], [2, 6, 7, 2])


def test_values_are_given_by_name_when_the_script_has_let_go_of_its_objects(quick_emulator):
    with sn.device("cpp", seed=3) as script:
        trace = walkers().trace
    gc.collect()
    script.run({"Walkers.drive": 1.0})
    assert (trace.v[:, 5:] > 0.3).all()


@pytest.mark.parametrize("name", MOSTLY_CPP)
def test_the_seed_is_that_of_a_run(quick_emulator, name):
    with sn.device(name, seed=3) as script:
        net = walkers()
        traces = []
        for seed in (None, 4, 3):
            script.run({net.group.sigma: 0.5}, seed=seed)
            traces.append(net.trace.v[:].copy())
    assert (traces[0] == traces[2]).all() and (traces[0] != traces[1])[:, 1:].all()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_same_script_is_not_compiled_again(quick_emulator, name):
    """Also in another process: Brian2 keeps clocks in sets, whose order changes. The bar is 1 s beyond generation."""
    code = """
        import sys, time
        import spikenet as sn
        from spikenet.engines.standalone import project
        from spikenet.scripts import script
        from tests.scripts.conftest import walkers

        def timed(*arguments, original=script.binary_for):
            started = time.perf_counter()
            original(*arguments)
            print(time.perf_counter() - started)

        script.binary_for = timed
        if sys.argv[2] == "again":
            project._build = None
        with sn.device(sys.argv[1], seed=9):
            net = walkers()
    """
    seconds = []
    for what in ("first", "again", "again"):
        command = [sys.executable, "-c", textwrap.dedent(code), name, what]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        seconds.append(float(done.stdout.splitlines()[-1]))
    assert min(seconds[1:]) < 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", ["fine", "fails"])
def test_a_block_leaves_brian_as_it_was(quick_emulator, name, how, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    brian2.defaultclock.dt = 0.25 * ms
    before = {key: copy.copy(brian2.prefs[key]) for key in brian2.prefs}
    state = (get_device(), list(previous_devices), BrianObject._scope_current_key, sorted(map(str, all_devices)))
    level = logging.getLogger("brian2.brian2cuda").level
    try:
        with sn.device(name, seed=3, precision="float32") as script:
            brian2.defaultclock.dt = 1 * ms
            assert get_device() is not state[0]
            idle()
            if how == "fails":
                raise ZeroDivisionError
            monkeypatch.setattr(script, "run", lambda: None)
    except ZeroDivisionError:
        assert how == "fails"
    after = (get_device(), list(previous_devices), BrianObject._scope_current_key, sorted(map(str, all_devices)))
    assert after[:3] == state[:3] and set(after[3]) - set(state[3]) <= {"cuda_standalone"}
    assert {key: brian2.prefs[key] for key in before} == before
    assert float(brian2.defaultclock.dt / ms) == (1 if how == "fine" else 0.25)  # what the script made it
    assert logging.getLogger("brian2.brian2cuda").level == level
    assert os.listdir(tmp_path) == []
    brian2.defaultclock.dt = 0.1 * ms


def test_brians_own_run_goes_on_beside_a_block(quick_emulator):
    """Objects of the block are none of the magic network's outside."""
    with sn.device("cpp", seed=3):
        inside = walkers()
    outside = NeuronGroup(1, "dv/dt = 1/ms : 1", method="euler", name="outside", codeobj_class=_numpy())
    run(2 * ms)
    assert outside.v[0] == pytest.approx(2) and inside.trace.v.shape == (5, 10)


def _numpy():
    from brian2.codegen.runtime.numpy_rt import NumpyCodeObject

    return NumpyCodeObject


def test_results_live_as_long_as_somebody_may_read_them(quick_emulator):
    code = (
        "import spikenet as sn\nfrom tests.scripts.conftest import walkers\n"
        "with sn.device('cpp', seed=9) as script: net = walkers()\nassert net.trace.v.shape == (5, 10)\n"
        "print(script.folder, script.folder.is_dir())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    folder, there = done.stdout.split()
    assert there == "True" and not Path(folder).exists()


def test_a_named_folder_is_kept(quick_emulator, tmp_path):
    with sn.device("cpp", directory=tmp_path / "mine", seed=3) as script:
        walkers()
    assert script.folder == tmp_path / "mine" and (script.folder / "main.cpp").exists()


@pytest.mark.filterwarnings("ignore:'parseAll' argument is deprecated")  # pytest.warns gives it again, as ours
def test_a_script_that_builds_by_itself_is_told_once_that_the_block_does_it(quick_emulator):
    with pytest.warns(UserWarning, match="set_device or device.build, which do nothing in a block") as told:
        with sn.device("cpp", seed=3):
            brian2.set_device("cpp_standalone", directory="nowhere", build_on_run=True)
            net = walkers()
            brian2.device.build(directory="nowhere", run=False)
            assert net.trace.v.shape == (5, 10)
    assert len([one for one in told if one.category is UserWarning]) == 1 and not Path("nowhere").exists()


@pytest.mark.parametrize(
    ("settings", "told"),
    [({"name": "opencl"}, "unknown device 'opencl'; there are cpp, cuda"), ({"seed": -1}, "-1, wanted a whole number"),
     ({"directory": __file__}, "test_block.py is a file; give a folder"),
     ({"directory": Path(__file__, "below")}, "test_block.py is a file; give a folder"),
     pytest.param({"name": "cuda", "compute_capability": "9.0"}, "'9.0', and CUDA 13.0 wants 7.5",
                  marks=pytest.mark.brian2cuda),
     ({"seed": 2**32}, "4294967296, wanted a whole number from 0 to 4294967295"), ({"seed": True}, "True, wanted"),
     ({"seed": 1.5}, "1.5, wanted"), ({"precision": "float16"}, "there are float64")],
)  # fmt: skip
def test_bad_settings_are_told(quick_emulator, settings, told):
    with pytest.raises(InvalidValueError, match=told), sn.device(**({"name": "cpp"} | settings)):
        pass


def test_a_directory_is_a_path():
    with pytest.raises(InvalidTypeError, match="directory is 5, wanted a path or None"), sn.device("cpp", directory=5):
        pass


@pytest.mark.parametrize(
    ("argument", "error", "told"),
    [(lambda net: {net.group.drive: np.zeros(4)}, InvalidValueError, r"shape \(4,\), wanted \(5,\)"),
     (lambda net: {net.group.drive: np.nan}, InvalidValueError, "Walkers.drive is not finite"),
     (lambda net: {net.group.drive: [0, 0, np.inf, 0, 0]}, InvalidValueError, "Walkers.drive is not finite"),
     (lambda net: {net.boost: [1, 2, 3]}, InvalidValueError, r"boost.values has the shape \(3,\), wanted \(2,\)"),
     (lambda net: {net.synapses.delay: 3 * mV}, UnitError, "delay")],
)  # fmt: skip
@pytest.mark.parametrize("name", MOSTLY_CPP)
def test_values_that_the_program_would_pass_over_are_refused(quick_emulator, name, argument, error, told):
    with pytest.raises(error, match=told), sn.device(name, seed=3) as script:
        given = argument(walkers())
        gc.collect()  # the script itself has let go of its objects
        script.run(given)


@pytest.mark.parametrize("name", MOSTLY_CPP)
def test_what_the_program_says_and_does_not_count_as_an_error_is_one(quick_emulator, name):
    """How many synapses there are is known to the program only: it says so, goes on, and ends with exit code 0."""
    with pytest.raises(SimulationError, match="went on with old values: Error reading .*file size 24"):
        with sn.device(name, seed=3) as script:
            net = walkers()
            script.run({net.synapses.w: [1, 2, 3]})


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ('std::cerr << "out of luck" << std::endl; return 3;', SimulationError, "the program failed: .*out of luck"),
        ("no_such_thing();", BuildError, "no_such_thing"),
    ],
)
def test_a_program_or_a_compiler_that_fails_is_quoted(quick_emulator, line, error, told):
    with pytest.raises(error, match=told):
        with sn.device("cpp"):
            brian2.device.insert_code("main", line)
            cells = idle()
            run(1 * ms)
            assert cells


@pytest.mark.parametrize("change", [lambda: brian2.set_device("runtime"), reset_device])
def test_a_script_that_sets_its_own_device_is_told_at_once(change):
    before = get_device()
    with pytest.raises(DeviceError, match="chose another device within sn.device"), sn.device("cpp"):
        change()
        raise AssertionError("too late")
    assert get_device() is before


def test_spikenets_own_simulations_work_within_a_block():
    with pytest.raises(ZeroDivisionError), sn.device("cpp"):
        assert sn.simulate(sn.LIF, [[0.6e-9]], duration="5 ms", record=("mean",), engine="runtime").mean.shape == (1, 1)
        raise ZeroDivisionError


def test_what_belongs_to_a_program_does_not_run_outside(monkeypatch):
    monkeypatch.setattr(block.Script, "_finish", lambda script: None)
    with sn.device("cpp"):
        cells = idle()
        network = brian2.Network(cells)
        network.run(1 * ms)
    with pytest.raises(DeviceError, match=r"cells was made in a block of sn.device .*call run\(\) within the block"):
        network.run(1 * ms)
    monkeypatch.setattr(BrianObject, "_scope_current_key", 77_777)  # a scope without objects
    with pytest.raises(DeviceError, match=r"run\(\) has nothing to simulate: objects made in a block"):
        run(1 * ms)


def test_a_block_that_has_nothing_to_run_says_why():
    outside = idle()
    with pytest.raises(DeviceError, match="magicnetwork has nothing to simulate; make its objects in the block"):
        with sn.device("cpp"):
            run(1 * ms)
    assert outside.name


@pytest.mark.parametrize(
    ("equations", "told"),
    [("dv/dt = no_such_thing/ms : 1", r"'cells'. Made in .*test_block.py, line \d+. .*\"no_such_thing\" could not be"),
     ("dv/dt = v*mV/ms : 1", "cells.* Inconsistent units in")],
)  # fmt: skip
def test_an_error_of_brian_is_one_sentence(equations, told):
    with pytest.raises(InvalidValueError, match=told) as raised, sn.device("cpp"):
        cells = NeuronGroup(1, equations, method="euler", name="cells")
        run(1 * ms)
        assert cells.name
    assert raised.value.__cause__ is None and "\n" not in str(raised.value)


@pytest.mark.brian2cuda
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:'parseAll' argument is deprecated")  # pytest.warns gives it again, as ours
def test_without_a_gpu_a_script_is_compiled_and_says_so_before(quick_emulator, monkeypatch):
    monkeypatch.setattr(block, "mode", lambda *_: "compile")
    with pytest.warns(UserWarning, match=r"no GPU .*compiled for compute capability 7.5, not kept .*stay empty"):
        with sn.device("cuda", seed=3) as script:
            net = walkers()
    assert (script.folder / "main").exists() and not (script.folder / "results" / "stdout.txt").exists()
    with pytest.raises(DeviceError, match="not known before the program has run"):
        net.trace.v[:]


@pytest.mark.brian2cuda
@pytest.mark.filterwarnings("ignore:'parseAll' argument is deprecated")  # pytest.warns gives it again, as ours
def test_without_cuda_sources_are_written_to_a_folder_that_is_wanted(monkeypatch, tmp_path):
    monkeypatch.setenv("SPIKENET_CUDA", str(tmp_path / "none"))
    with pytest.raises(ToolchainError, match="SPIKENET_CUDA"), sn.device("cuda"):
        pass
    with pytest.warns(UserWarning, match="sources are written to .*mine, and neither compiled nor run"):
        with sn.device("cuda", directory=tmp_path / "mine", seed=3):
            walkers()
    assert (tmp_path / "mine" / "main.cu").exists() and not (tmp_path / "mine" / "main").exists()


def test_without_brian2cuda_the_error_says_what_to_install(quick_emulator, monkeypatch):
    monkeypatch.setitem(sys.modules, "brian2cuda", None)
    monkeypatch.delitem(sys.modules, "spikenet.scripts.guarded_cuda", raising=False)
    with pytest.raises(ToolchainError, match=r"spikenet\[cuda\]"), sn.device("cuda"):
        pass


@pytest.mark.brian2cuda
def test_the_card_that_is_there_is_compiled_for(quick_emulator, monkeypatch):
    monkeypatch.setattr(block, "usable_gpu", lambda *_: Gpu("new", "580.1", 8.9, 1000))
    assert block._cuda("float64", None, None).target.compute_capability == 8.9
    assert block._cuda("float64", None, None).device.memory == 1000
    assert block._cuda("float64", 9.0, None).target.compute_capability == 9.0


@pytest.mark.brian2cuda
def test_a_program_sees_the_card_that_it_was_compiled_for_alone(quick_emulator, monkeypatch):
    monkeypatch.setattr(block, "usable_gpu", lambda *_: Gpu("new", "580.1", 8.9, 1000, "GPU-new"))
    launched = []
    monkeypatch.setattr(script, "launch", lambda command, *given, **shown: launched.append(command))
    monkeypatch.setattr(GuardedDevice, "take_results", lambda *_: None)
    monkeypatch.setattr(script, "binary_for", lambda folder, *_: (folder / "main").touch())
    with sn.device("cuda", seed=3):
        walkers()
    assert launched[0][:2] == ["env", "CUDA_VISIBLE_DEVICES=GPU-new"]
