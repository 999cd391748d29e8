"""Wrong calls of Keras layers, hybrid networks, conversions and trainings."""

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet import hybrid, layers, train
from tests.wrong_calls.calls import check_refused

DRIVE = sn.tanh_drive(1.0)
IMAGES = np.random.default_rng(1).random((20, 4)).astype(np.float32)
LABELS = np.arange(20) % 2


def population(neuron=sn.FHN, **settings):
    return sn.Population(neuron, **{"drive": DRIVE, "duration": "10 ms"} | settings)


@pytest.fixture(scope="module")
def model():
    shown = keras.Input((4,))
    hidden = keras.layers.Dense(3, activation="sigmoid", name="hidden")(shown)
    return keras.Model(shown, keras.layers.Dense(2, name="out")(hidden))


@pytest.fixture(scope="module")
def network(model):
    return sn.embed(model, "hidden", sn.FHN, DRIVE, duration="10 ms", engine="runtime")


def trainer(model, **settings):
    return sn.Trainer(model, **{"loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True)} | settings)


LAYERS = {
    "a population of no neuron": lambda: population("fhn"),
    "a population without a drive": lambda: population(drive=None),
    "a population with a number as drive": lambda: population(drive=3),
    "a population with a negative duration": lambda: population(duration="-1 ms"),
    "a population with an unknown output": lambda: population(output="everything"),
    "a population with an unknown surrogate": lambda: population(surrogate="nonsense"),
    "a population with an unknown engine": lambda: population(engine="abacus"),
    "a population with an unknown variable": lambda: population(variable="nonsense"),
    "a population with a negative seed": lambda: population(seed=-1),
    "a population that counts spikes of a neuron without": lambda: population(output="count"),
    "a layer of no unit": lambda: layers.CWADense(0),
    "a layer of half a unit": lambda: layers.CWADense(1.5),
    "an unknown rule of a layer": lambda: layers.CWADense(2, rule="golden"),
    "a convolution of no filter": lambda: layers.CWAConv2D(0, 3),
    "a convolution with no kernel": lambda: layers.CWAConv2D(2, 0),
    "a convolution with an unknown padding": lambda: layers.CWAConv2D(2, 3, padding="wide"),
    "a convolution with no strides": lambda: layers.AbsNormConv2D(2, 3, strides=0),
    "a negative leak": lambda: layers.Release(leak=-1),
    "a failure above 1": lambda: layers.Release(failure=1.5),
    "a failure of text": lambda: layers.Release(failure="a"),
    "a negative shift of crops": lambda: layers.Crops(shift=-1),
    "a flip of text": lambda: layers.Crops(flip="yes"),
    "a negative shift of jitter": lambda: layers.Jitter(shift=-1),
    "a turn of text": lambda: layers.Jitter(turn="a"),
    "a vote without steepness": lambda: layers.Vote(steepness=0),
    "a vote with sharpness of text": lambda: layers.Vote(sharpness="a"),
    "interneurons of no layer": lambda: layers.LateralInhibition(3, 2),
    "no interneuron": lambda: layers.LateralInhibition(layers.CWADense(2), 0),
    "a share of open synapses above 1": lambda: layers.SparseConductance(open=2),
    "a spread of nothing": lambda: layers.LogNormalConductance(spread=-1),
    "an unknown surrogate": lambda: layers.spike_function("nonsense"),
    "a surrogate that is a number": lambda: layers.spike_function(3),
    "a surrogate without steepness": lambda: layers.spike_function(steepness=0),
    "a step of no neuron": lambda: layers.DifferentiableStep("fhn"),
    "a step with a dt of nothing": lambda: layers.DifferentiableStep(sn.FHN, dt=0),
    "conductances of no model": lambda: layers.balance_conductances(3, IMAGES),
    "conductances of a model without any": lambda: layers.balance_conductances(
        keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]), IMAGES
    ),
    "a model file that there is not": lambda: sn.load_model("nowhere.keras"),
    "a model file of a number": lambda: sn.load_model(3),
    "a mode of no step": lambda: sn.Spiking(steps=0),
    "a mode with an unknown input": lambda: sn.Spiking(input="loud"),
    "a mode with an unknown read-out": lambda: sn.Spiking(readout="loud"),
    "a mode with a negative duration": lambda: sn.SteadyState(duration="-1 ms"),
    "a mode with a dt of text": lambda: sn.Transient(dt="a"),
    "a former mode": lambda: sn.to_brian(None, "graded"),
    "a conversion of no model": lambda: sn.to_brian(3),
    "a network in the loop of no network": lambda: sn.in_the_loop(3),
    "a hybrid of no model": lambda: sn.Hybrid.from_keras(3),
    "a guard of no layer": lambda: train.Guard(()),
    "a guard with a factor of nothing": lambda: train.Guard(("a",), factor=0),
    "a guard that tries half a time": lambda: train.Guard(("a",), tries=0.5),
    "a history of no text": lambda: train.History.from_json(3),
    "a history of other text": lambda: train.History.from_json("{}"),
}
ON_A_MODEL = {
    "neurons in a layer that there is not": lambda m: sn.embed(m, "nonsense", sn.FHN, DRIVE, duration="10 ms"),
    "neurons in the last layer": lambda m: sn.embed(m, "out", sn.FHN, DRIVE, duration="10 ms"),
    "neurons in a numbered layer": lambda m: sn.embed(m, 1, sn.FHN, DRIVE, duration="10 ms"),
    "a neuron by name": lambda m: sn.embed(m, "hidden", "fhn", DRIVE, duration="10 ms"),
    "neurons without a drive": lambda m: sn.embed(m, "hidden", sn.FHN, None, duration="10 ms"),
    "neurons with a drive of another unit": lambda m: sn.embed(m, "hidden", sn.LIF, sn.tanh_drive("1 mV")),
    "neurons by an unknown engine": lambda m: sn.embed(m, "hidden", sn.FHN, DRIVE, engine="abacus"),
    "neurons with a negative duration": lambda m: sn.embed(m, "hidden", sn.FHN, DRIVE, duration="-1 ms"),
    "a calibration with images of another shape": lambda m: sn.embed(
        m, "hidden", sn.FHN, DRIVE, duration="10 ms", engine="runtime", calibrate=np.zeros((5, 7))
    ),
    "a calibration with text": lambda m: sn.embed(
        m, "hidden", sn.FHN, DRIVE, duration="10 ms", engine="runtime", calibrate="images"
    ),
    "a conversion of other layers": lambda m: sn.to_brian(m),
    "a hybrid of a model without neurons": lambda m: sn.Hybrid.from_keras(m),
    "a training with an unknown optimizer": lambda m: trainer(m, optimizer="nonsense"),
    "a training with an unknown loss": lambda m: trainer(m, loss="nonsense"),
    "a training with no batch": lambda m: trainer(m, batch=0),
    "a training with half a batch": lambda m: trainer(m, batch=0.5),
    "a training with a negative seed": lambda m: trainer(m, seed=-1),
    "a training that validates with all images": lambda m: trainer(m, validation=1.5),
    "a training with no patience": lambda m: trainer(m, patience=0),
    "a training of no epoch": lambda m: trainer(m).fit(IMAGES, LABELS, 0),
    "a training with labels of another number": lambda m: trainer(m).fit(IMAGES, LABELS[:3], 1),
    "a training with images that are not finite": lambda m: trainer(m).fit(IMAGES * np.nan, LABELS, 1),
    "a training with unknown classes": lambda m: trainer(m).fit(IMAGES, LABELS + 5, 1),
    "a training with images of text": lambda m: trainer(m).fit("images", LABELS, 1),
    "a training that goes on from nowhere": lambda m: trainer(m).fit(IMAGES, LABELS, 1, resume=True),
    "a training with progress that cannot be called": lambda m: trainer(m).fit(IMAGES, LABELS, 1, progress="loud"),
}
ON_A_NETWORK = {
    "predictions of text": lambda n: n.predict("images"),
    "predictions of images of another shape": lambda n: n.predict(np.zeros((2, 7))),
    "predictions that are not finite": lambda n: n.predict(IMAGES * np.nan),
    "an evaluation with too few labels": lambda n: n.evaluate(IMAGES, LABELS[:3]),
    "an evaluation with labels of text": lambda n: n.evaluate(IMAGES, ["a"] * 20),
    "an unknown record": lambda n: n.record(IMAGES, record="everything"),
    "a record of a layer that there is not": lambda n: n.record(IMAGES, layers="nonsense"),
    "logits of no image": lambda n: n.logits_over_time(None),
    "a former method": lambda n: n.record(IMAGES, keep="mean"),
}


@pytest.mark.parametrize("call", LAYERS.values(), ids=LAYERS)
def test_a_wrong_layer_is_refused(call):
    check_refused(call)


@pytest.mark.parametrize("call", ON_A_MODEL.values(), ids=ON_A_MODEL)
def test_a_wrong_use_of_a_model_is_refused(call, model):
    check_refused(lambda: call(model))


@pytest.mark.parametrize("call", ON_A_NETWORK.values(), ids=ON_A_NETWORK)
def test_a_wrong_use_of_a_hybrid_network_is_refused(call, network):
    assert isinstance(network, hybrid.Hybrid)
    check_refused(lambda: call(network))
