import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.hybrid.calibration import Calibration, warn_if_far

DRIVE = sn.tanh_drive(gamma=-0.5)


def test_plain_neurons_answer_to_the_drive_and_go_through_the_read_out(network, inputs, z, leaky, settled):
    """Eq. 2 and 3 of Bogatenko et al. (2023) with a neuron that settles on its drive."""
    hybrid = sn.embed(network, "hidden", leaky, DRIVE, **settled)
    out, shift = network.layers[1].get_weights()
    by_hand = -0.5 * np.tanh(z)
    np.testing.assert_allclose(hybrid.record(inputs)["hidden"].mean, by_hand, atol=1e-6)
    np.testing.assert_allclose(hybrid.readout(by_hand), by_hand @ out + shift, rtol=1e-6)
    np.testing.assert_array_equal(hybrid.predict(inputs), (by_hand @ out + shift).argmax(axis=1))
    assert hybrid.calibration is None


@pytest.mark.parametrize("gamma", [-0.5, 0.2])
def test_calibrated_neurons_stand_in_for_the_sigmoid(network, inputs, classes, leaky, settled, gamma):
    hybrid = sn.embed(network, "hidden", leaky, sn.tanh_drive(gamma), calibrate=inputs, **settled)
    assert hybrid.drive.gain == hybrid.calibration.gain == pytest.approx(0.5, rel=1e-3)
    assert hybrid.calibration.scale == pytest.approx(1 / (2 * gamma), rel=1e-3)
    assert hybrid.verify(inputs).logits.largest < 1e-2
    np.testing.assert_array_equal(hybrid.predict(inputs), classes)


def test_fhn_neurons_take_the_gain_of_theory(network, inputs, classes):
    """<x> = -(a + I) over whole cycles: gain 1/2, scale -1/(2 gamma). Part of a cycle is left: about 2/17 of 2."""
    fhn = sn.FHN(a=0.1)
    times = {"settle": "5 ms", "duration": "40 ms", "dt": "0.02 ms", "engine": "runtime"}
    hybrid = sn.embed(network, "hidden", fhn, sn.tanh_drive(-0.6), calibrate=inputs, **times)
    assert hybrid.calibration.gain == pytest.approx(0.5, rel=0.1)
    assert hybrid.calibration.scale == pytest.approx(1 / 1.2, rel=0.1)
    assert hybrid.calibration.shift == pytest.approx(0.5 + 0.1 / 1.2, abs=0.05)
    assert np.mean(hybrid.predict(inputs, "mean") == classes) > 0.9


def test_spiking_neurons_are_read_by_their_counts(network, inputs, classes):
    """A LIF neuron under 0.1 to 1 nA spikes the more the stronger it is driven: any monotone neuron will do."""
    drive = sn.tanh_drive(gamma="0.4 nA", offset="0.6 nA")
    times = {"settle": "20 ms", "duration": "300 ms", "dt": "0.5 ms", "engine": "runtime"}
    hybrid = sn.embed(network, "hidden", sn.LIF, drive, calibrate=inputs, **times)
    assert hybrid.measure == "count"
    assert hybrid.calibration.scale > 0
    assert np.mean(hybrid.predict(inputs) == classes) > 0.9
    plain = sn.embed(network, "hidden", sn.LIF, drive, **times)
    assert np.mean(plain.predict(inputs) == classes) < np.mean(hybrid.predict(inputs) == classes)


def test_a_drive_without_bounds_is_calibrated_where_it_goes(network, inputs, leaky, settled):
    hybrid = sn.embed(network, "hidden", leaky, sn.linear_drive(0.1), calibrate=inputs, **settled)
    assert np.isfinite(hybrid.calibration.error)
    assert hybrid.calibration.gain <= 1 + 1e-6


def test_a_table_and_direct_simulation_are_calibrated_alike(network, inputs, leaky, settled):
    """The curve of a table engine is measured by the engine that fills its tables."""
    runs = [
        sn.embed(network, "hidden", leaky, DRIVE, calibrate=inputs, **{**settled, "engine": engine})
        for engine in ("runtime", sn.engines.Response("runtime", points=11))
    ]
    assert runs[0].calibration == runs[1].calibration
    assert runs[1].engine.points == 11


def test_weights_without_biases_are_taken_as_they_are(leaky, settled):
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(4, "sigmoid", use_bias=False, name="h"), layers.Dense(3, use_bias=False)]
    )
    hybrid = sn.embed(model, "h", leaky, DRIVE, **settled)
    assert hybrid.tail.bias.tolist() == [0, 0, 0]
    x = np.ones((2, 2), "float32")
    np.testing.assert_allclose(hybrid.pre_activations(x), x @ model.get_weights()[0], rtol=1e-6)


def test_calibration_tells_how_far_it_is(network, inputs, leaky, settled):
    told = []
    sn.embed(network, "hidden", leaky, DRIVE, calibrate=inputs, progress=told.append, **settled)
    assert told and told == sorted(told)
    assert told[-1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model": "ann.keras"}, InvalidTypeError, "the model is str, wanted a Keras model"),
        ({"layer": "hiden"}, InvalidValueError, "no layer 'hiden'; it has hidden, dense"),
        ({"neuron": "fhn"}, InvalidTypeError, "wanted a NeuronModel"),
        ({"engine": "fpga"}, InvalidValueError, "unknown engine 'fpga'"),
        ({"duration": "0 ms"}, InvalidValueError, "duration is 0 s"),
        ({"settle": "0.015 ms", "dt": "0.01 ms"}, InvalidValueError, "settle"),
        ({"seed": -1}, InvalidValueError, "seed is -1"),
        ({"drive": np.tanh}, InvalidTypeError, "wanted one such as sn.tanh_drive"),
        ({"drive": None}, InvalidTypeError, "the drive is None"),
        ({"calibrate": np.zeros((0, 5))}, InvalidValueError, "calibrate has no images"),
        ({"drive": sn.tanh_drive("0.4 nA")}, UnitError, "in amp, and leaky takes i_in in numbers without a unit"),
        ({"drive": sn.tanh_drive("4 mV"), "neuron": sn.LIF}, UnitError, "in volt, and lif takes i_in in amp"),
    ],
)
def test_what_cannot_be_embedded_is_refused_before_anything_runs(network, leaky, settled, change, error, message):
    arguments = {"model": network, "layer": "hidden", "neuron": leaky, "drive": DRIVE, **settled} | change
    with pytest.raises(error, match=message):
        sn.embed(**arguments)


@pytest.mark.parametrize(
    ("layers", "name", "message"),
    [
        (lambda k: [k.Flatten(name="flat"), k.Dense(3)], "flat", "'flat' is Flatten, wanted a Dense layer"),
        (lambda k: [k.Dense(3, name="last")], "last", "after 'last' comes nothing"),
        (lambda k: [k.Dense(3, name="h"), k.Dense(3), k.Dense(2)], "h", "after 'h' comes Dense, Dense; wanted one"),
        (lambda k: [k.Dense(3, name="h"), k.ReLU()], "h", "after 'h' comes ReLU; wanted one Dense"),
    ],
)
def test_a_network_of_another_build_is_refused(leaky, layers, name, message):
    model = keras.Sequential([keras.Input((4,)), *layers(keras.layers)])
    with pytest.raises((InvalidTypeError, InvalidValueError), match=message):
        sn.embed(model, name, leaky, DRIVE)


def test_a_network_that_was_never_built_is_refused(leaky):
    model = keras.Sequential([keras.layers.Dense(3, name="h"), keras.layers.Dense(2)])
    with pytest.raises(InvalidValueError, match="has no weights yet"):
        sn.embed(model, "h", leaky, DRIVE)


def test_neurons_that_do_not_rise_or_fall_cannot_be_calibrated(network, inputs, leaky, settled):
    hump = sn.NeuronModel(
        name="hump",
        equations="dv/dt = (i_in**2 - v) / tau : 1\ni_in : 1",
        outputs=("v",),
        parameters={"tau": "1 ms"},
        dt=1e-4,
        sample_dt=1e-3,
    )
    with pytest.raises(InvalidValueError, match="does not rise or fall"):
        sn.embed(network, "hidden", hump, DRIVE, calibrate=inputs, **settled)


def test_images_without_spread_cannot_calibrate(network, inputs, leaky, settled):
    for images in (np.zeros((10, 5)), inputs[:1]):
        with pytest.raises(InvalidValueError, match="the same pre-activation, and there is nothing to fit"):
            sn.embed(network, "hidden", leaky, DRIVE, calibrate=images, **settled)


def test_neurons_that_stand_in_badly_are_told_with_the_reason():
    wanted = np.sin(np.linspace(0, 9, 50))
    with pytest.warns(RuntimeWarning, match="hidden stand in badly .* answer the same to all drives"):
        warn_if_far(Calibration(1.0, 0.0, 0.0, 0.6), wanted, "hidden")
    with pytest.warns(RuntimeWarning, match="the best gain, 50, is at the end"):
        warn_if_far(Calibration(50.0, 1.0, 0.0, 0.6), wanted, "hidden")
    with pytest.warns(RuntimeWarning, match="has another shape"):
        warn_if_far(Calibration(1.0, 1.0, 0.0, 0.6), wanted, "hidden")
    warn_if_far(Calibration(1.0, 1.0, 0.0, 0.2), wanted, "hidden")
