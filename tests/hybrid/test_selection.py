"""Layers and units that recordings keep, and recordings of pieces as one."""

import numpy as np
import pytest

from spikenet.errors import InvalidValueError
from spikenet.hybrid.selection import as_names, choose_units, join_recordings, keep_units
from spikenet.recording import Recording, Spikes

SIZES = {"first": 8, "second": 6}


def recording(samples, first_time):
    """Three units of which the last sends two spikes a sample, the first one."""
    sample, unit = np.repeat(np.arange(samples), 3), np.tile([0, 2, 2], samples)
    spikes = Spikes(sample, unit, first_time + 1e-3 * np.arange(3 * samples))
    return Recording({"mean": np.arange(3.0 * samples).reshape(samples, 3), "spikes": spikes}, (samples, 3), 1e-3)


def test_layers_are_those_that_are_named_or_whose_units_are_or_the_default_ones():
    assert choose_units(SIZES, None, None, ["first"]) == {"first": None}
    assert choose_units(SIZES, "second", None, ["first"]) == {"second": None}
    chosen = choose_units(SIZES, None, {"second": [5, 0]}, ["first"])
    assert list(chosen) == ["second"] and chosen["second"].tolist() == [5, 0]
    chosen = choose_units(SIZES, ["first", "second"], {"second": [5]}, [])
    assert chosen["first"] is None and chosen["second"].tolist() == [5]


@pytest.mark.parametrize(
    ("layers", "units", "message"),
    [
        (["third"], None, "no neurons are called 'third'; there are first, second"),
        (None, {"third": [1]}, "no neurons are called 'third'"),
        ("first", {"second": [1]}, "units of second are chosen, but the layers are first"),
        (None, {"first": [8]}, r"the units of first are \[8\], wanted one whole number or more, from 0 to 7"),
        (None, {"first": [-1]}, r"the units of first are \[-1\]"),
        (None, {"first": 3}, "the units of first are 3"),
        (None, [1, 2], r"units are \[1, 2\], wanted a mapping such as {'first': \[0, 1\]}"),
    ],
)
def test_what_there_is_not_cannot_be_chosen(layers, units, message):
    with pytest.raises(InvalidValueError, match=message):
        choose_units(SIZES, layers, units, SIZES)


@pytest.mark.parametrize("given", [(), None, 3])
def test_no_name_is_an_error(given):
    assert as_names("record", "mean") == ("mean",) and as_names("record", ["mean", "final"]) == ("mean", "final")
    with pytest.raises(InvalidValueError, match="record is .*, wanted a name or several"):
        as_names("record", given)


def test_kept_units_are_numbered_from_zero_in_the_order_in_which_they_are_named():
    whole = recording(2, 0.0)
    kept = keep_units(whole, ("mean", "spikes"), np.array([2, 1]))
    np.testing.assert_array_equal(kept.mean, whole.mean[:, [2, 1]])
    assert kept.shape == (2, 2)
    for sample in range(2):
        np.testing.assert_array_equal(kept.spikes.times_of(sample, 0), whole.spikes.times_of(sample, 2))
        assert len(kept.spikes.times_of(sample, 1)) == 0
    assert list(keep_units(whole, ("mean",), None).values) == ["mean"]


def test_pieces_are_joined_sample_after_sample():
    first, second = recording(2, 0.0), recording(1, 0.5)
    joined = join_recordings([first, second])
    assert joined.shape == (3, 3)
    np.testing.assert_array_equal(joined.mean, np.concatenate([first.mean, second.mean]))
    np.testing.assert_array_equal(joined.spikes.times_of(2, 2), second.spikes.times_of(0, 2))
    np.testing.assert_array_equal(joined.spikes.times_of(1, 0), first.spikes.times_of(1, 0))
    assert join_recordings([first]) is first
