"""Wrong calls of neuron models, encoders, decoders, units, recordings and data sets."""

import numpy as np
import pytest
from brian2 import ms, mV

import spikenet as sn
from spikenet import decode, encode, neurons, units
from spikenet.data import Dataset
from spikenet.recording import Spikes
from tests.wrong_calls.calls import check_refused

IMAGES = np.zeros((3, 2, 2), np.uint8)
READOUT = np.eye(3)


def model(**changes):
    settings = {"name": "mine", "equations": "dv/dt = (i_in - v)/(10*ms) : 1\ni_in : 1", "outputs": ("v",)}
    return sn.NeuronModel(**settings | changes)


def dataset(**changes):
    labels = np.array([0, 1, 0])
    return Dataset(**{"name": "a", "x_train": IMAGES, "y_train": labels, "x_test": IMAGES, "y_test": labels} | changes)


CALLS = {
    "a model without a name": lambda: model(name=""),
    "a model with a number as name": lambda: model(name=3),
    "a model whose name is no word": lambda: model(name="my neuron"),
    "a model without equations": lambda: model(equations=""),
    "a model with numbers as equations": lambda: model(equations=3),
    "a model with equations that are none": lambda: model(equations="v is large"),
    "a model without outputs": lambda: model(outputs=()),
    "a model with an unknown output": lambda: model(outputs=("w",)),
    "a model with an unknown port": lambda: model(ports=("j",)),
    "a model with a reset and no threshold": lambda: model(reset="v = 0"),
    "a model with an unknown parameter": lambda: sn.LIF(nonsense=3),
    "a parameter of text": lambda: sn.LIF(tau_mem="slow"),
    "a parameter with another unit": lambda: sn.LIF(tau_mem=3 * mV),
    "a parameter that is not finite": lambda: sn.LIF(tau_mem=float("nan")),
    "a parameter of none": lambda: sn.LIF(tau_mem=None),
    "an unknown initial value": lambda: sn.LIF.with_initial(nonsense=0),
    "an initial value with another unit": lambda: sn.LIF.with_initial(v=3 * ms),
    "an unknown parameter to change": lambda: sn.FHN.with_parameters(nonsense=1),
    "a reversal potential of no model": lambda: neurons.reversal_potential(3, 0.5),
    "a valence beyond the reversal potentials": lambda: neurons.steady_state(neurons.CWA, -1.0, 0.0),
    "a steady state of text": lambda: neurons.steady_state(neurons.CWA, "a", 0.0),
    "a time constant of a neuron without conductances": lambda: neurons.time_constant(sn.FHN, 0.0, 0.0),
    "a drive with text as gain": lambda: sn.tanh_drive("a"),
    "a drive with a gain that is not finite": lambda: sn.tanh_drive(float("nan")),
    "a drive with two units": lambda: sn.tanh_drive(3 * mV, offset=3 * ms),
    "a drive with a list as gain": lambda: sn.tanh_drive([1, 2]),
    "a linear drive with text as scale": lambda: sn.linear_drive("a"),
    "a linear drive with bounds the wrong way round": lambda: sn.linear_drive(1.0, low=2, high=1),
    "spikes from probabilities above 1": lambda: encode.regular_spikes(np.array([1.5]), 10),
    "spikes from text": lambda: encode.regular_spikes("a", 10),
    "spikes in no bins": lambda: encode.regular_spikes(np.array([0.5]), 0),
    "spikes in half a bin": lambda: encode.regular_spikes(np.array([0.5]), 0.5),
    "spikes by chance without a generator": lambda: encode.bernoulli_spikes(np.array([[0.5]]), 10, []),
    "spikes by chance from probabilities below 0": lambda: encode.bernoulli_spikes(
        np.array([[-0.5]]), 10, [np.random.default_rng(1)]
    ),
    "a read-out of text": lambda: decode.Readout("weights"),
    "a read-out of one axis": lambda: decode.Readout(np.zeros(3)),
    "a read-out with a bias of another size": lambda: decode.Readout(READOUT, np.zeros(2)),
    "a read-out that is not finite": lambda: decode.Readout(READOUT * np.nan),
    "a mean of another size": lambda: decode.decode_mean(np.zeros((2, 4)), READOUT),
    "a mean of text": lambda: decode.decode_mean("a", READOUT),
    "a mean without a read-out": lambda: decode.decode_mean(np.zeros((2, 3)), None),
    "a trace of two axes": lambda: decode.decode_dwell(np.zeros((2, 3)), READOUT),
    "a trace of no time": lambda: decode.decode_dwell(np.zeros((2, 0, 3)), READOUT),
    "a trace that is not finite": lambda: decode.decode_dwell(np.full((2, 4, 3), np.nan), READOUT),
    "logits of one axis": lambda: decode.decode_dwell_logits(np.zeros(3)),
    "logits of text": lambda: decode.decode_mean_logits("a"),
    "logits of no time": lambda: decode.dwell_fractions(np.zeros((2, 0, 3))),
    "counts of another size": lambda: decode.decode_count(np.zeros((2, 4)), READOUT),
    "first spikes with a tau of nothing": lambda: decode.decode_latency(np.zeros((2, 3)), READOUT, tau=0),
    "first spikes with a tau in volt": lambda: decode.latency_score(np.zeros((2, 3)), tau=1 * mV),
    "first spikes of text": lambda: decode.latency_score("a"),
    "a filter with a negative width": lambda: decode.low_pass(np.zeros((2, 4, 3)), "1 ms", "-1 ms"),
    "a filter with a step of nothing": lambda: decode.low_pass(np.zeros((2, 4, 3)), 0, "1 ms"),
    "a filter of one axis": lambda: decode.low_pass(np.zeros(3), "1 ms", "1 ms"),
    "seconds of text": lambda: units.to_seconds("soon", "duration"),
    "seconds in volt": lambda: units.to_seconds("3 mV", "duration"),
    "seconds of none": lambda: units.to_seconds(None, "duration"),
    "seconds of a list": lambda: units.to_seconds([], "duration"),
    "a unit that there is not": lambda: units.parse_unit("parsec"),
    "a unit with a power beyond all numbers": lambda: units.parse_unit("Mohm^99999999"),
    "a unit with a power below all numbers": lambda: units.parse_unit("ms/km**99999999"),
    "a unit with a power of 5,000 digits": lambda: units.parse_unit("ms**" + "9" * 5000),
    "a unit that is a number": lambda: units.parse_unit(3),
    "steps of a rest": lambda: units.n_steps(1.0, 0.3, "duration"),
    "steps of nothing": lambda: units.n_steps(1.0, 0.0, "duration"),
    "spike times of a sample that there is not": lambda: Spikes(np.array([0]), np.array([0]), np.array([0.1])).times_of(
        "a", 0
    ),
    "a recording of what was not recorded": lambda: run_fhn().trace,
    "spikes of a recording without any": lambda: run_fhn().spikes,
    "an unknown data set": lambda: sn.load_dataset("imagenet"),
    "a data set that is a number": lambda: sn.load_dataset(3),
    "an unknown size": lambda: sn.load_dataset("mnist", "half"),
    "a size that there is not": lambda: sn.load_dataset("cifar10", "mini"),
    "a data set of floats": lambda: dataset(x_train=IMAGES / 2),
    "a data set of lists": lambda: dataset(x_train=[[1]]),
    "a data set with too few labels": lambda: dataset(y_train=np.array([0])),
    "a data set with negative labels": lambda: dataset(y_test=np.array([-1, 0, 1])),
    "a data set with labels of text": lambda: dataset(y_test=np.array(["a", "b", "c"])),
    "a data set of two sizes": lambda: dataset(x_test=np.zeros((3, 4, 4), np.uint8)),
    "a validation of all images": lambda: dataset().split_validation(3, seed=0),
    "a validation of no image": lambda: dataset().split_validation(0, seed=0),
    "a validation with a negative seed": lambda: dataset().split_validation(1, seed=-1),
    "pixels of floats": lambda: sn.data.pixels(IMAGES / 2),
    "pixels of a list": lambda: sn.data.pixels([1, 2]),
}


def run_fhn():
    return sn.simulate(sn.FHN, [[0.1]], duration="1 ms", engine="runtime")


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_wrong_call_is_refused(call):
    check_refused(call)
