"""Bengio's rule follows a gradient as far as the run says, and its window is drawn beside that of STDP."""

import numpy as np
import pytest
from matplotlib.image import imread

from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.papers import load_experiment
from spikenet.papers.gupta_naveed.bengio_stdp import (
    BACKWARD,
    BOTH,
    FORWARD,
    RATES,
    correlations,
    expected_correlation,
    learn,
    spiking_change,
)
from spikenet.papers.gupta_naveed.energy_network import EnergyNetwork, rate

QUICK = {"networks": 2, "patterns": 2, "nudges": [0.01, 1.0], "spikes": [100.0, 1e4], "updates": 3}


@pytest.fixture(scope="module")
def network():
    return EnergyNetwork.random((4, 5, 3), 3, np.random.default_rng(2))


def test_the_rule_is_close_to_the_gradient_and_one_way_alone_is_less(network):
    found = correlations(network, np.array([0.001]), np.array([1e6]), np.random.default_rng(1))
    by = {name: values[0] for name, values in found.by_nudge.items()}
    assert by[RATES] > 0.999
    assert by[RATES] > by[BOTH] > 0.9
    assert by[BOTH] > max(by[FORWARD], by[BACKWARD])
    assert found.by_spikes[0] == pytest.approx(by[BOTH], abs=0.01)


def test_poisson_spikes_change_weights_as_rates_do_on_average(network):
    """Within four standard errors of 400 draws."""
    rng = np.random.default_rng(3)
    s = network.nudged(0.1)
    draws = np.array([spiking_change(network, s, 100, rng) for _ in range(400)])
    wanted = network.changes(rate(s[:-1]), s).sum(axis=0)
    assert (np.abs(draws.mean(axis=0) - wanted) < 4 * draws.std(axis=0) / 20).all()


def test_the_correlation_by_spikes_is_that_of_the_closed_form(network):
    """To 0.02: the closed form is the limit of many spikes."""
    rng = np.random.default_rng(4)
    s, gradient = network.nudged(0.1), network.gradient()
    drawn = [np.corrcoef(spiking_change(network, s, 200, rng), gradient)[0, 1] for _ in range(200)]
    expected = expected_correlation(network, s, np.array([200.0]), gradient)[0]
    assert np.mean(drawn) == pytest.approx(expected, abs=0.02)
    assert expected < expected_correlation(network, s, np.array([1e9]), gradient)[0] - 0.01


@pytest.mark.parametrize("variant", [BOTH, RATES])
def test_learning_by_the_rule_lowers_the_error(network, variant):
    assert learn(network, 0, variant) == 1
    assert learn(network, 10, variant) < 0.8


def test_the_experiment_draws_and_claims(quick_run):
    result, folder = quick_run("bengio-stdp", seeds=(1,), engine="runtime", span=40, step=20, **QUICK)
    claims = {claim["id"]: claim["holds"] for claim in result["claims"]}
    assert len(claims) == 14
    assert claims[f"{RATES}, nudge of 0.01: mean correlation with the gradient"]
    assert all(claims[name] for name in claims if "sign of the lag" in name or "window from its closed form" in name)
    assert claims["exponential rise: correlation with the window of STDP"]
    assert not claims["linear rise: correlation with the window of STDP"]
    for figure in result["figures"]:
        assert imread(folder / figure["file"])[..., :3].std() > 0.01


@pytest.mark.parametrize(
    ("options", "said"),
    [({"nudges": []}, "nudges"), ({"spikes": []}, "spikes"), ({"span": 101}, "100 ms"), ({"step": 90}, "step of 90")],
)
def test_lists_without_numbers_and_lags_beyond_the_rise_are_refused(options, said):
    with pytest.raises(InvalidValueError, match=said):
        load_experiment("bengio-stdp").complete(Setup(options=options))
