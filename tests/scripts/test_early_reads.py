"""Scripts that read values before the program has run, between runs, and in expressions."""

import shutil

import brian2
import numpy as np
import pytest
from brian2 import NeuronGroup, Quantity, SpikeMonitor, StateMonitor, Synapses, ms, run, seed

import spikenet as sn
from spikenet.errors import DeviceError
from spikenet.scripts import block, script

MOSTLY_CPP = ["cpp", pytest.param("cuda", marks=[pytest.mark.slow, pytest.mark.brian2cuda])]


def neurons(**settings) -> NeuronGroup:
    equations = "dv/dt = -v/(10*ms) : 1\nx : 1\ndrawn : 1\ntwice = 2*x : 1"
    return NeuronGroup(20, equations, threshold="v > 0.5", reset="v = 0", method="exact", name="cells", **settings)


@pytest.fixture
def programs(monkeypatch) -> list:
    """Counts the programs that are built."""
    built = []
    monkeypatch.setattr(script, "binary_for", lambda *given, real=script.binary_for: (built.append(1), real(*given)))
    return built


@pytest.mark.parametrize("name", MOSTLY_CPP)
def test_a_whole_script_starts_from_the_values_that_it_read(quick_emulator, programs, name):
    with sn.device(name, seed=1):
        cells = neurons()
        cells.x = "rand()"
        cells.drawn = "poisson(3)"
        drawn = cells.drawn[:].copy()
        x, twice, large = cells.x[:].copy(), cells.twice[:], cells.x["x > 0.5"]
        synapses = Synapses(cells, cells, "w : 1", on_pre="v_post += w", name="synapses")
        synapses.connect(p=0.3)
        synapses.w = np.abs(x[synapses.i[:]] - x[synapses.j[:]])
        w = synapses.w[:].copy()
        assert len(synapses) == len(w) and len(programs) == 2  # x, and then the number of synapses
        synapses.w[0, :] = 3  # neurons that are known: worked out here
        first = synapses.i[:] == 0
        assert set(synapses.w[0, :]) == {3} and (synapses.w[:] == np.where(first, 3, w)).all()
        weights = StateMonitor(synapses, "w", record=True, dt=1 * ms, name="weights")
        cells.v = "x"
        spikes = SpikeMonitor(cells, name="spikes")
        run(2 * ms)
        early = (spikes.num_spikes, spikes.t[:].copy())
        cells.v = "rand()"
        run(2 * ms)
    assert (np.array([twice, x]) == np.array([2 * x, cells.x[:]])).all() and set(large) == set(x[x > 0.5])
    assert weights.w.shape == (len(w), 4) and (synapses.w[:] == np.where(first, 3, w)).all()
    assert (spikes.t[: early[0]] == early[1]).all() and spikes.num_spikes > early[0]
    assert (cells.drawn[:] == drawn).all() and len(set(drawn)) > 2
    assert len(programs) == 4


def test_a_program_that_was_run_for_the_last_value_is_the_whole_one(programs):
    with sn.device("cpp", seed=1):
        cells = neurons()
        cells.v = "rand()"
        spikes = SpikeMonitor(cells, name="spikes")
        run(2 * ms)
        counts = spikes.count[:]
    assert len(programs) == 1 and (spikes.count[:] == counts).all() and counts.any()


def test_what_a_script_sets_itself_needs_no_program(programs):
    with pytest.raises(ZeroDivisionError), sn.device("cpp"):
        cells = neurons()
        cells.x = 2
        cells.x[3] = 5
        synapses = Synapses(cells, cells, "w : 1", name="synapses")
        synapses.connect(i=[0, 1], j=[1, 2])
        synapses.connect(i=[2], j=[2])
        assert cells.x[3] == 5 and len(synapses) == 3 and synapses.j[:].tolist() == [1, 2, 2]
        raise ZeroDivisionError
    assert not programs


def test_weights_have_their_new_length_when_synapses_are_added(programs):
    with sn.device("cpp"):
        cells = neurons()
        synapses = Synapses(cells, cells, "w : 1", name="synapses")
        synapses.connect(i=[0], j=[0])
        assert synapses.w[:].tolist() == [0]
        synapses.connect(i=[1], j=[1])
        synapses.w = 5
        assert synapses.w[:].tolist() == [5, 5]
        run(1 * ms)
    assert synapses.w[:].tolist() == [5, 5]


def test_values_of_a_network_between_its_runs_are_those_of_brian(programs):
    def script():
        cells = NeuronGroup(1, "dv/dt = 1/ms : 1", method="euler", name="cells")
        trace = StateMonitor(cells, "v", record=True, dt=1 * ms, name="trace")
        network = brian2.Network(cells, trace)
        read = []
        for _ in range(3):
            network.run(2 * ms)
            read.append((float(network.t / ms), *cells.v[:], *trace.v[0]))
            cells.v = cells.v[:] / 2
        return read

    brian2.prefs.codegen.target = "numpy"
    wanted = script()
    with sn.device("cpp"):
        np.testing.assert_allclose([y for x in script() for y in x], [y for x in wanted for y in x], rtol=1e-12)


def test_random_numbers_without_a_seed_are_refused_before_a_value_is_read():
    with pytest.raises(DeviceError, match="cells draws random numbers and there is no seed"), sn.device("cpp"):
        cells = neurons()
        cells.x = "rand()"
        cells.x[:]


def test_the_seed_of_a_script_is_that_of_its_values(programs):
    read = []
    for given in (None, 8):
        with sn.device("cpp", seed=given):
            seed(8)
            cells = neurons()
            cells.x = "rand()"
            read.append(cells.x[:].tolist())
            run(0 * ms)
    assert read[0] == read[1] == cells.x[:].tolist()


def test_where_a_program_cannot_run_values_are_not_known(monkeypatch):
    monkeypatch.setattr(block.Script, "_build", None)
    with pytest.raises(DeviceError, match="this machine cannot run it"), sn.device("cpp", seed=1) as script:
        cells = neurons()
        cells.x = "rand()"
        object.__setattr__(script._backend, "mode", "compile")
        cells.x[:]


def test_a_project_that_somebody_removed_is_built_again(programs):
    with sn.device("cpp") as script:
        cells = NeuronGroup(1, "dv/dt = -v/(5*ms) : 1", method="exact", name="cells")
        cells.v = 1
        run(1 * ms)
        script.run()
        shutil.rmtree(script.folder)
        script.run({cells.v: 2})
        assert cells.v[0] == pytest.approx(2 * np.exp(-0.2))
    assert len(programs) == 2


@pytest.mark.filterwarnings("ignore:'parseAll' argument is deprecated")  # pytest.warns gives it again, as ours
def test_a_script_may_start_its_program_with_other_values(programs):
    with pytest.warns(UserWarning, match="do nothing in a block"), sn.device("cpp"):
        brian2.set_device("cpp_standalone", build_on_run=False)
        cells = NeuronGroup(1, "dv/dt = -v/tau : 1\ntau : second (constant)", method="exact", name="cells")
        cells.v, cells.tau = 1, 5 * ms
        run(1 * ms)
        brian2.device.build(run=False)
        for tau in (5 * ms, 10 * ms):
            brian2.device.run(run_args={cells.tau: tau})
            assert cells.v[0] == pytest.approx(np.exp(-1 * ms / tau)) and isinstance(cells.tau[0], Quantity)
    assert len(programs) == 1
