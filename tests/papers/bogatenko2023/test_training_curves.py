"""Training curves."""

import numpy as np
import pytest

from spikenet.data import load_dataset
from spikenet.papers.bogatenko2023 import training_curves as module
from spikenet.papers.bogatenko2023.training_curves import by_epoch, hold_out, plot_epochs
from spikenet.report.style import Labels

HISTORIES = [
    {"epochs": [{"loss": 3, "seconds": 0.5}, {"loss": 2, "seconds": 0.25}]},
    {"epochs": [{"loss": 5, "seconds": 1.5}, {"loss": 4, "seconds": 1.25}]},
]


def test_a_curve_is_a_row_for_each_training():
    np.testing.assert_array_equal(by_epoch(HISTORIES, "loss"), [[3, 2], [5, 4]])
    assert by_epoch(HISTORIES, "loss").dtype == float


def test_a_sixth_is_held_out_of_the_training_images_and_no_test_image_is_left():
    data = load_dataset("mnist", "mini")
    held = hold_out(data)
    assert (len(held.x_train), len(held.x_test)) == (len(data.x_train) - 1666, 1666)
    seen = {image.tobytes() for image in data.x_train}
    assert {image.tobytes() for image in (*held.x_train, *held.x_test)} <= seen
    np.testing.assert_array_equal(held.x_test, hold_out(data).x_test)


@pytest.mark.parametrize(("first", "epochs"), [(1, [1, 2]), (0, [0, 1])])
def test_epochs_are_counted_from_the_first(tmp_path, monkeypatch, first, epochs):
    drawn = []
    monkeypatch.setattr(module, "plot_lines", lambda *arguments: drawn.append(arguments))
    series, labels = {"loss": by_epoch(HISTORIES, "loss")}, Labels("Loss")
    plot_epochs(tmp_path / "a.png", series, labels, first, {"paper": 1.0})
    ((path, x, *rest),) = drawn
    assert (path, x.tolist(), rest) == (tmp_path / "a.png", epochs, [series, labels, {"paper": 1.0}])
