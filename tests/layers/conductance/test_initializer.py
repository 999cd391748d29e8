"""Initial conductances: shares, means and spreads."""

import keras
import numpy as np
import pytest

from spikenet.errors import InvalidValueError
from spikenet.layers.conductance.initializer import KernelPart, LogNormalConductance, SparseConductance
from spikenet.layers.conductance.rule import WeightRange


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_as_many_as_said_are_open_and_their_mean_is_one(share):
    conductances = 1 + np.asarray(SparseConductance(share, seed=1)((400, 500)))
    assert conductances.min() >= 0
    assert np.mean(conductances > 0) == pytest.approx(
        share, abs=4 * np.sqrt(share * (1 - share) / conductances.size) + 1e-9
    )
    assert conductances.max() <= 2 / share * (1 + 1e-6)
    # Even from 0 to 2 / share: variance of an open one (2 / share)^2 / 12
    assert conductances.mean() == pytest.approx(1, abs=4 * np.sqrt(4 / 3 / share / conductances.size))
    opened = conductances[conductances > 0]
    assert opened.std() == pytest.approx(2 / share / np.sqrt(12), rel=0.02)


def test_the_same_seed_gives_the_same_conductances_and_another_others():
    first, again, other = (np.asarray(SparseConductance(0.2, seed)((30, 20))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("make", [SparseConductance, LogNormalConductance])
def test_without_a_seed_each_draws_its_own_and_keras_seed_decides(make):
    one, other = make(), make()
    assert not np.array_equal(one((30, 20)), other((30, 20)))
    np.testing.assert_array_equal(one((30, 20)), one((30, 20)))
    seeds = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        seeds.append(make().seed)
    assert seeds[0] == seeds[1]


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan"), "half", None])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(InvalidValueError, match="open is .* wanted a number above 0 and at most 1"):
        SparseConductance(share)


@pytest.mark.parametrize("spread, mean", [(0.5, 1), (1.5, 1), (1.0, 0.05), (1.0, 30)])
def test_logarithms_are_spread_as_said_and_the_mean_conductance_too(spread, mean):
    conductances = 1 + np.asarray(LogNormalConductance(spread, 3, mean)((500, 800)), float)
    logarithms, n = np.log(conductances), conductances.size
    assert logarithms.std() == pytest.approx(spread, rel=4 / np.sqrt(2 * n))
    assert conductances.mean() == pytest.approx(mean, rel=4 * np.sqrt((np.exp(spread**2) - 1) / n))
    # Normal: no skew, and 3 as the fourth moment
    z = (logarithms - logarithms.mean()) / logarithms.std()
    assert abs(np.mean(z**3)) < 4 * np.sqrt(6 / n)
    assert np.mean(z**4) == pytest.approx(3, abs=4 * np.sqrt(24 / n))


@pytest.mark.parametrize("spread", [0.0, -1, 4, float("nan"), float("inf"), "wide", None])
def test_a_spread_that_is_none_is_refused(spread):
    with pytest.raises(InvalidValueError, match="wanted a finite number above 0 and below 4"):
        LogNormalConductance(spread)


@pytest.mark.parametrize("mean", [0, -1.0, float("nan"), float("inf"), "high", None])
def test_a_mean_that_is_none_is_refused(mean):
    with pytest.raises(InvalidValueError, match="wanted a finite number above 0"):
        LogNormalConductance(mean=mean)


def test_parts_are_pieces_of_one_whole():
    whole = keras.initializers.GlorotUniform(seed=7)
    parts = [np.asarray(KernelPart(whole, 10, start)((3, 3, 5, 4))) for start in (0, 5)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=2), np.asarray(whole((3, 3, 10, 4))))


@pytest.mark.parametrize(
    "one",
    [
        SparseConductance(0.2, 5),
        LogNormalConductance(1.5, 5, 0.1),
        KernelPart(SparseConductance(0.2, 5), 8, 4, "exponential"),
    ],
    ids=["sparse", "lognormal", "part"],
)
def test_they_come_back_from_their_configuration(one):
    again = keras.initializers.deserialize(keras.initializers.serialize(one))
    np.testing.assert_array_equal(np.asarray(again((4, 3))), np.asarray(one((4, 3))))


@pytest.mark.parametrize(("name", "wanted"), [("Part", KernelPart), ("Within", WeightRange)])
def test_renamed_classes_keep_the_names_that_files_have(name, wanted):
    assert keras.saving.get_registered_object(f"spikenet>{name}") is wanted
