"""Runs of a script's program: results of their own, all of them or none."""

import multiprocessing
import os

import brian2
import numpy as np
import pytest
from brian2 import NeuronGroup, SpikeMonitor, Synapses, ms, mV, profiling_summary, run

import spikenet as sn
from spikenet.errors import DeviceError, InvalidValueError, SimulationError, UnitError
from spikenet.scripts import script
from tests.conftest import CUDA

MOSTLY_CPP = ["cpp", pytest.param("cuda", marks=[pytest.mark.slow, pytest.mark.brian2cuda])]


def leaky() -> tuple[NeuronGroup, SpikeMonitor]:
    """Five neurons with a time constant each."""
    cells = NeuronGroup(
        5, "dv/dt = (1.5 - v)/tau : 1\ntau : second (constant)", threshold="v > 1", reset="v = 0", method="exact",
        name="cells",
    )  # fmt: skip
    cells.v, cells.tau = "0.1*i", 10 * ms
    spikes = SpikeMonitor(cells, name="spikes")
    run(30 * ms, profile=True)
    return cells, spikes


def by_two(one, values) -> list:
    """Call a function for values in two forked processes, which inherit it, and what it refers to."""
    with multiprocessing.get_context("fork").Pool(2, _inherited.append, (one,)) as pool:
        return pool.map(_call, values, chunksize=1)


_inherited = []


def _call(value: float) -> list:
    return _inherited[-1](value)


@pytest.mark.parametrize("name", MOSTLY_CPP)
def test_workers_that_are_forked_have_results_of_their_own(quick_emulator, name):
    """With one folder for all, two or three of forty were those of another worker."""

    def one(tau: float) -> list:
        block.run({cells.tau: np.linspace(1, 2, 5) * tau * ms})
        return [spikes.i[:].tolist(), spikes.t_[:].tolist()]

    taus = range(3, 11)
    with sn.device(name) as block:
        cells, spikes = leaky()
        serial = [one(tau) for tau in taus]
        last = spikes.t_[:].copy()
        parallel = by_two(one, taus)
        assert (spikes.t_[:] == last).all()
    assert parallel == serial and len({len(times) for _, times in serial}) > 3
    assert "cells_stateupdater" in str(profiling_summary())


@pytest.fixture
def pretended(monkeypatch) -> list[list[str]]:
    """The commands that would be run; nothing is compiled."""
    launched = []
    monkeypatch.setattr(script, "binary_for", lambda folder, *_: (folder / "main").touch())
    monkeypatch.setattr(script, "launch", lambda command, *_, **__: launched.append(command))
    monkeypatch.setattr("spikenet.scripts.guarded.GuardedDevice.finish_results", lambda *_: None)
    monkeypatch.setattr("spikenet.scripts.guarded.warn_of_values_that_are_not_finite", lambda *_: None)
    return launched


def results(command: list[str]) -> str:
    return command[command.index("--results_dir") + 1]


def test_each_run_has_a_folder_and_the_last_one_is_kept(pretended):
    with sn.device("cpp") as block:
        leaky()
        block.run()
        block.run()
        first, second = map(results, pretended)
        assert not os.path.exists(first) and os.path.isdir(second)
    assert len(pretended) == 2 and os.path.isdir(second)


def test_brian2s_own_run_names_a_folder_that_is_kept_and_has_the_seed(pretended, tmp_path):
    with sn.device("cpp", seed=7, directory=tmp_path) as block:
        cells, _ = leaky()
        brian2.device.run(results_directory="mine", run_args={cells.tau: 5 * ms})
        block.run()
    assert results(pretended[0]) == f"{tmp_path}/mine/" and (tmp_path / "mine").is_dir()
    assert all("SPIKENET_SEED=7" in command for command in pretended) and "cells.tau=0.005" in pretended[0]
    with pytest.raises(InvalidValueError, match="results_directory is '/tmp', wanted a path below"), sn.device("cpp"):
        leaky()
        brian2.device.run(results_directory="/tmp")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SimulationError("no luck")])
def test_a_run_that_is_cut_off_leaves_no_results(pretended, monkeypatch, error):
    def launch(command, *_, **__):
        pretended.append(command)
        raise error

    with sn.device("cpp") as block:
        _, spikes = leaky()
        block.run()
        monkeypatch.setattr(script, "launch", launch)
        with pytest.raises(type(error)):
            block.run()
        assert not os.path.exists(results(pretended[-1])) and not block._backend.device.has_been_run
    with pytest.raises(DeviceError, match="spikes.t is not known before the program has run"):
        spikes.t[:]
    assert brian2.Network._globally_running is False


def test_values_that_cannot_be_used_leave_the_results_alone(pretended):
    with sn.device("cpp") as block:
        cells, _ = leaky()
        block.run()
        with pytest.raises(UnitError, match=r"cells.tau"):
            block.run({cells.tau: 3 * mV})
        assert block._backend.device.has_been_run and os.path.isdir(results(pretended[0]))
        with pytest.raises(InvalidValueError, match=r"'we'; there are cells.tau, cells.v. .*'we : 1 \(constant\)'"):
            block.run({"we": 3})


def test_preferences_of_before_the_block_hold_in_it(pretended, tmp_path):
    """And Brian2's own options give way to spikenet's."""
    flags, kept = "codegen.cpp.extra_compile_args_gcc", brian2.prefs.core.default_float_dtype
    with sn.device("cpp", directory=tmp_path / "ours"):
        leaky()
    own, brian2.prefs[flags] = brian2.prefs[flags], ["-O1", "-std=c++17"]
    brian2.prefs.core.default_float_dtype = np.float32
    try:
        with sn.device("cpp", directory=tmp_path / "mine"):
            cells, _ = leaky()
            assert cells.variables["v"].dtype == np.float32
    finally:
        brian2.prefs[flags], brian2.prefs.core.default_float_dtype = own, kept
    assert "-O1" in (tmp_path / "mine" / "makefile").read_text()
    assert "-O3" in (tmp_path / "ours" / "makefile").read_text()


def test_the_step_of_the_script_is_that_of_its_analysis(pretended):
    kept = brian2.defaultclock.dt
    try:
        with sn.device("cpp"):
            brian2.defaultclock.dt = 0.5 * ms
            leaky()
        assert float(brian2.defaultclock.dt / ms) == 0.5
    finally:
        brian2.defaultclock.dt = kept


@pytest.mark.parametrize("how", ["seed of the block", "seed of the script"])
def test_numbers_of_numpy_have_the_seed_too_and_others_go_on_as_before(pretended, how):
    drawn = []
    np.random.seed(5)  # noqa: NPY002
    for seed in (1, 1, 2):
        with sn.device("cpp", seed=seed if how == "seed of the block" else None):
            if how == "seed of the script":
                brian2.seed(seed)
            cells, _ = leaky()
            cells.v = np.random.rand(5)  # noqa: NPY002
            drawn.append(cells.v[:].tolist())
    after = np.random.rand()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    assert drawn[0] == drawn[1] != drawn[2] and after == np.random.rand()  # noqa: NPY002


@pytest.mark.parametrize("name", ["cpp", CUDA])
def test_a_network_that_starts_again_has_the_time_zero_in_the_program_too(pretended, quick_emulator, tmp_path, name):
    """As scripts do that call a function which makes new objects and runs them."""
    with sn.device(name, directory=tmp_path):
        for number in range(2):
            cells = NeuronGroup(2, "v : 1", name=f"cells_{number}")
            run(2 * ms)
            del cells
    source = next(path for path in (tmp_path / "main.cpp", tmp_path / "main.cu") if path.exists()).read_text()
    assert source.count("magicnetwork.t = 0.0;") == 1
    assert source.index("magicnetwork.run") < source.index("magicnetwork.t = 0.0;") < source.rindex("magicnetwork.run")


def test_names_of_networks_do_not_hang_on_what_else_is_there(pretended, tmp_path):
    kept = []
    for number in range(2):
        with sn.device("cpp", directory=tmp_path / str(number)):
            cells = NeuronGroup(2, "v : 1", name="cells")
            kept.append(brian2.Network(cells))
            kept[-1].run(1 * ms)
    assert (tmp_path / "0" / "main.cpp").read_text() == (tmp_path / "1" / "main.cpp").read_text()
    with pytest.raises(DeviceError, match="two networks of the name network"), sn.device("cpp"):
        brian2.Network(NeuronGroup(1, "v : 1")).run(1 * ms)
        kept[-1].objects.clear()
        kept[-1].add(NeuronGroup(1, "v : 1"))
        kept[-1].run(1 * ms)


@pytest.mark.slow
def test_twenty_values_are_those_of_twenty_fresh_builds(quick_emulator):
    """Of a weight of CUBA, and of a time constant of a leaky neuron: spikes and their times, serially and by two."""

    def cuba(we: float):
        cells = NeuronGroup(
            40,
            """dv/dt = (i_exc + i_inh - (v + 49*mV))/(20*ms) : volt (unless refractory)
               di_exc/dt = -i_exc/(5*ms) : volt
               di_inh/dt = -i_inh/(10*ms) : volt
               we : volt (constant, shared)""",
            threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms, method="exact", name="cells",
        )  # fmt: skip
        cells.we = we * mV
        cells.v = "-60*mV + 11*mV*rand()"
        excite = Synapses(cells[:32], cells, on_pre="i_exc_post += we_post", name="excite")
        excite.connect(p=0.2)
        inhibit = Synapses(cells[32:], cells, on_pre="i_inh_post -= 9*mV", name="inhibit")
        inhibit.connect(p=0.2)
        spikes = SpikeMonitor(cells, name="spikes")
        run(100 * ms)
        return spikes, lambda value: {cells.we: value * mV}

    def lif(tau: float):
        cells = NeuronGroup(
            5, "dv/dt = (1.5 - v)/tau + 0.1*xi/tau**0.5 : 1\ntau : second (constant)", threshold="v > 1",
            reset="v = 0", method="euler", name="cells",
        )  # fmt: skip
        cells.tau = tau * ms
        cells.v = "0.5*rand()*(1 + tau/second)"
        spikes = SpikeMonitor(cells, name="spikes")
        run(100 * ms)
        return spikes, lambda value: {cells.tau: value * ms}

    def found(spikes) -> list:
        return [spikes.num_spikes, spikes.i[:].tolist(), spikes.t_[:].tolist()]

    for model, values in ((cuba, np.linspace(1, 4, 20)), (lif, np.linspace(4, 30, 20))):
        fresh = []
        for value in values:
            with sn.device("cpp", seed=3):
                spikes, _ = model(value)
            fresh.append(found(spikes))
        with sn.device("cpp", seed=3) as block:
            spikes, given = model(values[0])

            def one(value: float) -> list:
                block.run(given(value))  # noqa: B023
                return found(spikes)  # noqa: B023

            serial = [one(value) for value in values]
            parallel = by_two(one, values)
        assert serial == fresh and parallel == fresh and len({count for count, *_ in fresh}) > 4
