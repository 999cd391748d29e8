"""An ordinary network with neurons in the place of its activations."""

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidTypeError, InvalidValueError

L = keras.layers
RUNTIME = {"engine": "runtime", "progress": lambda share: None}


def spiking(model, images, steps=64, **settings):
    mode = {name: settings.pop(name) for name in ("input", "wait") if name in settings}
    return sn.to_brian(model, sn.Spiking(steps=steps, **mode), calibrate=images, **RUNTIME | settings)


def logits_of(model, images):
    return keras.Model(model.inputs, model.layers[-1].input).predict(images, verbose=0)


def test_logits_come_nearer_to_the_model_with_more_steps(cnn, images):
    dense = cnn.get_layer("classes")
    wanted = logits_of(cnn, images) @ dense.get_weights()[0] + dense.get_weights()[1]
    errors = [np.abs(spiking(cnn, images, steps).logits(images) - wanted).max() for steps in (8, 64, 512)]
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
    assert errors[2] < 0.01


def test_the_softmax_at_the_end_is_left_out(cnn, images):
    assert not np.allclose(spiking(cnn, images).logits(images).sum(axis=1), 1, atol=0.05)


def test_layers_are_named_as_in_keras(cnn, images):
    assert spiking(cnn, images).layers == ("first", "added", "hidden")


def test_a_model_within_the_model_is_taken_apart(images):
    inner = keras.Sequential([keras.Input((6, 6, 1)), L.Conv2D(3, 3, activation="relu", name="inside")])
    model = keras.Sequential([keras.Input((6, 6, 1)), inner, L.Flatten(), L.Dense(2)])
    network = spiking(model, images)
    assert network.layers == ("inside",)
    assert np.abs(network.logits(images) - model.predict(images, verbose=0)).max() < 0.05


def test_waiting_layers_spike_as_often_as_rounding_allows(cnn, images):
    """Layer after layer, a count is the nearest whole number of thresholds, given the spikes of the layer before."""
    network = spiking(cnn, images, steps=16, wait=16)
    counts = network.record(images, layers="added", record="count")["added"].count
    values = network.record(images, layers="first", record="count")["first"].count
    first, added = (next(one for one in network.graph.steps if one.name == name) for name in ("first", "added"))
    rates = first.neurons.values(values / 16).reshape(-1, 6, 6, 4).astype("float32")
    behind = keras.Model(cnn.get_layer("first").output, cnn.get_layer("added").input)
    drive = added.neurons.drive(behind.predict(rates, verbose=0))
    wanted = np.clip(np.floor(16 * drive + 0.5), 0, 16)
    assert np.mean(counts == wanted) > 0.999  # a sum of float32 may end on the other side of a half
    assert np.abs(counts - wanted).max() <= 1


def test_a_maximum_of_spikes_is_that_of_rates(images):
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), L.ReLU(name="pixels"), L.MaxPooling2D(3), L.Flatten(), L.Dense(4, "relu", name="next")]
    )
    network = spiking(model, images, steps=32)
    rates = network.record(images, layers="pixels", record="count")["pixels"].count / 32
    threshold = network.graph.simulated_steps[0].neurons.threshold[0, 0]
    largest = (threshold * rates).reshape(-1, 2, 3, 2, 3).max(axis=(2, 4)).reshape(len(images), -1)
    dense = model.get_layer("next")
    z = largest @ dense.get_weights()[0] + dense.get_weights()[1]
    added = network.graph.simulated_steps[1].neurons
    found = network.record(images, layers="next", record="final", variable="v")["next"].final
    count = network.record(images, layers="next", record="count")["next"].count
    assert np.allclose(found + count, 0.5 + 32 * added.drive(z.astype("float32")), atol=1e-3)  # no charge is lost


@pytest.mark.parametrize("input", ["regular", "bernoulli", "poisson"])
def test_pixels_can_send_spikes(input, cnn, images):
    network = spiking(cnn, images, steps=400, input=input)
    assert network.verify(images).same_class > 0.8


def test_pixels_beyond_0_and_1_send_no_spikes(cnn, images):
    network = spiking(cnn, images, input="regular")
    with pytest.raises(InvalidValueError, match="pixels go from 0 to 3.*input='analog'"):
        network.logits(images * 0 + np.linspace(0, 3, 6)[:, None, None].astype("float32"))


@pytest.mark.parametrize("neuron", [sn.LIF, sn.IF])
def test_other_neurons_stand_in_by_their_measured_f_i_curve(neuron, cnn, images):
    found = spiking(cnn, images, steps=200, neuron=neuron).verify(images)
    assert found.same_class == 1
    assert found.logits.rms < 0.05


@pytest.mark.parametrize(
    ("activation", "says"),
    [("gelu", "train with relu"), ("tanh", "sn.embed"), ("softmax", "only the last layer"), ("softplus", "curved")],
)
def test_activations_without_a_rule_are_refused_with_what_to_do(activation, says, images):
    flat, hidden = L.Flatten(), L.Dense(5, activation, name="hidden")
    layers = [keras.Input((6, 6, 1)), flat, hidden, L.Dense(4, "relu"), L.Dense(2)]
    with pytest.raises(InvalidValueError, match=f"hidden has the activation {activation}.*{says}"):
        spiking(keras.Sequential(layers), images)


def test_what_lies_behind_all_neurons_stays_as_it_is(images):
    layers = [keras.Input((6, 6, 1)), L.Flatten(), L.Dense(5, "relu"), L.LayerNormalization(), L.Dense(2, "tanh")]
    model = keras.Sequential(layers)
    assert np.abs(spiking(model, images, 256).logits(images) - model.predict(images, verbose=0)).max() < 0.1


@pytest.mark.parametrize("layer", [L.LayerNormalization(), L.Softmax(), L.UnitNormalization()])
def test_layers_between_neurons_have_to_keep_means(layer, images):
    layers = [keras.Input((6, 6, 1)), L.Flatten(), L.Dense(5, "relu"), layer, L.Dense(4, "relu"), L.Dense(2)]
    with pytest.raises(InvalidValueError, match=r"no rule with spikes|something else than of their rates"):
        spiking(keras.Sequential(layers), images)


def test_a_network_needs_images_to_calibrate_on(cnn):
    with pytest.raises(InvalidValueError, match="calibrate=images"):
        sn.to_brian(cnn, sn.Spiking())


def test_activations_need_a_mode_with_spikes(cnn, images):
    with pytest.raises(InvalidValueError, match=r"mode is SteadyState.*wanted sn.Spiking\(\)"):
        sn.to_brian(cnn, calibrate=images)


@pytest.mark.parametrize("neuron", [sn.FHN, sn.neurons.SpikingCWA, "lif"])
def test_neurons_of_activations_have_one_drive_and_spike(neuron, cnn, images):
    with pytest.raises((InvalidValueError, InvalidTypeError), match=r"sn\.LIF"):
        spiking(cnn, images, neuron=neuron)


def test_a_single_step_that_waits_gathers_its_input_once(cnn, images):
    """As without waiting: in a single step there is nothing to gather."""
    networks = [spiking(cnn, images, steps=1, wait=wait) for wait in (0, 1)]
    counts = [one.record(images, layers="added", record="count")["added"].count for one in networks]
    assert np.array_equal(*counts)


@pytest.mark.parametrize("neuron", [None, sn.LIF])
def test_what_is_recorded_changes_nothing_for_the_layers_behind(neuron, cnn, images):
    network = spiking(cnn, images, steps=40, neuron=neuron)
    counts = network.record(images, record="count")
    potentials = network.record(images, record=("final", "count"), variable="v")
    for name in network.layers:
        assert np.array_equal(potentials[name].count, counts[name].count)
    sent = network.record(images, record="final")
    assert np.array_equal(sent["hidden"].final, counts["hidden"].count)
