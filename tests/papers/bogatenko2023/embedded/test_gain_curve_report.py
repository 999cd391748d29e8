import numpy as np
import pytest

from spikenet.papers.bogatenko2023.embedded.gain_curve_report import GainCurves, claims, notes, tables

GAMMAS = np.array([-2.0, -1.5, -1.0, -0.5, -0.1, 0.0, 0.5, 1.0])
RISING = [80, 81, 82, 70, 20, 10, 4, 3]


def curves_of(plain, lost=0.0, complete=True, gammas=GAMMAS):
    curves = GainCurves(gammas, complete)
    for seed in (1, 2):
        curves.ann.append(97.0 + seed)
        for gamma, accuracy in zip(gammas, plain, strict=True):
            curves.add("plain", seed, gamma, dict.fromkeys(("dwell", "mean", "smooth"), accuracy + seed - 1.5))
            if gamma:
                calibrated = dict.fromkeys(("dwell", "mean", "smooth"), 97.0 + seed - lost)
                curves.add("calibrated", seed, gamma, calibrated)
    return curves


def held(curves):
    return {claim.id.split(":")[0]: claim.holds for claim in claims(curves)}


def test_the_papers_shape_holds():
    assert set(held(curves_of(RISING)).values()) == {True}
    assert len(held(curves_of(RISING))) == 5


@pytest.mark.parametrize(
    ("place", "value", "broken"),
    [
        (7, 30, "gamma > 0 is lowest"),
        (3, 90, "rises from gamma 0 to -1"),
        (0, 60, "saturates below -1"),
    ],
)
def test_another_shape_does_not(place, value, broken):
    other = list(RISING)
    other[place] = value
    verdicts = held(curves_of(other))
    assert [name for name, holds in verdicts.items() if not holds] == [broken]


@pytest.mark.parametrize(("lost", "complete", "holds"), [(0.09, True, True), (0.2, True, False), (0.2, False, True)])
def test_calibrated_networks_may_lose_a_tenth_of_a_point_on_all_of_mnist(lost, complete, holds):
    verdicts = held(curves_of(RISING, lost, complete))
    assert verdicts["calibrated, mean, every gamma < 0"] is holds
    assert verdicts["calibrated, dwell, every gamma <= -1"] is holds


def test_the_loss_is_measured_for_each_seed_against_its_own_network():
    np.testing.assert_allclose(curves_of(RISING, 0.3).lost("calibrated", "mean")[:, 0], [0.3, 0.3])
    assert curves_of(RISING).curve("plain", "dwell")[:, 2].tolist() == [81.5, 82.5]


def test_what_was_not_tried_is_not_claimed():
    few = curves_of([5.0, 4.0], gammas=np.array([0.25, 0.5]))
    assert claims(few) == ()
    assert len(tables(few)[0].rows) == 2


def test_a_run_on_fewer_images_says_so():
    assert notes(curves_of(RISING, complete=False)) and not notes(curves_of(RISING))
