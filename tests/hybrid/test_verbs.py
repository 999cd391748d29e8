"""One set of verbs for every network with neurons: the same arguments, the same kinds of result."""

import inspect
from types import SimpleNamespace

import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid import Evaluation, Verification
from spikenet.hybrid.neuron_network import NeuronNetwork
from spikenet.recording import Recording, Spikes
from spikenet.validate import check_images

VERBS = ("predict", "evaluate", "verify", "record", "logits", "logits_over_time", "stream_logits")
LIF = {"settle": "20 ms", "duration": "50 ms", "dt": "0.5 ms", "engine": "runtime"}
NETWORKS = {
    "hybrid, graded": lambda given: sn.embed(given.model, "hidden", given.leaky, sn.tanh_drive(-0.7), **given.settled),
    "hybrid, spiking": lambda given: sn.embed(
        given.model, "hidden", sn.LIF, sn.tanh_drive(gamma="0.4 nA", offset="0.6 nA"), **LIF
    ),
    "steady state": lambda given: sn.to_brian(given.dense, sn.SteadyState(), engine="runtime"),
    "transient": lambda given: sn.to_brian(given.dense, sn.Transient(), engine="runtime"),
    "spiking": lambda given: sn.to_brian(given.dense, sn.Spiking(20), engine="runtime"),
}


@pytest.fixture(scope="module", params=NETWORKS)
def shown(request, network, dense_network, inputs, rows, leaky, settled):
    """A network, and images that it takes, five of three classes."""
    given = SimpleNamespace(model=network, dense=dense_network, leaky=leaky, settled=settled)
    of_keras = request.param.startswith("hybrid")
    images, model = (inputs[:5], network) if of_keras else (rows, dense_network)
    made = NETWORKS[request.param](given)
    return SimpleNamespace(network=made, images=images, keras=np.asarray(model(images)).argmax(axis=1))


@pytest.mark.parametrize("verb", VERBS)
def test_both_kinds_of_network_have_the_verbs_of_one_class(verb):
    written = inspect.signature(getattr(NeuronNetwork, verb))
    for kind in (sn.Hybrid, sn.hybrid.BrianNetwork):
        assert issubclass(kind, NeuronNetwork) and verb not in vars(kind)
        assert inspect.signature(getattr(kind, verb)) == written


def test_classes_are_whole_numbers_of_every_decoder_that_a_network_has(shown):
    own, *others = shown.network.decoders
    np.testing.assert_array_equal(shown.network.predict(shown.images), shown.network.predict(shown.images, own))
    for decode in (own, *others):
        classes = shown.network.predict(shown.images, decode=decode)
        assert classes.shape == (5,) and classes.dtype.kind == "i"
        assert classes.min() >= 0 and classes.max() < 3


def test_dwell_and_mean_are_those_of_the_logits_over_time(shown):
    over_time = shown.network.logits_over_time(shown.images)
    for decode, by_hand in (("dwell", sn.decode.decode_dwell_logits), ("mean", sn.decode.decode_mean_logits)):
        if decode in shown.network.decoders:
            np.testing.assert_array_equal(shown.network.predict(shown.images, decode), by_hand(over_time))
    if "dwell" in shown.network.decoders:
        filtered = sn.decode.low_pass(over_time, shown.network.sample_dt, "2 ms")
        smooth = shown.network.predict(shown.images, "dwell", smooth="2 ms")
        np.testing.assert_array_equal(smooth, sn.decode.decode_dwell_logits(filtered))


def test_a_decoder_that_a_network_cannot_have_is_an_error_that_says_which_it_has(shown):
    known = ", ".join(shown.network.decoders)
    for decode in ("vote", "final" if isinstance(shown.network, sn.Hybrid) else "latency", ["dwell"]):
        with pytest.raises(InvalidValueError, match=f"this network has no decoder .*; it has {known}$"):
            shown.network.predict(shown.images, decode)
        with pytest.raises(InvalidValueError, match=f"it has {known}$"):
            shown.network.evaluate(shown.images, np.zeros(5, int), decode)
    for decode in set(shown.network.decoders) - {"dwell"}:
        with pytest.raises(InvalidValueError, match=f"only decode='dwell' takes a filter, not '{decode}'"):
            shown.network.predict(shown.images, decode, smooth="1 ms")


def test_an_evaluation_counts_the_labels_that_are_met(shown):
    labels = shown.network.predict(shown.images)
    classes = labels.copy()
    labels[0] = (labels[0] + 1) % 3
    found = shown.network.evaluate(shown.images, labels)
    assert isinstance(found, Evaluation) and found.accuracy == 0.8 and found.per_class.shape == (3,)
    np.testing.assert_array_equal(found.classes, classes)
    decode = shown.network.decoders[-1]
    other = shown.network.evaluate(shown.images, labels, decode)
    np.testing.assert_array_equal(other.classes, shown.network.predict(shown.images, decode))


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([0, 1], InvalidValueError, r"labels are int64 and have the shape \(2,\), wanted \(5,\)"),
        (np.zeros(5), InvalidValueError, "labels are float64"),
        (np.full(5, 3), InvalidValueError, "labels go from 3 to 3, the classes from 0 to 2"),
        (["a"] * 5, InvalidTypeError, "the labels are list of <U1"),
    ],
)
def test_what_is_no_label_for_each_image_is_refused(shown, labels, error, message):
    with pytest.raises(error, match=message):
        shown.network.evaluate(shown.images, labels)


def test_a_verification_compares_layers_and_logits(shown):
    found = shown.network.verify(shown.images)
    assert isinstance(found, Verification) and found.images == 5
    assert found.same_class == np.mean(shown.network.logits(shown.images).argmax(axis=1) == shown.keras)
    assert tuple(found.layers) == shown.network.layers
    for name, layer in found.layers.items():
        units = shown.network.record(shown.images, layers=name)[name].shape[1]
        assert layer.unit_largest.shape == layer.unit_rms.shape == (units,)
        assert layer.distance.largest == layer.unit_largest.max()
        assert layer.distance.rms == pytest.approx(np.sqrt(np.mean(layer.unit_rms**2)))
    text = str(found)
    assert text.startswith(f"5 images: same class for {found.same_class:.2%}; logits: ")
    assert all(f"  {name}: " in text for name in shown.network.layers)


def test_spikes_and_settling_times_are_told_where_there_are_some(shown):
    found, network = shown.network.verify(shown.images), shown.network
    spiking = network.neuron.spiking if isinstance(network, sn.Hybrid) else network.mode.spiking
    assert all((layer.spikes is not None) == spiking for layer in found.layers.values())
    if spiking:
        counts = network.record(shown.images, record="count")
        assert {name: layer.spikes for name, layer in found.layers.items()} == {
            name: pytest.approx(recording.count.mean()) for name, recording in counts.items()
        }
    moving = isinstance(network, sn.hybrid.BrianNetwork) and not isinstance(network.mode, sn.SteadyState)
    assert (found.settling is not None) == moving
    if moving:
        assert found.settling.shape == (5,) and "ms on (median)" in str(found)


def test_a_recording_is_by_layer_and_holds_what_was_asked_for(shown):
    whole = shown.network.record(shown.images)
    assert tuple(whole) == shown.network.layers
    for recording in whole.values():
        assert isinstance(recording, Recording) and list(recording.values) == ["mean"]
        assert recording.mean.shape == recording.shape
    last = shown.network.layers[-1]
    final = shown.network.record(shown.images, record=("final", "mean"), units={last: [3, 1]})
    assert list(final) == [last] and final[last].shape == (5, 2)
    np.testing.assert_array_equal(final[last].mean, whole[last].mean[:, [3, 1]])
    chosen = shown.network.record(shown.images, layers=last, units={last: [1]}, record="final")
    np.testing.assert_array_equal(chosen[last].final, final[last].final[:, 1:])


def test_the_mean_is_that_of_the_trace_and_at_steady_state_the_value_itself(shown):
    still = isinstance(getattr(shown.network, "mode", None), sn.SteadyState)
    found = shown.network.record(shown.images, record=("mean", "final" if still else "trace"))
    for recording in found.values():
        wanted = recording.final if still else recording.trace.mean(axis=1)
        np.testing.assert_allclose(recording.mean, wanted, atol=1e-12)


def test_spikes_of_chosen_units_are_numbered_from_zero(shown):
    last = shown.network.layers[-1]
    if "count" not in shown.network.decoders:
        with pytest.raises(InvalidValueError, match="has no threshold"):
            shown.network.record(shown.images, record="spikes")
        return
    whole = shown.network.record(shown.images, record=("spikes", "count"))[last]
    part = shown.network.record(shown.images, units={last: [2, 0]}, record=("spikes", "count"))[last]
    assert isinstance(part.spikes, Spikes) and len(whole.spikes) > 0
    for sample in range(5):
        for new, old in enumerate([2, 0]):
            np.testing.assert_array_equal(part.spikes.times_of(sample, new), whole.spikes.times_of(sample, old))
    np.testing.assert_array_equal(part.count, whole.count[:, [2, 0]])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": "third"}, "no neurons are called 'third'; there are "),
        ({"layers": []}, r"layers is \[\], wanted a name or several"),
        ({"units": [1, 2]}, r"units are \[1, 2\], wanted a mapping such as {'"),
        ({"record": ()}, r"record is \(\), wanted a name or several"),
        ({"variable": "loud"}, "the variable is 'loud'|unknown variable 'loud'|has no .*loud"),
    ],
)
def test_what_a_network_has_not_is_not_recorded(shown, settings, message):
    with pytest.raises(InvalidValueError, match=message):
        shown.network.record(shown.images, **settings)


def test_units_that_a_layer_has_not_are_not_recorded(shown):
    last = shown.network.layers[-1]
    with pytest.raises(InvalidValueError, match=rf"the units of {last} are \[99\], wanted one whole number or more"):
        shown.network.record(shown.images, units={last: [99]})


def test_logits_are_by_image_and_class_and_pieces_of_them_over_time(shown):
    assert shown.network.logits(shown.images).shape == (5, 3)
    over_time = shown.network.logits_over_time(shown.images)
    assert over_time.shape[::2] == (5, 3)
    pieces = list(shown.network.stream_logits(shown.images))
    np.testing.assert_array_equal(np.concatenate([logits for _, logits in pieces]), over_time)
    assert pieces[0][0].start == 0 and pieces[-1][0].stop == 5


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "evaluate"])
def test_progress_is_told_up_to_the_end(shown, verb):
    told = []
    found = getattr(shown.network, verb)(shown.images, progress=told.append)
    if verb == "stream_logits":
        list(found)
    assert told == sorted(told) and told[-1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (lambda images: images[:, :3], InvalidValueError, r"\(5, 3\).* wanted \("),
        (lambda images: images[0], InvalidValueError, r"\(\d+,\).* wanted \("),
        (lambda images: np.full_like(images, np.nan), InvalidValueError, "number 0 of the images holds a NaN"),
        (lambda images: [[0.0], [1.0, 2.0]], InvalidTypeError, r"the images are list of object; wanted numbers"),
        (lambda images: "images", InvalidTypeError, "the images are str of <U6"),
        (lambda images: None, InvalidTypeError, "the images are NoneType"),
    ],
)
def test_images_that_a_network_cannot_take_are_refused_at_once(shown, images, error, message):
    given = images(shown.images)
    for verb in VERBS:
        labels = () if verb != "evaluate" else (np.zeros(len(given) if given is not None else 5, int),)
        with pytest.raises(error, match=message):
            getattr(shown.network, verb)(given, *labels)


def test_images_are_checked_once_a_call(shown, monkeypatch):
    """However often a network hands them on; `validate.check_images` is what looks at every number."""
    checked = []
    for module in ("hybrid_network", "conductance.checks"):
        monkeypatch.setattr(
            f"spikenet.hybrid.{module}.check_images", lambda images: checked.append(1) or check_images(images)
        )
    for verb in VERBS:
        checked.clear()
        getattr(shown.network, verb)(shown.images, *([np.zeros(5, int)] if verb == "evaluate" else []))
        assert len(checked) == 1, verb


def test_lists_of_numbers_are_images_too(shown):
    np.testing.assert_array_equal(
        shown.network.predict(np.asarray(shown.images).tolist()), shown.network.predict(shown.images)
    )
