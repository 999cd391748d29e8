"""Files of N-MNIST and SHD: what their bytes mean, and wrong ones."""

import numpy as np
import pytest

from spikenet.data import load_spikes
from spikenet.data.spike_files import EventFolder
from spikenet.errors import DataError
from tests.data.conftest import EVENTS, event_bytes

GOOD = [([0.001, 0.0125], [5, 699]), ([], [])]


def test_events_have_times_polarities_and_places(nmnist):
    time, unit = EventFolder(nmnist / "NMNIST" / "Train").read(0)
    np.testing.assert_allclose(time, np.array([event[3] for event in EVENTS]) * 1e-6)
    np.testing.assert_array_equal(unit, [p * 34 * 34 + y * 34 + x for x, y, p, _ in EVENTS])


def test_an_overflow_of_the_clock_delays_what_follows(nmnist):
    path = nmnist / "NMNIST" / "Test" / "0" / "00001.bin"
    path.write_bytes(event_bytes([(1, 1, 0, 2**23 - 1), (0, 240, 0, 5), (1, 1, 0, 7), (0, 240, 0, 0), (1, 1, 0, 8)]))
    time, _ = EventFolder(nmnist / "NMNIST" / "Test").read(0)
    np.testing.assert_allclose(time * 1e6, [2**23 - 1, 7 + 8192, 8 + 2 * 8192])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0" * 7, "has 7 bytes, which is no whole number of events of 5"),
        (event_bytes([(34, 0, 0, 0)]), "has an event at x = 34, y = 0; wanted below 34 and 34"),
        (event_bytes([(0, 35, 0, 0)]), "y = 35"),
    ],
)
def test_wrong_events_are_refused_by_the_name_of_the_file(nmnist, content, words):
    (nmnist / "NMNIST" / "Train" / "3" / "00002.bin").write_bytes(content)
    with pytest.raises(DataError, match=f"00002.bin .*{words}"):
        load_spikes("nmnist", nmnist).spikes(0)


def test_folders_that_are_no_classes_are_refused(nmnist):
    (nmnist / "NMNIST" / "Train" / "cats").mkdir()
    with pytest.raises(DataError, match="has a folder 'cats'; wanted one for each class"):
        load_spikes("nmnist", nmnist)


def test_a_folder_without_samples_is_refused(tmp_path):
    (tmp_path / "Train" / "0").mkdir(parents=True)
    with pytest.raises(DataError, match="holds no samples"):
        load_spikes("nmnist", tmp_path)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_hdf5_files_hold_times_and_units(write_shd, dtype):
    found = load_spikes("shd", write_shd(GOOD, [4, 19], dtype))
    np.testing.assert_array_equal(found.labels, [4, 19])
    time, unit = found.spikes(0)
    np.testing.assert_allclose(time, GOOD[0][0], rtol=1e-3)
    np.testing.assert_array_equal(unit, GOOD[0][1])
    assert [len(one) for one in found.spikes(1)] == [0, 0]


@pytest.mark.parametrize(
    ("samples", "labels", "changes", "words"),
    [
        (GOOD, [1], {}, "'labels': 1} samples; wanted the same number"),
        (GOOD, [0.5, 1.0], {}, "labels of float64; wanted whole numbers"),
        (GOOD, [-1, 1], {}, "wanted whole numbers from 0"),
        (GOOD, [0, 1], {"spikes__units": None}, "has no list spikes/units"),
        ([], np.zeros(0, int), {}, "at least one"),
        ([([0.1], [700])], [0], {}, "sample 0: units from 700 to 700; wanted 0 to 699"),
        ([([0.1, 0.2], [7])], [0], {}, r"times \(2,\) and units \(1,\)"),
        ([([-0.1], [7])], [0], {}, "times from -0.1"),
        ([([np.nan], [7])], [0], {}, "times from nan"),
    ],
)
def test_wrong_hdf5_files_are_refused_with_a_reason(write_shd, samples, labels, changes, words):
    folder = write_shd(samples, labels, **changes)
    with pytest.raises(DataError, match=f"shd_train.h5.*{words}"):
        load_spikes("shd", folder).spikes(0)


def test_a_file_that_is_no_hdf5_is_refused(tmp_path):
    (tmp_path / "shd_test.h5").write_bytes(b"no HDF5")
    with pytest.raises(DataError, match=r"shd_test.h5 cannot be read \(OSError"):
        load_spikes("shd", tmp_path, "test")
