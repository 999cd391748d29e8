"""The report of trainings, from counts whose answer is known."""

import numpy as np
import pytest

from spikenet.papers.bogatenko2023.trained.paper_training_report import Table2Results, claims, tables

LABELS = {"10,000 training": np.repeat(np.arange(10), 4), "1,000 test": np.repeat(np.arange(10), 2)}


def right(share_of_eight):
    found = {part: np.bincount(labels) // 2 for part, labels in LABELS.items()}  # half of each digit
    for part in found:
        found[part][8] = share_of_eight * np.bincount(LABELS[part])[8]
    return found


@pytest.fixture
def trained():
    made = Table2Results(LABELS)
    history = {"epochs": [{"loss": 1.0, "accuracy": 0.5, "validation_accuracy": 0.4, "seconds": 2.0}]}
    made.add("squared errors", right(0), history)
    made.add("cross-entropy", right(1), history)
    return made


def test_digits_are_shares_of_their_images(trained):
    assert trained.digits("squared errors", "1,000 test")[0].tolist() == [50] * 8 + [0, 50]


def test_claims_take_the_better_recipe_and_count_the_lost_digits(trained):
    found = {claim.id: claim.measured for claim in claims(trained)}
    assert found["1,000 test images, the better recipe: average (%)"] == pytest.approx(55)
    assert found["1,000 test images, squared errors: digits that are never recognised, mean over seeds"] == 1


def test_lost_digits_are_listed_by_seed(trained):
    trained.not_learnt["squared errors", 0.6] = [[8], [], [1, 7]]
    (table,) = tables(trained)[1:]
    assert table.rows[0][2:] == (1.0, "8; none; 1, 7")
