"""The paper's training, very shortly: every table, claim and figure is there, from what was measured."""

import pytest

from tests.papers.conftest import SHORT


@pytest.fixture(scope="module")
def ran(quick_run):
    return quick_run("fhn-train", seeds=(1,), **SHORT, epochs=1)


@pytest.mark.slow
def test_the_columns_of_table_2_are_beside_ours(ran):
    result, _ = ran
    table = result["tables"][0]
    assert [column.split(":")[0] for column in table["columns"]] == [
        "digit", *["10,000 training"] * 2, "paper", *["1,000 test"] * 2, "paper"
    ]  # fmt: skip
    assert table["rows"][8][3] == 0.1
    assert table["rows"][-1][0] == "average"


@pytest.mark.slow
def test_an_epoch_of_cross_entropy_is_better_than_guessing(ran):
    result, _ = ran
    digits = result["metrics"]["digits"]["cross-entropy"]["1,000 test"][0]
    assert len(digits) == 10
    assert sum(digits) / 10 > 40


@pytest.mark.slow
def test_what_the_paper_leaves_open_is_tried(quick_run):
    result, _ = quick_run("fhn-train", seeds=(1,), **SHORT, epochs=1, choices=1, choice_epochs=1)
    titles = [table["title"] for table in result["tables"]]
    assert titles[1:] == ["What the paper leaves open", "Why a digit is not learnt"]
    assert len(result["tables"][1]["rows"]) == 6
    assert len(result["tables"][2]["rows"]) == 8


@pytest.mark.slow
def test_claims_and_figures_are_there(ran):
    result, folder = ran
    assert len(result["claims"]) == 3
    assert all((folder / name).is_file() for name in ("epochs.png", "loss.png", "digits.png"))
