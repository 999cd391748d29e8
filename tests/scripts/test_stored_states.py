"""``store`` and ``restore`` in compiled programs give what Brian2's runtime gives."""

import brian2
import numpy as np
import pytest
from brian2 import NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, StateMonitor, Synapses, ms, run

import spikenet as sn
from spikenet.errors import DeviceError
from tests.scripts.conftest import idle


def trials() -> list:
    """Spikes are on their way, and monitors have recorded, when the state is kept."""
    source = SpikeGeneratorGroup(2, [0, 1, 0], [1, 2, 3] * ms, name="source")
    cells = NeuronGroup(2, "dv/dt = -v/(10*ms) : 1", threshold="v > 0.9", reset="v = 0", method="exact", name="cells")
    synapses = Synapses(source, cells, "w : 1", on_pre="v_post += w", delay=1.5 * ms, name="synapses")
    synapses.connect(j="i")
    synapses.w = [0.6, 1]
    spikes, trace = SpikeMonitor(cells, name="spikes"), StateMonitor(cells, "v", record=True, name="trace")
    brian2.store("start")
    run(2 * ms)
    brian2.store()
    found = []
    for name, weight in (("default", 0.3), ("default", 2), ("start", 0.6)):
        brian2.restore(name)
        synapses.w = weight
        run(4 * ms)
        found += [trace.v[:].copy(), trace.t_[:].copy(), spikes.t_[:].copy(), spikes.i[:].copy()]
    return found


@pytest.mark.slow
def test_a_restored_state_goes_on_as_in_brian():
    brian2.prefs.codegen.target = "numpy"
    brian2.start_scope()
    wanted = trials()
    with sn.device("cpp"):
        found = trials()
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)
    assert len(wanted[2]) != len(wanted[6])


def test_random_numbers_start_again_if_that_is_wanted():
    with sn.device("cpp", seed=2):
        source = NeuronGroup(4, "v : 1\ndrawn : 1", name="source")
        source.run_regularly("v = rand()\ndrawn = drawn*10 + v", dt=1 * ms, name="drawing")
        network = brian2.Network(source)
        network.store()
        for again in (True, False):
            network.run(1 * ms)
            network.restore(restore_random_state=again)
            source.drawn = "drawn + 0"  # kept by the program, not by Brian2
        network.run(1 * ms)
        last = source.v[:].copy()
        network.restore(restore_random_state=True)
        network.run(1 * ms)
    assert (source.v[:] != last).all() and source.drawn[:].any()


def test_states_that_are_not_there_are_told():
    with pytest.raises(DeviceError, match=r"restore\('b'\).*nothing was stored.*there is 'a'"), sn.device("cpp"):
        cells = idle()
        network = brian2.Network(cells)
        network.store("a")
        network.restore("b")
    with pytest.raises(DeviceError, match="more.* is new or gone since store"), sn.device("cpp"):
        cells = idle()
        network = brian2.Network(cells)
        network.store()
        network.add(idle(name="more"))
        network.restore()
    with pytest.raises(DeviceError, match="filename='x', and a compiled program keeps"), sn.device("cpp"):
        brian2.Network(idle()).store(filename="x")
