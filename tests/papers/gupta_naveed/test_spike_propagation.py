"""Figure 1: what the chain does is what the formula says, and the run says so."""

import numpy as np
import pytest
from matplotlib.image import imread

from spikenet.experiments.experiment import Setup
from spikenet.papers.gupta_naveed.spike_propagation import expected_periods, first_period, simulate_chain

QUICK = {"duration": "100 ms", "weights": 5}


def test_periods_are_divided_by_the_spikes_that_it_takes():
    """With q = 1/2 a weight of 0.85 takes two spikes, and with 1/4, too; 0.5 never gets there, 1.1 needs one."""
    period = first_period(2.0)
    assert period == pytest.approx(13.9e-3)
    assert expected_periods(3, 0.85, period) == pytest.approx([period, 2 * period, 4 * period])
    assert expected_periods(2, 0.5, period)[1] == np.inf
    assert expected_periods(2, 1.1, period)[1] == period


@pytest.mark.parametrize(("weight", "spikes"), [(0.5, [14, 0]), (0.85, [14, 7]), (1.1, [14, 14])])
def test_the_next_neuron_spikes_as_often_as_its_weight_makes_it(weight, spikes):
    chain = simulate_chain(Setup(engine="runtime"), 2, weight, 2.0, 0.2)
    assert [len(one) for one in chain.spikes] == spikes
    assert chain.at_spikes.min() > 1


def test_the_experiment_draws_and_claims(quick_run):
    result, folder = quick_run("spike-propagation", seeds=(1,), engine="runtime", **QUICK)
    assert [claim["holds"] for claim in result["claims"]] == [True] * 4
    assert [row[1] for row in result["tables"][0]["rows"]] == [7, 3, 1]
    for figure in result["figures"]:
        assert imread(folder / figure["file"])[..., :3].std() > 0.01


@pytest.mark.slow
def test_a_compiled_program_gives_the_same_spikes():
    one, other = (simulate_chain(Setup(engine=engine), 3, 0.85, 2.0, 0.2) for engine in ("runtime", "cpp"))
    for here, there in zip(one.spikes, other.spikes, strict=True):
        np.testing.assert_allclose(here, there, atol=1e-9)
