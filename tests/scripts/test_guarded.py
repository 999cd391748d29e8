"""Seeds of programs, and spikes in order."""

import numpy as np
import pytest

from spikenet.errors import DeviceError
from spikenet.scripts import guarded
from spikenet.scripts.guarded import GuardedDevice, seed_in_environment


def test_a_seed_is_in_the_environment_or_out_of_it():
    assert seed_in_environment(5) == ["env", "SPIKENET_SEED=5"]
    assert seed_in_environment(None) == ["env", "-u", "SPIKENET_SEED"]


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
