"""The triplet rule against the sum over triplets that it stands for."""

import numpy as np
import pytest

from spikenet.synapses.rules.triplet import NearestTripletSTDP, TripletSTDP
from tests.synapses.conftest import relay, spikes_at, weights_after

VALUES = {"a2_plus": 0.01, "a2_minus": 0.02, "a3_plus": 0.03, "a3_minus": 0.04, "tau_x": "100 ms", "tau_y": "120 ms"}
PRE, POST = [10.0, 31.0, 55.0, 90.0], [12.0, 40.0, 52.0, 99.0]  # ms


def summed(nearest: bool) -> float:
    """Pfister and Gerstner (2006), equations 3 and 4, with traces as sums over the spikes before."""

    def trace(spikes, now, tau):
        past = [np.exp((one - now) / tau) for one in spikes if one < now]
        return (past[-1] if past else 0.0) if nearest else sum(past)

    w = sum(trace(PRE, now, 16.8) * (0.01 + 0.03 * trace(POST, now, 120)) for now in POST)
    return w - sum(trace(POST, now, 33.7) * (0.02 + 0.04 * trace(PRE, now, 100)) for now in PRE)


@pytest.mark.parametrize("model", [TripletSTDP, NearestTripletSTDP], ids=lambda model: model.name)
def test_the_weight_changes_by_pairs_and_triplets(model):
    w = weights_after(model(**VALUES), spikes_at(PRE), relay(POST), 120)
    assert w[0] - 1 == pytest.approx(summed(model is NearestTripletSTDP), rel=1e-9)
