"""Networks that add up or scale potentials before they release, as dendrites and somata."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import spikenet as sn
from spikenet.encode import regular_spikes
from spikenet.errors import InvalidValueError
from spikenet.hybrid.conductance.somata import with_somata
from spikenet.hybrid.network.forward import neuron_of
from spikenet.hybrid.network.graph import StepKind, graph_of
from spikenet.neurons import SpikingCWA, StochasticCWA
from tests.hybrid.conftest import residual
from tests.hybrid.network.test_forward import TAU, stepped

BINS = 20


@pytest.fixture(scope="module")
def lively():
    """The residual network, with potentials scaled and shifted so that its somata send spikes, and not always."""
    model = residual()
    for layer in model.layers[-3].layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.gamma.assign(np.full(4, 0.3))
            layer.beta.assign(np.linspace(-0.1, 0.5, 4))
    return model


def stack(*parts) -> keras.Model:
    return keras.Sequential([keras.Input((4,)), *parts])


def shared() -> keras.Model:
    """A potential that is released, and added to another one's."""
    inputs = keras.Input((4,))
    z = sn.layers.CWADense(4, name="both")(inputs)
    other = sn.layers.CWADense(4, name="other")(sn.layers.Release(name="first")(z))
    return keras.Model(inputs, layers.Dense(2)(sn.layers.Release(name="second")(layers.Add()([z, other]))))


def marks(model: keras.Model) -> dict[str, str]:
    """Kinds of the simulated steps, by name."""
    return {step.name: step.kind.value for step in with_somata(graph_of(model)).simulated_steps}


def test_what_is_added_or_scaled_comes_from_dendrites(residual_network):
    found = marks(residual_network)
    assert found.pop("patches") == "membrane"
    assert list(found.values()) == ["dendrite", "soma", "dendrite", "soma"]
    assert [name for name in found if not name.startswith("release")] == ["before", "beside"]


def test_a_potential_that_is_released_and_added_is_a_dendrites():
    assert marks(shared()) == {"both": "dendrite", "first": "soma", "other": "dendrite", "second": "soma"}


@pytest.mark.parametrize(
    "release", [sn.layers.Release(), layers.ReLU(), layers.Activation("relu")], ids=lambda one: one.name
)
def test_whatever_cuts_off_below_zero_releases(release):
    model = stack(sn.layers.CWADense(4, name="a"), release, layers.Dropout(0.5), sn.layers.CWADense(2, name="b"))
    assert marks(model) == {"a": "membrane", "b": "membrane"}


UNRELEASED = {
    "read-out": (layers.BatchNormalization(), layers.Dense(2)),
    "added": (layers.Lambda(lambda z: z + 1), layers.Flatten(), layers.Dense(2)),
    "end": (layers.BatchNormalization(),),
    **{f"relu {name}": (layers.ReLU(**{name: value}), layers.Dense(2))
       for name, value in {"max_value": 0.3, "threshold": 0.2, "negative_slope": 0.2}.items()},
}  # fmt: skip


@pytest.mark.parametrize("behind", UNRELEASED.values(), ids=UNRELEASED)
def test_a_read_out_takes_spikes_and_no_potentials(behind):
    model = stack(sn.layers.CWADense(4), *behind)
    with pytest.raises(InvalidValueError, match="takes membrane potentials, and spiking neurons pass on spikes alone"):
        sn.to_brian(model, sn.Spiking(), engine="runtime")


@pytest.mark.parametrize("release", [layers.ReLU(), layers.Activation("relu")], ids=lambda one: one.name)
def test_a_soma_ends_at_a_spike_a_bin(release):
    scaled = (sn.layers.CWADense(4), layers.Rescaling(3.0))
    with pytest.raises(
        InvalidValueError, match=r"releases potentials .* above 1, .*; wanted sn.layers.Release or ReLU"
    ):
        sn.to_brian(stack(*scaled, release, layers.Dense(2)), sn.Spiking(), engine="runtime")
    assert list(marks(stack(*scaled, layers.ReLU(max_value=1.0), layers.Dense(2))).values()) == ["dendrite", "soma"]


@pytest.mark.parametrize(
    "layer", [layers.LeakyReLU(0.1), layers.PReLU(keras.initializers.Constant(0.2))], ids=lambda one: one.name
)
def test_potentials_are_below_zero_too_where_means_are_checked(layer):
    model = stack(
        sn.layers.CWADense(4), layer, sn.layers.Release(), sn.layers.CWADense(4), sn.layers.Release(), layers.Dense(2)
    )
    with pytest.raises(InvalidValueError, match="lies between spiking neurons"):
        sn.to_brian(model, sn.Spiking(), engine="runtime")


def with_a_block(times: int, blocks: int) -> keras.Model:
    """A residual block, so often called; or so many of them."""

    def block():
        z = keras.Input((4,))
        return keras.Model(z, sn.layers.Release()(layers.Add()([z, sn.layers.CWADense(4)(z)])))

    inputs = keras.Input((4,))
    p = sn.layers.Release()(sn.layers.CWADense(4)(inputs))
    for one in [block() for _ in range(blocks)]:
        for _ in range(times):
            p = one(p)
    return keras.Model(inputs, layers.Dense(2)(p))


def test_a_block_that_is_called_twice_has_neurons_of_its_own_each_time():
    kinds = ["membrane", "dendrite", "soma", "dendrite", "soma"]
    assert list(marks(with_a_block(1, 2)).values()) == kinds
    assert list(marks(with_a_block(2, 1)).values()) == kinds


def test_a_read_out_by_potential_is_refused(lively):
    with pytest.raises(InvalidValueError, match="a soma that is given spikes has no p .*; take readout='count'"):
        sn.to_brian(lively, sn.Spiking(readout="potential"), engine="runtime")


def test_a_soma_is_by_chance_if_its_neuron_is(lively):
    graph = sn.to_brian(lively, sn.Spiking(), neuron=StochasticCWA).graph
    somata = [step for step in graph.simulated_steps if step.kind is StepKind.SOMA]
    assert {neuron_of(StochasticCWA, step).name for step in somata} == {"stochastic_soma"}


def test_potentials_beside_affine_values_are_refused():
    inputs = keras.Input((4,))
    p = sn.layers.Release()(sn.layers.CWADense(4)(inputs))
    model = keras.Model(inputs, layers.Add()([sn.layers.CWADense(2)(p), layers.Dense(2)(p)]))
    with pytest.raises(InvalidValueError, match="spiking neurons pass on spikes alone"):
        sn.to_brian(model, sn.Spiking(), engine="runtime")


def test_a_dendrites_potential_at_the_end_is_refused():
    """This takes an inner model with an output that is not used."""
    z = keras.Input((4,))
    potential = sn.layers.CWADense(4)(z)
    inner = keras.Model(z, [potential, layers.BatchNormalization()(potential)])
    inputs = keras.Input((4,))
    end, _ = inner(sn.layers.Release()(sn.layers.CWADense(4)(inputs)))
    with pytest.raises(InvalidValueError, match="the end of the model takes membrane potentials"):
        sn.to_brian(keras.Model(inputs, end), sn.Spiking(), engine="runtime")


def test_a_potential_itself_is_never_above_1():
    """Released by a ReLU without an end, and added elsewhere."""
    inputs = keras.Input((4,))
    z = sn.layers.CWADense(4, name="both")(inputs)
    p = sn.layers.Release(name="sum")(
        layers.Add()([z, sn.layers.CWADense(4, name="other")(layers.ReLU(name="alone")(z))])
    )
    found = marks(keras.Model(inputs, layers.Dense(2)(p)))
    assert found == {"both": "dendrite", "alone": "soma", "other": "dendrite", "sum": "soma"}


def test_a_maximum_of_potentials_is_refused():
    model = keras.Sequential(
        [keras.Input((4, 4, 2)), sn.layers.CWAConv2D(2, 1), layers.MaxPooling2D(2, name="pool"), sn.layers.Release(),
         sn.layers.CWAConv2D(2, 1)]
    )  # fmt: skip
    with pytest.raises(InvalidValueError, match=r"pool \(MaxPooling2D\) lies between spiking neurons"):
        sn.to_brian(model, sn.Spiking(), engine="runtime")


def by_hand(model, pictures):
    """The residual network in plain loops, bin by bin: potentials of its membranes, spikes of what releases."""
    block = model.layers[-3].layers
    first, second = (one for one in block if isinstance(one, sn.layers.CWAConv2D))
    norm, more = (one for one in block if isinstance(one, layers.BatchNormalization))
    pixels = regular_spikes((pictures / 255).reshape(len(pictures), -1), BINS).reshape(len(pictures), BINS, 12, 10, 2)
    membranes = {}
    release, rows = {}, []

    def moved(layer, p):
        z, *synapses = membranes.get(layer.name, (layer.membrane.e_rest, 0.0, 0.0))
        asked = (np.asarray(one, float) / layer.membrane.g_rest for one in layer.drives(p.astype("float32")))
        synapses = [g + (s - g) * np.exp(-1) for s, g in zip(synapses, asked, strict=True)]
        membranes[layer.name] = (stepped(z, *synapses, layer.membrane.e_rest, 1e-3, TAU), *synapses)
        return membranes[layer.name][0]

    def sent(name, u, most=4.0):
        gathered = np.clip(release.get(name, 0.0) + u, -1, most)
        fired = gathered > 1 - 1e-6
        release[name] = gathered - fired
        return fired.astype(float)

    for step in range(BINS):
        seen = pixels[:, step]
        z = moved(model.get_layer("patches"), np.concatenate([seen, seen], axis=-1))
        p = sent("patches", z)
        z_first = moved(first, p)
        inner = sent("first", np.asarray(norm(z_first, training=False), float))
        z_second = moved(second, inner)
        outer = sent("second", np.asarray(more(z_second, training=False), float) + inner)
        rows.append((z_first, z_second, inner, outer))
    return (np.stack(row, axis=1).reshape(len(pictures), BINS, -1) for row in zip(*rows, strict=True))


def test_dendrites_and_somata_answer_in_the_bin_in_which_spikes_arrive(lively, pictures):
    """Potentials to a few digits of float32; of the spikes, all: none is near to its threshold by chance."""
    network = sn.to_brian(lively, sn.Spiking(BINS), engine="runtime")
    somata = [step.name for step in network.graph.simulated_steps if step.kind is StepKind.SOMA]
    z_first, z_second, *sent = by_hand(lively, pictures)
    found = network.record(pictures, record=("trace", "final"), layers=("before", "beside"))
    for name, z in (("before", z_first), ("beside", z_second)):
        np.testing.assert_allclose(found[name].trace[:, 1:], z[:, :-1], atol=2e-5)
        np.testing.assert_allclose(found[name].final, z[:, -1], atol=2e-5)
    for name, wanted in zip(somata, sent, strict=True):
        spikes = network.record(pictures, record=("spikes",), layers=name)[name].spikes
        at = np.zeros(wanted.shape)
        at[spikes.sample, np.rint(spikes.time / 1e-3).astype(int), spikes.unit] = 1
        np.testing.assert_array_equal(at, wanted)
        assert 0.02 < wanted.mean() < 0.98


@pytest.mark.parametrize("neuron", [SpikingCWA, StochasticCWA], ids=lambda one: one.name)
def test_rates_come_to_what_keras_releases(neuron, lively, pictures):
    networks = {steps: sn.to_brian(lively, sn.Spiking(steps), neuron=neuron, engine="runtime") for steps in (40, 800)}
    shorter, longer = (network.verify(pictures) for network in networks.values())
    assert longer.logits.rms < shorter.logits.rms
    for step in networks[800].graph.simulated_steps:
        layer = longer.layers[step.name]
        assert layer.distance.rms < (0.05 if neuron is SpikingCWA else 0.1)
        assert (layer.spikes is None) == (step.kind is StepKind.DENDRITE)
    assert "before: " in str(longer) and "rms, at most" in str(longer)


def test_all_that_can_be_recorded_is(residual_network, pictures):
    network = sn.to_brian(residual_network, sn.Spiking(BINS), engine="runtime")
    first, *rest = network.layers
    assert first == "patches" and len(rest) == 4
    assert set(network.record(pictures)) == set(network.layers)
    somata = {step.name for step in network.graph.simulated_steps if step.kind is StepKind.SOMA}
    assert set(network.record(pictures, record=("spikes", "count"))) == {"patches", *somata}
    assert set(network.record(pictures, record="first_spike")) == {"patches", *somata}
    z = network.record(pictures, record="trace", variable="z")
    np.testing.assert_array_equal(z["before"].trace, network.record(pictures, record="trace")["before"].trace)
    for settings, message in (
        ({"layers": "before", "record": "spikes"}, "before is a dendrite, which sends no spikes"),
        ({"layers": "before", "variable": "p"}, "the variable is 'p', but before is a dendrite, which passes on z"),
    ):
        with pytest.raises(InvalidValueError, match=message):
            network.record(pictures, **settings)


def test_networks_with_somata_are_not_one_network(residual_network, pictures):
    network = sn.to_brian(residual_network, sn.Spiking(BINS), engine="runtime")
    with pytest.raises(InvalidValueError, match="neurons pass on what they release and nothing else; run it layer"):
        network.as_network(pictures[0])


def test_they_learn_in_the_loop(lively, pictures):
    """Values are the spiking network's; every layer before a soma has a gradient."""
    network = sn.to_brian(lively, sn.Spiking(BINS), engine="runtime")
    looped = sn.in_the_loop(network)
    np.testing.assert_allclose(looped(pictures), network.logits(pictures), atol=1e-5)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(looped(pictures, training=True) ** 2)
    found = tape.gradient(loss, [one.value for one in looped.trainable_variables])
    silent = [
        one.path
        for one, g in zip(looped.trainable_variables, found, strict=True)
        if g is None or not np.any(np.asarray(g))
    ]
    assert not silent and len(found) > 8
