"""Section 3.5: spike counts are ReLU's to one spike a layer where the module says so, and not elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread

from spikenet.experiments.experiment import Setup
from spikenet.papers.gupta_naveed.rate_code import (
    AT_ONCE,
    BOUNDED,
    CASES,
    HALF,
    ROUNDING,
    SERIAL,
    ZERO,
    Nets,
    count,
    relu,
)

SETUP = Setup(engine="runtime")


def random_nets(bounded=False) -> Nets:
    return Nets.random(np.random.default_rng(3), 4, (4, 12), 15.0, bounded)


def counts_of(name: str, nets: Nets) -> np.ndarray:
    return count(SETUP, nets, CASES[name]).counts


@pytest.mark.parametrize(("name", "shift"), [(SERIAL, 0.0), (HALF, 0.5)])
def test_layer_after_layer_spikes_are_whole_parts_of_relu(name, shift):
    nets = random_nets()
    counts = counts_of(name, nets)
    np.testing.assert_array_equal(counts, np.floor(relu(nets.sums(counts) + shift)))
    assert counts[:, -1].max() > 5


def test_bounded_weights_add_at_most_one_spike_a_layer():
    found = count(SETUP, random_nets(bounded=True), CASES[BOUNDED])
    np.testing.assert_allclose(np.abs(found.nets.weights).sum(axis=-1), 1)
    assert (found.of_net.max(axis=(0, 2)) <= np.arange(1, 5)).all()
    assert found.of_net[:, -1].max() > 1


def excited_then_inhibited() -> Nets:
    """Make a neuron that gets ten spikes at a regular pace, and takes ten back by way of one more layer.

    Layers of 2: the second neuron of layer two spikes as the first one, for the first neuron of layer three.
    """
    weights = np.zeros((1, 2, 2, 2))
    weights[0, 0] = [[1, 0], [0, 1]]
    weights[0, 1] = [[1, -20], [0, 0]]
    return Nets(weights, np.array([[10.5, 1.2]]))


def test_late_inhibition_cannot_take_back_spikes_of_layers_at_once():
    """Ten spikes come, and one of -20 near the end: at once most were passed on; layer after layer, none is."""
    nets = excited_then_inhibited()
    assert counts_of(SERIAL, nets)[0].tolist() == [[10, 1], [10, 1], [0, 0]]
    found = count(SETUP, nets, CASES[AT_ONCE])
    assert found.counts[0].tolist() == [[10, 1], [10, 1], [8, 0]]
    assert found.largest[0, 2, 0] == pytest.approx(8)
    assert found.outside() == 0
    assert replace(found, counts=found.counts + 1).outside() > 0


def test_a_reset_to_zero_loses_what_lies_above_the_threshold():
    """Six spikes of 1.5 thresholds make nine by subtraction; reset to zero, five (47 steps, 8 a spike) make five."""
    nets = Nets(np.full((1, 1, 1, 1), 1.5), np.array([[6.5]]))
    assert counts_of(SERIAL, nets).ravel().tolist() == [6, 9]
    assert counts_of(AT_ONCE, nets).ravel().tolist() == [6, 9]
    assert counts_of(ZERO, nets).ravel().tolist() == [5, 5]


def test_the_experiment_draws_and_claims(quick_run):
    options = {"widths": [4, 12], "depth": 3, "networks": 3, "spikes": 20.0}
    result, folder = quick_run("rate-code", seeds=(1, 2), engine="runtime", **options)
    assert [claim["holds"] for claim in result["claims"]][:4] == [True] * 4
    assert result["claims"][0]["measured"] > 0.9
    assert result["claims"][1]["measured"] <= 0.5 + ROUNDING
    assert len(result["tables"][0]["rows"]) == 2 * len(CASES)
    for figure in result["figures"]:
        assert imread(folder / figure["file"])[..., :3].std() > 0.01
