"""The membrane against the averages that it is."""

import pytest

from spikenet.errors import InvalidValueError
from spikenet.layers.conductance.membrane import Membrane


def test_without_input_it_is_at_its_own_potential():
    assert Membrane(2.0, -0.4).settle(0.0, 0.0) == pytest.approx(-0.4)


def test_it_is_the_mean_of_the_potentials_weighted_by_conductances():
    mean = (2.0 * -0.4 + 3.0 * 1 + 5.0 * -1) / (2.0 + 3.0 + 5.0)
    assert Membrane(2.0, -0.4).settle(3.0, 5.0) == pytest.approx(mean)


@pytest.mark.parametrize("exc, inh, limit", [(1e9, 0.0, 1.0), (0.0, 1e9, -1.0), (1e9, 1e9, 0.0)])
def test_strong_channels_clamp_it_between_their_potentials(exc, inh, limit):
    assert Membrane(1.0, 0.3).settle(exc, inh) == pytest.approx(limit, abs=1e-8)


@pytest.mark.parametrize("e_rest", [-1, 1])
def test_its_own_potential_may_be_that_of_a_channel(e_rest):
    assert Membrane(2.0, e_rest).settle(3.0, 5.0) == pytest.approx((2 * e_rest - 2) / 10)


@pytest.mark.parametrize("g_rest", [0.0, -1.0, float("inf"), float("nan"), "1", None])
def test_no_conductance_of_its_own_is_refused(g_rest):
    with pytest.raises(InvalidValueError, match="g_rest is .* wanted a finite number above 0"):
        Membrane(g_rest=g_rest)


@pytest.mark.parametrize("e_rest", [-1.1, 1.1, float("nan"), "0", None])
def test_a_potential_beyond_the_channels_is_refused(e_rest):
    with pytest.raises(InvalidValueError, match=r"e_rest is .* wanted a number from -1 \(inhibitory potential\) to 1"):
        Membrane(e_rest=e_rest)
