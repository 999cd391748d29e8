import pytest

from spikenet.experiments.experiment import Setup
from spikenet.papers import load_experiment
from spikenet.papers.bogatenko2023.embedded.gain_curve import gammas_of
from tests.papers.conftest import QUICK, SHORT


def test_the_widest_gains_come_first():
    gammas = gammas_of(load_experiment("fhn-gamma").complete(Setup()))
    assert gammas[:3] == [-2.0, -1.9, -1.8]
    assert sorted(map(abs, gammas), reverse=True) == [abs(gamma) for gamma in gammas]
    assert set(gammas) >= {-1.0, -0.5, -0.05, 0.0, 0.05, 0.5, 1.0}
    assert len(gammas) == 33


def test_gains_outside_the_range_are_left_out():
    setup = load_experiment("fhn-gamma").complete(Setup(options={"low": -1.0, "high": -0.5, "step": 0.25}))
    assert gammas_of(setup) == [-1.0, -0.75, -0.5]


@pytest.fixture(scope="module")
def ran(quick_run):
    return quick_run("fhn-gamma", **QUICK, **SHORT, low=-1.0, high=0.5, step=0.5)


def test_there_is_a_row_for_every_gain_and_none_to_calibrate_without_a_drive(ran):
    result, folder = ran
    (table,) = result["tables"]
    assert [row[0] for row in table["rows"]] == ["-1", "-0.5", "-0.05", "0", "0.05", "0.5"]
    assert [row[4] == "–" for row in table["rows"]] == [False, False, False, True, False, False]
    assert result["metrics"]["calibrated"]["gammas"] == [-1, -0.5, -0.05, 0.05, 0.5]
    assert len(result["metrics"]["plain"]["dwell"][0]) == 6
    assert (folder / "gamma.png").is_file() and (folder / "calibrated.png").is_file()
    assert not [note for note in result["notes"] if "not a finite number" in note]


def test_without_a_drive_every_image_gets_the_same_answer(ran):
    """200 test images, 20 of each digit: one class is right for a tenth of them."""
    result, _ = ran
    plain = result["metrics"]["plain"]
    assert [seed[plain["gammas"].index(0.0)] for seed in plain["mean"]] == [10, 10]
