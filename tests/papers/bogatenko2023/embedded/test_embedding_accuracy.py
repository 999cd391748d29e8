import numpy as np
import pytest
from matplotlib.image import imread

from spikenet.experiments.experiment import Setup
from spikenet.papers import load_experiment
from tests.papers.conftest import QUICK, SHORT


@pytest.fixture(scope="module")
def ran(quick_run):
    return quick_run("fhn-embed", **QUICK, **SHORT, direct=20)


def test_every_gamma_is_shown_beside_the_papers_numbers(ran):
    result, _ = ran
    main, train, readouts, direct = result["tables"]
    assert main["columns"][:5] == ["digit", "gamma -0.5", "paper -0.5", "gamma -1", "paper -1"]
    assert [row[2] for row in main["rows"]][:2] == [98.6, 1.5]
    assert [row[2] for row in train["rows"]][-1] == 73.4
    assert len(main["rows"]) == 11
    assert len(readouts["rows"]) == 3 * 2 * 3
    assert [row[:2] for row in direct["rows"]] == [["-0.5", 20], ["-1", 20], ["0.5", 20]]


def test_the_averages_are_of_the_digits_that_are_told(ran):
    result, _ = ran
    digits = np.array(result["metrics"]["digits"]["test"]["gamma -0.5"])
    assert digits.shape == (2, 10), "seed, digit"
    mean = digits.mean(axis=1).mean()
    assert result["tables"][0]["rows"][-1][1].startswith(f"{mean:.1f} ±")


def test_direct_simulation_agrees_with_the_table(ran):
    """20 images: all get the same answer, or one of them does not."""
    result, _ = ran
    for found in result["metrics"]["direct"].values():
        assert found["images"] == 20
        assert found["same"] >= 19


def test_what_the_paper_has_on_all_of_mnist_is_not_claimed_on_fewer(ran):
    result, _ = ran
    assert not [claim for claim in result["claims"] if claim["id"].startswith("average by dwell")]
    assert "this run has fewer" in result["notes"][0]
    assert len(result["claims"]) == 3 + 4 + 3


def test_the_figures_are_drawn(ran):
    result, folder = ran
    assert [figure["file"] for figure in result["figures"]] == [
        "digits-gamma-0.5.png",
        "digits-gamma-1.png",
        "digits-gamma+0.5.png",
        "output.png",
    ]
    for figure in result["figures"]:
        assert imread(folder / figure["file"])[..., :3].std() > 0.01


def test_without_direct_simulation_nothing_is_said_of_it(quick_run):
    result, _ = quick_run("fhn-embed", seeds=(3,), images=50, epochs=1, **SHORT, direct=0)
    assert result["metrics"]["direct"] == {}
    assert len(result["tables"]) == 3
    assert not [claim for claim in result["claims"] if "direct" in claim["id"]]


def test_the_default_options_are_the_papers():
    options = load_experiment("fhn-embed").complete(Setup()).options
    assert (options["settle"], options["duration"]) == ("1000 ms", "100 ms")
    assert options["images"] == options["epochs"] == 0, "all images, the whole recipe"
