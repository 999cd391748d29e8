"""The experiment: which images are used for what, and a small run from end to end."""

import numpy as np
import pytest
from matplotlib.image import imread

from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.papers.gupta_naveed.digits import unsupervised_learning

OPTIONS = {"neurons": 10, "images": 0, "passes": 1, "label_images": 40, "held_out": 0, "block": 20}
OPTIONS |= {"inhibition": 17.0, "eta_plus": 0.01}


def test_held_out_images_are_of_the_training_images_and_not_learned_from():
    parts = unsupervised_learning._images(Setup(options=OPTIONS | {"held_out": 1}))
    learned, tested = parts["learn"][0], parts["test"][0]
    assert len(learned) + len(tested) == 10_000
    seen = {image.tobytes() for image in learned}
    assert sum(image.tobytes() in seen for image in tested) == 0
    np.testing.assert_array_equal(parts["label"][0], learned[:40])


def test_without_them_test_images_are_tested():
    parts = unsupervised_learning._images(Setup(options=OPTIONS))
    assert [len(images) for images, _ in parts.values()] == [10_000, 40, 1000]


def test_an_engine_that_compiles_nothing_is_refused():
    with pytest.raises(InvalidValueError, match="give --engine cpp or cuda"):
        unsupervised_learning.check(Setup(engine="runtime", options=OPTIONS))


def test_claims_are_made_of_whole_runs_only():
    results = [{"accuracy": dict.fromkeys(unsupervised_learning.NAMES, 90.0)}]
    assert unsupervised_learning._claims(Setup(options=OPTIONS | {"neurons": 400}), results) == ()
    plain, best, trained = unsupervised_learning._claims(
        Setup(data="full", options=OPTIONS | {"neurons": 400}), results
    )
    assert plain.holds and not best.holds and not trained.holds  # 87, 91 and 91


@pytest.mark.slow
def test_a_small_network_reads_digits_better_than_chance(quick_run):
    options = {"neurons": 30, "images": 600, "label_images": 300, "block": 200}
    result, folder = quick_run("diehl-cook", seeds=(1,), **options)
    assert result["metrics"]["accuracy"]["likeliest class"][0] > 30
    assert {figure["file"] for figure in result["figures"]} == {"fields.png", "curve.png", "confusion.png"}
    for figure in result["figures"]:
        assert imread(folder / figure["file"])[..., :3].std() > 0.01
