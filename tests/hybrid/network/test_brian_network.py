"""Recordings, classes and checks of a network of Brian2 neurons."""

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidValueError


@pytest.fixture(scope="module")
def moving(dense_network):
    return sn.to_brian(dense_network, sn.Transient(), engine="runtime")


@pytest.fixture(scope="module")
def spiking(dense_network):
    return sn.to_brian(dense_network, sn.Spiking(20), engine="runtime")


def test_it_answers_like_the_keras_network(dense_network, rows):
    network = sn.to_brian(dense_network, engine="runtime")
    classes = np.asarray(dense_network(rows)).argmax(axis=1)
    np.testing.assert_array_equal(network.predict(rows), classes)
    labels = classes.copy()
    labels[0] = (labels[0] + 1) % 3
    found = network.evaluate(rows, labels)
    assert found.accuracy == 0.8
    assert len(found.per_class) == 3
    for wrong, message in (
        (labels[:2], r"have the shape \(2,\), wanted \(5,\)"),
        (labels.astype(float), "labels are float64"),
        ([0, 1, 2, np.nan, 1], "number 3 of the labels holds a NaN"),
        (labels + 2, "labels go from . to 4, the classes from 0 to 2"),
    ):
        with pytest.raises(InvalidValueError, match=message):
            network.evaluate(rows, wrong)


def test_its_last_instant_is_its_answer(moving, spiking, rows):
    for network in (moving, spiking):
        over_time = network.logits_over_time(rows)
        assert over_time.shape == (5, 20, 3)
        np.testing.assert_allclose(over_time[:, -1], network.logits(rows), atol=1e-6)


def test_it_records_chosen_layers_and_units(moving, spiking, rows):
    whole = moving.record(rows, record="trace")
    assert list(whole) == ["first", "second"]
    assert whole["first"].trace.shape == (5, 20, 8)
    part = moving.record(rows, units={"second": [4, 1]}, record="trace")
    assert list(part) == ["second"]
    np.testing.assert_array_equal(part["second"].trace, whole["second"].trace[:, :, [4, 1]])
    assert list(moving.record(rows, layers="first", record="final")["first"].values) == ["final"]


def test_it_records_spikes_of_chosen_units_over_pieces(spiking, rows, monkeypatch):
    whole = spiking.record(rows, record=("spikes", "count"))["first"]
    assert whole.count.sum() == len(whole.spikes) > 0
    monkeypatch.setattr("spikenet.hybrid.network.forward._PIECE_BYTES", 80 * 24 * 2 * 20)
    part = spiking.record(rows, record=("spikes",), units={"first": [5, 2]})["first"]
    assert part.shape == (5, 2)
    for sample in range(5):
        for new, old in enumerate([5, 2]):
            np.testing.assert_array_equal(part.spikes.times_of(sample, new), whole.spikes.times_of(sample, old))


def test_the_trace_of_spiking_neurons_is_what_was_asked_for(spiking, rows):
    z = spiking.record(rows, record="trace", variable="z")["first"].trace
    p = spiking.record(rows, record="trace")["first"].trace
    assert z.min() < 0
    np.testing.assert_allclose(p, np.maximum(z, 0), atol=1e-12)


WRONG = {
    "layer": ({"layers": ["third"]}, "no neurons are called 'third'; there are first, second"),
    "units": ({"units": {"first": [8]}}, r"the units of first are \[8\], wanted one whole number or more, from 0 to 7"),
    "parts": ({"units": {"first": [0.7]}}, r"the units of first are \[0.7\], wanted one whole number or more"),
    "mask": ({"units": {"first": [True, False]}}, r"the units of first are \[True, False\], wanted one whole number"),
    "no units": ({"units": {"first": []}}, r"the units of first are \[\], wanted one whole number or more"),
    "texts": ({"units": {"first": ["a"]}}, r"the units of first are \['a'\], wanted one whole number or more"),
    "others": ({"layers": "first", "units": {"second": [1]}}, "units of second are chosen, but the layers are first"),
    "no layers": ({"layers": []}, r"layers is \[\], wanted a name or several"),
    "a number": ({"layers": 3}, "layers is 3, wanted a name or several"),
    "nothing": ({"record": None}, "record is None, wanted a name or several"),
    "none": ({"record": ()}, r"record is \(\), wanted a name or several"),
    "list": ({"units": [1, 2]}, r"units are \[1, 2\], wanted a mapping such as {'first': \[0, 1\]}"),
    "variable": ({"variable": "v"}, "the variable is 'v', but graded neurons are recorded as z"),
}


@pytest.mark.parametrize(("settings", "message"), WRONG.values(), ids=WRONG)
def test_what_it_has_not_is_not_recorded(settings, message, moving, rows):
    with pytest.raises(InvalidValueError, match=message):
        moving.record(rows, **settings)


def test_what_has_no_classes_has_logits_only():
    model = keras.Sequential([keras.Input((4, 4, 2)), sn.layers.CWAConv2D(2, 3), sn.layers.Release()])
    network, images = sn.to_brian(model, engine="runtime"), np.ones((1, 4, 4, 2))
    assert network.logits(images).shape == (1, 4, 4, 2)
    for ask in (network.predict, network.verify, lambda images: network.evaluate(images, [1])):
        with pytest.raises(InvalidValueError, match=r"the model gives \('image', 4, 4, 2\), wanted \('image', class\)"):
            ask(images)


def test_weights_are_looked_at_whenever_images_are_shown():
    layer = sn.layers.CWADense(2, rule="projected", name="only")
    model = keras.Sequential([keras.Input((4,)), layer, sn.layers.Release(), keras.layers.Dense(2, name="end")])
    network = sn.to_brian(model, engine="runtime")
    layer.g_exc.assign(np.full((2, 2), -1.5))
    for ask in (network.logits, network.verify):
        with pytest.raises(InvalidValueError, match="only has a conductance of -0.5"):
            ask(np.ones((1, 4)))
    layer.g_exc.assign(np.zeros((2, 2)))
    model.get_layer("end").kernel.assign(np.full((2, 2), np.nan))
    with pytest.raises(InvalidValueError, match="end/kernel holds a NaN or an infinity"):
        network.predict(np.ones((1, 4)))
    with pytest.raises(InvalidValueError, match="end/kernel holds a NaN or an infinity"):
        sn.to_brian(model)


def test_settled_neurons_have_no_trace(dense_network, rows):
    network = sn.to_brian(dense_network, engine="runtime")
    with pytest.raises(InvalidValueError, match="neurons at steady state have no trace"):
        network.record(rows, record="trace")
    np.testing.assert_allclose(
        network.record(rows, record="final")["first"].final, _first(dense_network, rows), atol=1e-6
    )


def _first(model, rows):
    layer = model.get_layer("first")
    return np.asarray(layer(np.concatenate([rows, rows], axis=1)))
