"""What is handed on and read of a recording, by hand."""

import numpy as np
import pytest

from spikenet.errors import InvalidValueError
from spikenet.hybrid.conductance.modes import Settled, Spiking, Together, in_bins
from spikenet.recording import Recording, Spikes

TRACE = np.array([[[0.0, 0.5], [0.2, 0.1], [0.7, 0.0]]])
FINAL = np.array([[0.9, -0.1]])  # as the last step ends
SENT = np.array([[[0, 1], [0, 0], [1, 1]]])
RECORDING = Recording(
    {
        "final": FINAL,
        "trace": TRACE,
        "spikes": Spikes(np.array([0, 0, 0]), np.array([0, 1, 1]), np.array([2e-3, 0.0, 2e-3])),
    },
    (1, 2),
    1e-3,
)


def test_settled_layers_hand_on_where_they_end():
    for method in (Settled().hand_on, Settled().read, Settled().read_over_time):
        np.testing.assert_array_equal(method(RECORDING), FINAL[:, None])
    assert Settled().encode(TRACE[:, 0], 0, 0) is None


def test_layers_that_move_hand_on_how():
    moving = Together(3)
    np.testing.assert_array_equal(moving.hand_on(RECORDING), TRACE)
    ends = [[TRACE[0, 1], TRACE[0, 2], FINAL[0]]]
    np.testing.assert_array_equal(moving.read_over_time(RECORDING), ends)
    np.testing.assert_array_equal(moving.read(RECORDING), FINAL[:, None])
    assert moving.encode(TRACE[:, 0], 0, 0) is None


def test_spikes_stand_in_their_bins():
    np.testing.assert_array_equal(in_bins(RECORDING, 3), SENT)
    np.testing.assert_array_equal(Spiking(3).hand_on(RECORDING), SENT)


def test_the_read_out_takes_spikes_a_bin_or_the_mean_of_p():
    np.testing.assert_allclose(Spiking(3).read(RECORDING), [[[1 / 3, 2 / 3]]])
    np.testing.assert_allclose(Spiking(3).read_over_time(RECORDING), [[[0, 1], [0, 1 / 2], [1 / 3, 2 / 3]]])
    mean = Spiking(3, readout="potential")
    np.testing.assert_allclose(mean.read(RECORDING), [[[0.3, 0.2]]])
    np.testing.assert_allclose(mean.read_over_time(RECORDING), [[[0, 0.5], [0.1, 0.3], [0.3, 0.2]]])


def test_pixels_spike_as_they_are_told():
    p = np.array([[0.5, 1.0], [0.25, 0.0]])
    assert Spiking(4, "analog").encode(p, 1, 0) is None
    np.testing.assert_array_equal(Spiking(4).encode(p, 1, 0).sum(axis=1), [[2, 4], [1, 0]])
    chance = Spiking(40, "bernoulli")
    both = chance.encode(p, 1, 6)
    np.testing.assert_array_equal(chance.encode(p[1:], 1, 7), both[1:])
    assert (chance.encode(p, 2, 6) != both).any()


@pytest.mark.parametrize("wrong", [{"inputs": "odd"}, {"readout": "odd"}])
def test_unknown_settings_are_refused(wrong):
    with pytest.raises(InvalidValueError, match="'odd'; there are"):
        Spiking(3, **wrong)
