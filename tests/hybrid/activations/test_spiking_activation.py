"""What drives the neurons of an activation, and what their spikes stand for."""

import numpy as np

from spikenet.hybrid.activations.spiking_activation import RateLine, Side, SpikingActivation
from spikenet.neurons import SoftResetIF

LEAKY = SpikingActivation(
    SoftResetIF,
    (Side(), Side(-1.0, 0.0, -0.25)),
    (2, 3),
    threshold=np.array([[1.0, 2.0, 4.0], [0.5, 0.5, 2.0]]),
    bias=np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    curve=RateLine(10.0, 3.0),
)
Z = np.arange(-3.0, 3.0).reshape(1, 2, 3)


def test_drives_are_in_thresholds_side_after_side():
    wanted = [Z / [1, 2, 4] + [0, 0.5, 0], -Z / [0.5, 0.5, 2] + [0, 0, 0.5]]
    assert np.allclose(LEAKY.drive(Z), 3 + 10 * np.array(wanted).reshape(1, -1))


def test_spikes_stand_for_thresholds_with_the_weight_of_their_side():
    spikes = np.arange(12.0).reshape(1, 12)
    wanted = spikes[0, :6].reshape(2, 3) * [1, 2, 4] - 0.25 * spikes[0, 6:].reshape(2, 3) * [0.5, 0.5, 2]
    assert np.allclose(LEAKY.values(spikes), wanted.reshape(1, -1))
    assert LEAKY.activities(spikes).shape == (2, 1, 6)


def test_neurons_count_their_spikes_and_may_have_to_wait():
    neuron = LEAKY.starting(wait=0.005)
    assert "sent" in neuron.outputs
    assert "t_wait" in neuron.threshold
    assert "t_wait" not in LEAKY.starting().threshold
