"""Modes: what layers pass on and the read-out takes of a recording, by hand."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from brian2 import ms

from spikenet.engines.simulate import Schedule
from spikenet.errors import InvalidValueError, UnitError
from spikenet.hybrid.network.modes import Spiking, SteadyState, Transient, spikes_by_step
from spikenet.neurons import CWA, SpikingCWA
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


def test_layers_at_steady_state_pass_on_where_they_end():
    rest = SteadyState()
    for method in (rest.next_layer_input, rest.readout_input, rest.readout_input_over_time):
        np.testing.assert_array_equal(method(RECORDING), FINAL[:, None])
    assert SteadyState().encode(TRACE[:, 0], 0, 0) is None


def test_layers_that_change_at_once_pass_on_their_traces():
    moving = Transient()
    np.testing.assert_array_equal(moving.next_layer_input(RECORDING), TRACE)
    ends = [[TRACE[0, 1], TRACE[0, 2], FINAL[0]]]
    np.testing.assert_array_equal(moving.readout_input_over_time(RECORDING), ends)
    np.testing.assert_array_equal(moving.readout_input(RECORDING), FINAL[:, None])
    assert moving.encode(TRACE[:, 0], 0, 0) is None


def test_spikes_are_at_their_steps():
    np.testing.assert_array_equal(spikes_by_step(RECORDING, 3), SENT)
    np.testing.assert_array_equal(Spiking(3).next_layer_input(RECORDING), SENT)


def test_the_read_out_takes_spikes_a_step_or_the_mean_of_p():
    np.testing.assert_allclose(Spiking(3).readout_input(RECORDING), [[[1 / 3, 2 / 3]]])
    np.testing.assert_allclose(Spiking(3).readout_input_over_time(RECORDING), [[[0, 1], [0, 1 / 2], [1 / 3, 2 / 3]]])
    mean = Spiking(3, readout="potential")
    np.testing.assert_allclose(mean.readout_input(RECORDING), [[[0.3, 0.2]]])
    np.testing.assert_allclose(mean.readout_input_over_time(RECORDING), [[[0, 0.5], [0.1, 0.3], [0.3, 0.2]]])


def test_pixels_enter_as_spikes_or_values():
    p = np.array([[0.5, 1.0], [0.25, 0.0]])
    assert Spiking(4, "analog").encode(p, 1, 0) is None
    np.testing.assert_array_equal(Spiking(4).encode(p, 1, 0).sum(axis=1), [[2, 4], [1, 0]])
    chance = Spiking(40, "bernoulli")
    both = chance.encode(p, 1, 6)
    np.testing.assert_array_equal(chance.encode(p[1:], 1, 7), both[1:])
    assert (chance.encode(p, 2, 6) != both).any()


WRONG = {
    "steps": (lambda: Spiking(0), "steps is 0, wanted a whole number from 1"),
    "half a step": (lambda: Spiking(2.5), "steps is 2.5, wanted a whole number from 1"),
    "input": (lambda: Spiking(3, input="odd"), "unknown input 'odd'; there are regular, bernoulli, poisson, analog"),
    "unhashable": (lambda: Spiking(3, input=["regular"]), "unknown input .'regular'.; there are regular"),
    "readout": (lambda: Spiking(3, readout="odd"), "unknown readout 'odd'; there are count, potential"),
    **{
        f"{mode.__name__} {name}": (lambda mode=mode, change=change: mode(**change), message)
        for mode in (SteadyState, Transient)
        for name, change, message in (
            ("negative", {"duration": -1}, "duration is -1 s, wanted zero or more"),
            ("none", {"duration": 0}, "duration is 0 s, wanted more"),
            ("no dt", {"dt": "0 ms"}, "dt is 0 s, wanted more"),
        )
    },
}


@pytest.mark.parametrize(("make", "message"), WRONG.values(), ids=WRONG)
def test_settings_are_checked_when_a_mode_is_made(make, message):
    with pytest.raises(InvalidValueError, match=message):
        make()


def test_times_are_kept_in_seconds_and_modes_are_frozen():
    mode = Transient("40 ms", dt=2 * ms)
    assert (mode.duration, mode.dt) == (0.04, 0.002)
    with pytest.raises(FrozenInstanceError):
        mode.dt = 1.0
    with pytest.raises(UnitError):
        SteadyState("40 mV")


def test_modes_know_their_times():
    """The resting time constant of CWA is 20 ms; SpikingCWA sends at most a spike a ms."""
    assert SteadyState().schedule(CWA) == Schedule(0.8, dt=0.8, sample_dt=0.8)
    assert SteadyState("1 s", "10 ms").schedule(CWA).steps(CWA).samples == 1
    assert Transient().schedule(CWA) == Schedule(20 * 0.001, dt=0.001, sample_dt=0.001)
    assert Spiking(32).schedule(SpikingCWA) == Schedule(0.032, dt=0.001, sample_dt=0.001)


def test_times_follow_the_resting_time_which_is_capacitance_over_conductance():
    """15 ms: steady after 40 of it, a transient in steps of a twentieth."""
    neuron = CWA.with_parameters(capacitance="300 pF", g_rest="20 nS")
    assert SteadyState().schedule(neuron).duration == pytest.approx(0.6)
    assert Transient().schedule(neuron).dt == pytest.approx(0.75e-3)
