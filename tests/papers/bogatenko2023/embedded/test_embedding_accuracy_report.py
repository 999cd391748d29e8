"""The arithmetic of the report, on made-up counts."""

import numpy as np
import pytest
from scipy.stats import t as student

from spikenet.papers.bogatenko2023.embedded.embedding_accuracy_report import EmbeddingResults, claims, notes, tables
from spikenet.papers.bogatenko2023.published_tables import GAMMAS

LABELS = {"train": np.repeat(np.arange(10), 100), "test": np.repeat(np.arange(10), 20)}


def counts(per_digit, part="test"):
    return {name: np.full(10, per_digit) for name in ("dwell", "mean", "smooth")}


def sweep_of(dwell, complete=True, calibrated=19, direct=None):
    """Networks with so many of 20 test images a digit right at gamma -0.5, 17 at -1 and 1 at 0.5; the ANN has 19."""
    results = EmbeddingResults(LABELS, complete)
    for right in dwell:
        results.ann.append({"train": np.full(10, 99), "test": np.full(10, 19)})
        for gamma in GAMMAS:
            test = {-0.5: right, -1.0: 17, 0.5: 1}[gamma]
            results.add("plain", gamma, {"train": counts(60), "test": counts(test)})
            results.add("calibrated", gamma, {"test": counts(calibrated), "gain": 0.5, "error": 0.01})
    results.direct.update(direct or {})
    return results


def claim_of(results, start):
    (found,) = [claim for claim in claims(results) if claim.id.startswith(start)]
    return found


def test_shares_averages_and_what_is_lost():
    results = sweep_of([14, 16])
    assert results.digits("plain", -0.5).tolist() == [[70.0] * 10, [80.0] * 10]
    assert results.average(-0.5, "test").tolist() == [70, 80]
    assert results.ann_accuracy().tolist() == [95, 95]
    assert results.lost("plain", -0.5, "dwell").tolist() == [25, 15]
    assert results.metrics()["calibration"]["gamma -1.0"] == {"gain": [0.5, 0.5], "error": [0.01, 0.01]}


def test_the_papers_network_should_be_one_of_ours():
    """The interval in which one more network lies with 95 %: t * sd * sqrt(1 + 1/n)."""
    claim = claim_of(sweep_of([14, 15, 16]), "average by dwell at gamma -0.5")
    assert claim.measured == 75
    assert claim.high - 73.3 == pytest.approx(student.ppf(0.975, 2) * 5 * np.sqrt(1 + 1 / 3))
    assert claim.holds
    assert claim_of(sweep_of([14, 14]), "average by dwell at gamma -0.5").high == pytest.approx(83.3)


def test_fewer_images_than_mnist_are_not_held_against_the_paper():
    results = sweep_of([14, 15, 16], complete=False)
    assert not [claim for claim in claims(results) if claim.id.startswith("average")]
    assert notes(results) and not notes(sweep_of([14]))


@pytest.mark.parametrize(("right", "works"), [(9, False), (10, True)])
def test_gamma_below_zero_works_or_does_not(right, works):
    assert claim_of(sweep_of([right]), "gamma -0.5 works").holds is works
    assert claim_of(sweep_of([right]), "gamma 0.5 fails").holds


def test_a_gain_of_minus_one_has_to_be_better():
    assert claim_of(sweep_of([16]), "gamma -1 is better").holds
    assert not claim_of(sweep_of([18]), "gamma -1 is better").holds


@pytest.mark.parametrize(("calibrated", "holds"), [(19, True), (18, False)])
def test_calibrated_neurons_may_lose_three_images_of_a_small_set(calibrated, holds):
    claim = claim_of(sweep_of([15], calibrated=calibrated), "calibrated, gamma -0.5, mean")
    assert claim.high == pytest.approx(1.5), "3 of 200 images"
    assert claim.holds is holds


@pytest.mark.parametrize(
    ("images", "same", "holds"), [(100, 99, True), (100, 98, False), (10_000, 9990, True), (10_000, 9989, False)]
)
def test_direct_simulation_may_differ_in_one_image_or_one_in_a_thousand(images, same, holds):
    direct = {-1.0: {"images": images, "same": same, "seconds": 1.0}}
    results = sweep_of([15], direct=direct)
    assert claim_of(results, "gamma -1: same answer").holds is holds
    assert tables(results)[-1].rows[0][:3] == ("-1", images, same)


def test_the_tables_tell_mean_and_spread():
    main, _, readouts = tables(sweep_of([14, 16]))
    assert main.rows[0][1] == "75.0 ± 7.1"
    assert main.from_paper == (False, False, True, False, True, False, True)
    row = readouts.rows[0]
    assert row[:3] == ("-0.5", "plain", "dwell time")
    assert row[-1] == 25.0, "the worst network's loss"
