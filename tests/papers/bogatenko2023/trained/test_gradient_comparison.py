"""Gradients side by side, on next to no images."""

import pytest

from spikenet.papers.bogatenko2023.trained import gradient_comparison as fhn_surrogates
from spikenet.papers.bogatenko2023.trained.gradient_comparison import TASKS
from tests.papers.conftest import SHORT


@pytest.fixture(scope="module")
def ran(quick_run):
    short = {name: TASKS[name] for name in ("FHN, short", "LIF")}
    fewer = {"FHN, short": ("sigmoid", "sensitivity"), "LIF": ("response", "triangular")}
    with pytest.MonkeyPatch.context() as patch:
        from dataclasses import replace

        tasks = {name: replace(task, surrogates=fewer[name]) for name, task in short.items()}
        tasks["FHN, short"] = replace(tasks["FHN, short"], **SHORT)
        patch.setattr(fhn_surrogates, "TASKS", tasks)
        return quick_run("fhn-surrogates", seeds=(1,), images=60, epochs=2)


def test_every_gradient_has_a_row_and_a_curve(ran):
    result, folder = ran
    assert [row[:3:2] for row in result["tables"][0]["rows"]] == [
        ["FHN, short", "sigmoid"], ["FHN, short", "sensitivity"], ["LIF", "response"], ["LIF", "triangular"]
    ]  # fmt: skip
    curve = result["metrics"]["LIF, response"]
    assert len(curve["held out (%)"][0]) == len(curve["seconds"][0]) == 2
    assert (folder / "seconds-fhn-short.png").is_file() and (folder / "epochs-lif.png").is_file()


def test_the_gradients_that_the_issue_is_about_are_all_there():
    from spikenet.layers import GRADIENTS, SURROGATES

    tried = {surrogate for task in TASKS.values() for surrogate in task.surrogates}
    assert tried == {*GRADIENTS, *SURROGATES}
