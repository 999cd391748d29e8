"""A neuron with its drive in its equations, and with two ports: its input, and what others send."""

import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.recurrent_neuron import PRE_ACTIVATION, RECURRENT, recurrent_neuron

Z = np.linspace(-3, 3, 12).reshape(3, 4)
PAIRS = [
    (sn.LIF, sn.linear_drive("0.1 nA", "0.3 nA", "0 nA", "0.5 nA")),
    (sn.LIF, sn.linear_drive("0.1 nA", "0.3 nA")),
    (sn.LIF, sn.linear_drive("0.1 nA", "0.3 nA", low="0.2 nA")),
    (sn.LIF, sn.tanh_drive("0.2 nA", 0.7, "0.3 nA")),
    (sn.FHN(tau="10 ms"), sn.tanh_drive(-0.5)),
    (sn.neurons.AdEx, sn.linear_drive("0.5 nA", "0.5 nA", "-1 nA", "2 nA")),
]


@pytest.mark.parametrize(("neuron", "drive"), PAIRS, ids=lambda one: getattr(one, "name", None))
def test_it_does_what_the_neuron_does_under_the_drive(neuron, drive):
    settings = {"duration": "20 ms", "dt": "0.05 ms", "sample_dt": "0.5 ms", "record": "trace", "engine": "runtime"}
    inside = recurrent_neuron(neuron, drive)
    found = sn.simulate(inside, {PRE_ACTIVATION: Z, RECURRENT: 0.5 - Z}, **settings)
    wanted = sn.simulate(neuron, np.broadcast_to(drive(np.array([[0.5]])), Z.shape), **settings)
    np.testing.assert_allclose(found.trace, wanted.trace, rtol=1e-9, atol=1e-9 * np.abs(wanted.trace).max())
    far = sn.simulate(inside, {PRE_ACTIVATION: 100 * Z}, **settings | {"duration": "1 ms"})
    wanted = sn.simulate(neuron, drive(100 * Z), **settings | {"duration": "1 ms"})
    np.testing.assert_allclose(far.trace, wanted.trace, rtol=1e-9)


def test_the_largest_drive_bounds_the_time_step():
    neuron = recurrent_neuron(sn.FHN, sn.tanh_drive(3.0))
    ports = {PRE_ACTIVATION: 0.0, RECURRENT: 0.0}
    assert neuron.rate_bound(ports) == pytest.approx(sn.FHN.rate_bound({"i_in": 3.0}))
    assert recurrent_neuron(sn.FHN, sn.linear_drive(1.0)).fastest_rate is None


class NoFormula:
    """A drive of a user, without a formula."""

    range, dimensions = (0.0, 1.0), None


@pytest.mark.parametrize(
    ("neuron", "drive", "error", "words"),
    [
        (sn.LIF, NoFormula(), InvalidTypeError, r"has no expression\(z\)"),
        (sn.neurons.CWA, sn.tanh_drive(0.5), InvalidValueError, "recurrent neurons have one"),
        (
            sn.NeuronModel("leaky", "dx/dt = -g*x : 1\ng : hertz", ("x",), ("g",), nonnegative="g"),
            sn.tanh_drive("5 Hz"),
            InvalidValueError,
            "the drive goes down to -5 Hz, and leaky takes zero or more at g",
        ),
    ],
)
def test_what_cannot_be_recurrent_is_refused(neuron, drive, error, words):
    with pytest.raises(error, match=words):
        recurrent_neuron(neuron, drive)
