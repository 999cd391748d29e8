"""Seeds of programs, and spikes in order."""

from types import SimpleNamespace

import brian2
import numpy as np
import pytest

from spikenet.errors import DeviceError
from spikenet.scripts import device as block
from spikenet.scripts import guarded
from spikenet.scripts.guarded import GuardedDevice, environment_words


def test_the_environment_of_a_program_has_its_seed_or_none_and_what_the_device_asks_for():
    device = SimpleNamespace(run_environment_variables={"GREETING": "hello you"})
    words = environment_words(device, 5, early=False)
    assert words[0] == "env" and {"SPIKENET_SEED=5", "GREETING=hello you"} < set(words)
    other = environment_words(device, None, early=True)
    assert {"SPIKENET_EARLY=1"} == {word for word in other if word.startswith("SPIKENET")} - {
        "SPIKENET_SEED",
        "SPIKENET_EARLY",
    }


@pytest.mark.parametrize("lost", [False, True])
def test_spikes_of_a_step_are_in_the_order_of_neurons(tmp_path, monkeypatch, lost):
    columns = {"i": ("i", np.dtype(np.int32)), "t": ("t", np.dtype(float)), "v": ("v", np.dtype(np.float32))}
    np.array([2, 0, 1, 0], np.int32).tofile(tmp_path / "i")
    np.array([1.0, 1.0, 1.0, 2.0]).tofile(tmp_path / "t")
    np.array([20, 0, 10, 5][: 3 if lost else 4], np.float32).tofile(tmp_path / "v")
    monkeypatch.setattr(guarded, "recorded_events", lambda device: {"spikes": columns})
    device = GuardedDevice()
    device.results_dir = str(tmp_path)
    if lost:
        with pytest.raises(DeviceError, match="v of spikes has 3 values for 4 events"):
            device.finish_results()
        return
    device.finish_results()
    assert np.fromfile(tmp_path / "i", np.int32).tolist() == [0, 1, 2, 0]
    assert np.fromfile(tmp_path / "v", np.float32).tolist() == [0, 10, 20, 5]


def test_synapses_that_belong_to_other_objects_are_part_of_the_program():
    """Brian2 forgot them in a Network of its own, and C++ did not compile."""
    with pytest.raises(KeyError), block("cpp", seed=1) as script:
        cells = brian2.NeuronGroup(2, "v : 1", threshold="v > 1", reset="")
        outer, inner = (brian2.Synapses(cells, cells, on_pre="v_post += 1", name=name) for name in ("outer", "inner"))
        outer.connect(), inner.connect()
        outer.contained_objects.append(inner)
        brian2.Network(cells, outer).run(1 * brian2.ms)
        assert {inner, outer} <= script._backend.device.synapses
        raise KeyError  # so that nothing is compiled


@pytest.mark.slow
@pytest.mark.parametrize("how", ["of the block", "of the script"])
def test_threads_of_one_seed_draw_no_numbers_of_another(monkeypatch, how):
    """With OpenMP there is a generator a thread: the second one of seed 1 was the first of seed 2."""
    monkeypatch.setitem(brian2.prefs, "devices.cpp_standalone.openmp_threads", 2)
    drawn = []
    for seed in (1, 2):
        with block("cpp", seed=seed if how == "of the block" else None):
            if how == "of the script":
                brian2.seed(seed)
            cells = brian2.NeuronGroup(8, "dv/dt = xi/ms**0.5 : 1", method="euler")
            brian2.run(0.1 * brian2.ms)
        drawn.append(set(cells.v[:]))
    assert len(drawn[0]) == len(drawn[1]) == 8 and not drawn[0] & drawn[1]
