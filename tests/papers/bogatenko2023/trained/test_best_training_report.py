"""The report of the best networks, from counts whose answer is known."""

import numpy as np
import pytest

from spikenet.papers.bogatenko2023.trained.best_training_report import BestResults, claims, tables

LABELS = {"held out": np.repeat(np.arange(10), 2), "test": np.repeat(np.arange(10), 4)}


def right(held, test):
    return {
        part: {name: np.full(10, count) for name in ("dwell", "mean", "smooth")}
        for part, count in (("held out", held), ("test", test))
    }


@pytest.fixture
def best():
    made = BestResults(LABELS)
    history = {"epochs": [{"seconds": 1.0}]}
    for gamma in (-0.5, -1.0):
        made.add(gamma, "mean", right(1, 4), history)
        made.add(gamma, "votes", right(2, 3), history)
    return made


def test_held_out_images_choose_even_where_the_test_images_would_not(best):
    assert best.chosen(-1.0, "dwell") == "votes"
    assert best.test(-1.0, "dwell").tolist() == [75.0]


def test_claims_are_of_the_network_that_was_chosen(best):
    assert {claim.measured for claim in claims(best)} == {75.0}
    assert len(claims(best)) == 6


def test_the_table_shows_both_and_the_choice(best):
    table = tables(best)[0]
    assert table.rows[0][2:5] == ("50.00", "100.00", "votes")
