import numpy as np
import pytest

from spikenet.papers.bogatenko2023.embedded.parameter_search_report import AnnAccuracy, SearchResult, notes, tables
from spikenet.papers.bogatenko2023.published_tables import GAMMAS, TABLE_1

PAPER = np.array([TABLE_1[gamma]["train"] for gamma in GAMMAS])


def candidate(offsets, recipe="adam", epsilon=0.05):
    return SearchResult(recipe, epsilon, "(-1, -2/3)", np.array([PAPER + offset for offset in offsets]))


def test_the_distance_is_that_of_the_mean_over_the_seeds():
    """Two networks 3 and 5 points off on opposite sides: their mean is one point off."""
    found = candidate([3, -5])
    assert found.distance == pytest.approx(1)
    assert found.distances == pytest.approx([3, 5])
    assert found.averages(-0.5).tolist() == pytest.approx([73.38 + 3, 73.38 - 5])


def test_an_exact_copy_has_no_distance():
    assert candidate([0]).distance == 0


def test_the_table_has_the_paper_on_top_and_every_choice_below():
    found = [candidate([1]), candidate([4], "sgd", 1.0)]
    networks = [
        AnnAccuracy("adam", 1, 99.9, 97.0),
        AnnAccuracy("adam", 2, 99.9, 98.0),
        AnnAccuracy("sgd", 1, 99.0, 96.0),
    ]
    choices, accuracies = tables(found, networks)
    assert [row[0] for row in choices.rows] == ["the paper", "adam", "sgd"]
    assert [row[3] for row in choices.rows] == pytest.approx([0, 1, 4])
    assert accuracies.rows[0] == ("adam", "99.90 ± 0.00", "97.50 ± 0.71")
    said = notes(found, networks, 2000)
    assert "adam, epsilon 0.05" in said[0] and "1.0 points" in said[0] and "4.0" in said[0]
    assert said[1].endswith("neurons: adam.") and "2000" in said[2]
