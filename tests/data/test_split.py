import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikenet.data.split import draw_per_class, proportional_counts

LABELS = st.lists(st.integers(0, 5), min_size=2, max_size=60).map(np.array)


@given(LABELS, st.data())
def test_shares_are_within_one_of_the_exact_proportion_and_add_up(labels, data):
    n = data.draw(st.integers(0, len(labels)))
    exact = n * np.bincount(labels) / len(labels)
    found = proportional_counts(labels, n)
    assert found.sum() == n
    assert (np.abs(found - exact) < 1).all()
    assert (found <= np.bincount(labels)).all()


def test_the_largest_remainder_is_rounded_up():
    assert proportional_counts(np.repeat([0, 1, 2], [5, 3, 2]), 4).tolist() == [2, 1, 1]  # exact: 2, 1.2, 0.8
    assert proportional_counts(np.array([0, 0, 1, 1]), 3).tolist() == [2, 1]  # equal remainders: the lower class


@given(LABELS, st.integers(0, 2**32))
def test_chosen_indices_are_distinct_ascending_and_of_the_wanted_classes(labels, seed):
    wanted = np.bincount(labels) // 2
    found = draw_per_class(labels, wanted, np.random.default_rng(seed))
    assert (np.diff(found) > 0).all()
    assert np.bincount(labels[found], minlength=len(wanted)).tolist() == wanted.tolist()


def test_the_choice_is_that_of_the_generator():
    labels = np.arange(300) % 3
    draw = [draw_per_class(labels, (20, 30, 40), np.random.default_rng(seed)).tolist() for seed in (7, 7, 8)]
    assert draw[0] == draw[1] != draw[2]


def test_every_image_is_as_likely_as_another():
    labels = np.repeat([0, 1], [10, 5])
    rng = np.random.default_rng(3)
    times = np.bincount(np.concatenate([draw_per_class(labels, (3, 2), rng) for _ in range(3000)]), minlength=15)
    expected = 3000 * np.repeat([0.3, 0.4], [10, 5])
    assert times == pytest.approx(expected, abs=5 * np.sqrt(3000 * 0.25))  # five standard deviations
