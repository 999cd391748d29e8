"""Two starts, on next to no images: the trained one starts where the embedded network is."""

import pytest

QUICK = {"images": 300, "epochs": 6, "loop_epochs": 1, "settle": "5 ms", "duration": "10 ms", "smooth": "1 ms"}


@pytest.fixture(scope="module")
def ran(quick_run):
    return quick_run("fhn-transfer", seeds=(1,), **QUICK)


def test_a_trained_network_starts_far_ahead(ran):
    lines = ran[0]["metrics"]["held out by epoch"]
    trained, nothing = lines["from trained network"][0], lines["from nothing"][0]
    assert len(trained) == len(nothing) == 2
    assert trained[0] > nothing[0] + 20


def test_the_calibrated_network_is_in_the_table(ran):
    result, folder = ran
    assert [row[0] for row in result["tables"][0]["rows"]] == [
        "trained network, calibrated", "the same, trained in the loop", "trained in the loop from nothing"
    ]  # fmt: skip
    assert (folder / "transfer.png").is_file()
