from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

import spikenet as sn
from spikenet.decode import decode_dwell_logits, decode_mean_logits, low_pass
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid import Calibration

DRIVE = sn.tanh_drive(gamma=-0.7)
SHORT = {"settle": "5 ms", "duration": "10 ms"}


@pytest.fixture(scope="module")
def hybrid(network, leaky, settled):
    return sn.embed(network, "hidden", leaky, DRIVE, **settled)


@pytest.fixture(scope="module")
def fhn(network):
    """Its output oscillates, so that the decoders differ. The projects are those of tests/layers."""
    return sn.embed(network, "hidden", sn.FHN, DRIVE, engine=sn.engines.Cpp(threads=1), **SHORT)


@pytest.fixture(scope="module")
def logits(fhn, inputs):
    return np.concatenate([piece for _, piece in fhn.stream_logits(inputs)])


def test_logits_are_the_read_out_of_the_trace_at_every_instant(fhn, inputs, logits):
    trace = fhn.record(inputs, record=("trace",))["hidden"].trace
    assert logits.shape == (40, 100, 3)
    np.testing.assert_allclose(logits, fhn.readout(trace), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("decode", "by_hand"), [("dwell", decode_dwell_logits), ("mean", decode_mean_logits), (None, decode_dwell_logits)]
)
def test_the_decoders_read_the_logits(fhn, inputs, logits, decode, by_hand):
    np.testing.assert_array_equal(fhn.predict(inputs, decode), by_hand(logits))


def test_smoothing_filters_the_logits_before_the_dwell_decoder(fhn, inputs, logits):
    smooth = fhn.predict(inputs, smooth="2 ms")
    np.testing.assert_array_equal(smooth, decode_dwell_logits(low_pass(logits, "0.1 ms", "2 ms")))
    assert (smooth != fhn.predict(inputs)).any(), "choose inputs on which smoothing matters"


def test_the_sampling_interval_is_the_one_that_was_simulated(network):
    """0.1 ms does not divide 2.25 ms, so the model's own interval gives way; the filter has to know."""
    hybrid = sn.embed(network, "hidden", sn.FHN, DRIVE, settle="0 ms", duration="2.25 ms", engine="runtime")
    assert hybrid.sample_dt == pytest.approx(0.05e-3)
    recorded = hybrid.record(np.zeros((1, 5), "float32"), record="trace")["hidden"]
    assert recorded.sample_dt == pytest.approx(hybrid.sample_dt)


def test_cpp_and_a_table_give_the_answers_of_the_oracle(fhn, inputs):
    oracle = fhn.with_engine("runtime").predict(inputs)
    for engine in (sn.engines.Cpp(threads=1), sn.engines.Response(points=501, tolerance=0.05)):
        np.testing.assert_array_equal(fhn.with_engine(engine).predict(inputs), oracle)


def test_evaluation_counts_what_is_right_by_class(hybrid, inputs):
    found = hybrid.predict(inputs)
    labels = found.copy()
    labels[:10] = (labels[:10] + 1) % 3
    evaluation = hybrid.evaluate(inputs, labels)
    assert evaluation.accuracy == 0.75
    np.testing.assert_array_equal(evaluation.classes, found)
    for k in range(3):
        assert evaluation.per_class[k] == np.mean(found[labels == k] == k)


def test_a_class_without_images_has_no_share(hybrid, inputs):
    found = hybrid.predict(inputs)
    missing = hybrid.evaluate(inputs[found != 1], found[found != 1])
    assert np.isnan(missing.per_class[1])
    assert missing.accuracy == 1


def test_verification_measures_units_and_logits(hybrid, network, inputs, z):
    """By hand, from the formula of the neuron: it answers -0.7 tanh(z) where 1/(1 + exp(-z)) was."""
    found = hybrid.verify(inputs)
    layer, distance = found.layers["hidden"], np.abs(-0.7 * np.tanh(z) - 1 / (1 + np.exp(-z)))
    np.testing.assert_allclose(layer.unit_largest, distance.max(axis=0), rtol=1e-4)
    np.testing.assert_allclose(layer.unit_rms, np.sqrt(np.mean(distance**2, axis=0)), rtol=1e-4)
    assert 0 <= found.same_class < 1
    assert f"(unit {distance.max(axis=0).argmax()})" in str(found)


def test_verification_of_a_perfect_stand_in_finds_nothing(hybrid, inputs, classes):
    perfect = replace(hybrid, drive=DRIVE.with_gain(0.5), calibration=Calibration(0.5, -1 / 1.4, 0.5, 0.0))
    found = perfect.verify(inputs)
    assert found.logits.largest < 1e-5
    assert found.same_class == 1
    np.testing.assert_array_equal(perfect.predict(inputs), classes)


def test_progress_is_told_up_to_the_end(hybrid, inputs):
    for show in (hybrid.predict, hybrid.verify, hybrid.record):
        told = []
        show(inputs, progress=told.append)
        assert told and told[-1] == pytest.approx(1)


def test_no_images_give_no_pre_activations(hybrid):
    assert hybrid.pre_activations(np.empty((0, 5), "float32")).shape == (0, 7)


def test_what_cannot_be_decoded_is_refused(hybrid, inputs):
    with pytest.raises(InvalidValueError, match="this network has no decoder 'vote'; it has dwell, mean"):
        hybrid.predict(inputs, "vote")
    with pytest.raises(InvalidValueError, match="this network has no decoder 'count'; it has dwell, mean"):
        hybrid.predict(inputs, "count")
    with pytest.raises(InvalidValueError, match=r"have the shape \(3,\), wanted \(40,\)"):
        hybrid.evaluate(inputs, np.zeros(3))
    for labels, message in (
        (np.zeros(40), "labels are float64"),
        (np.full(40, 3), "labels go from 3 to 3, the classes from 0 to 2"),
        (np.full(40, -1), "labels go from -1"),
    ):
        with pytest.raises(InvalidValueError, match=message):
            hybrid.evaluate(inputs, labels)
    with pytest.raises(InvalidTypeError, match="the labels are list of <U1"):
        hybrid.evaluate(inputs, ["a"] * 40)


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (np.zeros((3, 4)), InvalidValueError, r"cannot take images float64 \(3, 4\); wanted \(image, 5\)"),
        (np.zeros(5), InvalidValueError, r"cannot take images float64 \(5,\)"),
        ([[0.0, 1, 2, 3, 4], [0, 1, np.nan, 3, 4]], InvalidValueError, "number 1 of the images holds a NaN"),
        ([[0.0], [1.0, 2.0]], InvalidTypeError, r"the images are list of object; wanted numbers \(image, ...\)"),
        ("images", InvalidTypeError, "the images are str of <U6"),
        (None, InvalidTypeError, "the images are NoneType"),
        (3, InvalidTypeError, "the images are int of int64"),
    ],
)
def test_images_that_the_network_cannot_take_are_refused(hybrid, images, error, message):
    for show in (hybrid.predict, hybrid.verify, hybrid.record):
        with pytest.raises(error, match=message):
            show(images)


def test_lists_of_numbers_are_images_too(hybrid, inputs):
    np.testing.assert_array_equal(hybrid.predict(inputs.tolist()), hybrid.predict(inputs))


def test_a_hybrid_network_is_frozen(hybrid):
    with pytest.raises(FrozenInstanceError):
        hybrid.seed = 1
