"""Data sets of spikes: binned, in batches, within bounds of memory."""

import numpy as np
import pytest

from spikenet.data import load_spikes
from spikenet.errors import DataError, InvalidValueError, UnitError


def test_spikes_are_counted_in_bins(nmnist):
    found = load_spikes("nmnist", nmnist)
    assert repr(found) == "SpikeDataset(nmnist, train: 2 samples of 2 x 34 x 34 units, 2 classes)"
    counts = found.binned("1 ms", "3 ms")
    assert counts.shape == (2, 3, 2 * 34 * 34)
    images = counts.reshape(2, 3, 2, 34, 34)
    assert images[0, 0].sum() == 2  # at 0 and 999 us; that at 1 ms is in the next bin
    assert images[0, 1, 1, 2, 3] == images[0, 1].sum() == 2
    assert images[0, 2].sum() == 0  # the one at 5 ms is left out
    np.testing.assert_array_equal(found.binned("1 ms", "3 ms", [1]), counts[1:])
    np.testing.assert_array_equal(found.labels, [3, 7])


def test_both_folders_may_be_given(nmnist):
    assert len(load_spikes("nmnist", nmnist / "NMNIST", "test")) == 1


def test_a_time_on_a_boundary_is_not_rounded_into_the_bin_before(write_shd):
    found = load_spikes("shd", write_shd([([k * 0.1 for k in range(1, 9)], [0] * 8)], [0], np.float64))
    np.testing.assert_array_equal(found.binned("100 ms", "1 s")[0, :, 0], [0, *[1] * 8, 0])


def test_counts_stop_at_255(write_shd):
    found = load_spikes("shd", write_shd([([0.0] * 300, [1] * 300)], [0]))
    assert found.binned("1 s", "1 s")[0, 0, 1] == 255


def test_batches_go_once_through_all_samples(write_shd):
    samples = [([0.0] * k, [k] * k) for k in range(5)]
    found = load_spikes("shd", write_shd(samples, range(5)))
    batches = list(found.batches(2, "1 ms", "2 ms", seed=3))
    assert [len(labels) for _, labels in batches] == [2, 2, 1]
    labels = np.concatenate([labels for _, labels in batches])
    assert sorted(labels) == [0, 1, 2, 3, 4] != labels.tolist()
    for counts, labels in batches:
        assert counts.dtype == np.float32
        np.testing.assert_array_equal(counts.sum(axis=(1, 2)), labels)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda one: one.binned("1 us", "1 s"), InvalidValueError, "take 4.62 GB, more than 1; give fewer samples"),
        (lambda one: one.binned("1 ms", "1 s", memory=1e6), InvalidValueError, "more than 0.001"),
        (lambda one: one.binned("3 ms", "10 ms"), InvalidValueError, "duration"),
        (lambda one: one.binned(0, "10 ms"), InvalidValueError, "wanted at least one step"),
        (lambda one: one.binned("1 mV", "10 ms"), UnitError, "step"),
        (lambda one: one.binned("1 ms", "2 ms", [2]), InvalidValueError, "samples go from 2 to 2; there are 0 to 1"),
        (lambda one: one.binned("1 ms", "2 ms", [0.5]), InvalidValueError, "wanted a list of whole numbers"),
        (lambda one: one.spikes(2), InvalidValueError, "sample is 2"),
        (lambda one: next(one.batches(0, "1 ms", "2 ms")), InvalidValueError, "batch is 0"),
    ],
)
def test_what_cannot_be_binned_is_refused(nmnist, call, error, words):
    found = load_spikes("nmnist", nmnist)
    with pytest.raises(error, match=words):
        call(found)


def test_names_and_folders_that_are_none_are_refused(tmp_path):
    with pytest.raises(InvalidValueError, match="unknown data set 'dvs'; there are nmnist, shd"):
        load_spikes("dvs", tmp_path)
    with pytest.raises(InvalidValueError, match="unknown part 'valid'"):
        load_spikes("shd", tmp_path, "valid")
    with pytest.raises(DataError, match="has neither shd_train.h5 nor SHD/shd_train.h5"):
        load_spikes("shd", tmp_path)
