"""The network: what it is made of, and that it shows an image until it evokes enough spikes."""

import numpy as np
import pytest

from spikenet.papers.gupta_naveed.digits.learning import digit_program
from spikenet.papers.gupta_naveed.digits.network import EXCITATORY, INHIBITORY, DigitNetwork, DigitSettings

SMALL = DigitSettings(neurons=10, pixels=100, total=20.0)


def test_neurons_are_those_of_the_paper():
    parameters = {name: one.value for name, one in EXCITATORY.parameters.items()}
    assert (parameters["tau_mem"], parameters["v_rest"]) == pytest.approx((0.1, -0.065))
    start = parameters["v_threshold"] + DigitSettings().theta
    assert start == pytest.approx(-0.052)
    assert INHIBITORY.parameters["tau_mem"].value == pytest.approx(0.01)


def test_a_block_begins_with_the_image_that_was_not_seen_enough():
    network = DigitNetwork.__new__(DigitNetwork)
    network.settings = SMALL
    assert network.was_enough({})
    assert network.was_enough({"control.n_spikes": np.array([5.0])})
    assert not network.was_enough({"control.n_spikes": np.array([4.0])})


@pytest.mark.slow
def test_an_image_is_shown_again_brighter_until_it_evokes_enough_spikes():
    """Images 1 and 3 of the block are bright, image 2 is dim; nothing learns, and weights stay as they are."""
    images = np.zeros((7, 100))
    images[1:] = 200
    images[2] = 14
    with digit_program(SMALL, 6, seed=1) as program:
        network = program.network
        program.script.run(network.arguments(images, {}, learn=False), seed=3)
        shown = np.append(network.shown.image[0, 1:], network.control.image[:])
        number, counts = network.results()
        weights, theta = network.learning.w[:], network.excitatory.theta_[:]
    assert shown[0] == 1
    assert list(shown).count(1) == 1
    assert list(shown).count(2) > 1
    assert (np.diff(number) == 1).all()
    assert (counts.sum(axis=1) >= SMALL.least).all()
    np.testing.assert_allclose(weights.reshape(100, 10).sum(axis=0), SMALL.total, rtol=1e-5)
    np.testing.assert_allclose(theta, SMALL.theta, rtol=1e-6)
