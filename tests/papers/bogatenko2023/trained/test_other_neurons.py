"""Other neurons in the loop, on next to no images."""

import pytest

from spikenet.experiments.experiment import Setup
from spikenet.papers.bogatenko2023.trained.other_neurons import NETWORKS, build


@pytest.fixture(scope="module")
def ran(quick_run):
    return quick_run("loop-neurons", seeds=(1,), images=120, epochs=1)


@pytest.mark.slow
def test_every_network_is_trained_and_tested(ran):
    result, folder = ran
    assert set(result["metrics"]["test"]) == set(NETWORKS)
    assert all(0 < found[0] <= 100 for found in result["metrics"]["test"].values())
    assert (folder / "epochs.png").is_file()
    assert not result["claims"]  # none for so few images


def test_the_deeper_network_has_two_populations():
    kinds = [type(layer).__name__ for layer in build(NETWORKS["two FHN layers, means"], Setup(), 1).layers]
    assert kinds.count("Population") == 2
