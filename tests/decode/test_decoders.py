import numpy as np
import pytest

from spikenet.decode import DECODERS, Readout, latency_score
from spikenet.recording import RECORDABLE

RNG = np.random.default_rng(6)
MEAN = RNG.standard_normal((20, 6))
RECORDED = {
    "trace": MEAN[:, np.newaxis] + 0.3 * RNG.standard_normal((20, 101, 6)),  # (sample, time, unit), no ties in time
    "mean": MEAN,
    "count": RNG.integers(0, 9, (20, 6)),
    "first_spike": np.where(RNG.random((20, 6)) < 0.2, np.inf, RNG.exponential(0.01, (20, 6))),
}
READOUT = Readout(RNG.standard_normal((6, 4)), RNG.standard_normal(4))
every_decoder = pytest.mark.parametrize("decoder", DECODERS.values(), ids=list(DECODERS))


def test_the_decoders_are_there_under_their_names():
    needs = {name: decoder.needs for name, decoder in DECODERS.items()}
    assert needs.items() >= {"dwell": "trace", "mean": "mean", "count": "count", "latency": "first_spike"}.items()
    assert all(decoder.name == name for name, decoder in DECODERS.items())


@every_decoder
def test_a_decoder_needs_what_a_recording_can_keep(decoder):
    assert decoder.needs in RECORDABLE


@every_decoder
def test_a_decoder_gives_one_class_a_sample(decoder):
    found = decoder(RECORDED[decoder.needs], READOUT)
    assert found.shape == (20,) and found.dtype.kind == "i"
    assert 0 <= found.min() and found.max() < 4
    assert len(np.unique(found)) > 1


@every_decoder
def test_samples_are_decoded_alone(decoder):
    values = RECORDED[decoder.needs]
    one_by_one = [decoder(values[i : i + 1], READOUT).item() for i in range(len(values))]
    assert one_by_one == decoder(values, READOUT).tolist()


@every_decoder
def test_classes_follow_when_the_readouts_columns_are_exchanged(decoder):
    order = np.array([2, 0, 3, 1])
    values = RECORDED[decoder.needs]
    exchanged = decoder(values, Readout(READOUT.weights[:, order], READOUT.bias[order]))
    assert order[exchanged].tolist() == decoder(values, READOUT).tolist()


@every_decoder
def test_where_nothing_changes_with_time_a_decoder_reads_out_what_it_is_given(decoder):
    """The trace at any instant, means and counts as they are, and of first spikes their latency score."""
    values = score = RECORDED[decoder.needs]
    if decoder.needs == "trace":
        values, score = np.repeat(MEAN[:, np.newaxis], 7, axis=1), MEAN
    elif decoder.needs == "first_spike":
        score = latency_score(values)
    assert decoder(values, READOUT).tolist() == READOUT(score).argmax(axis=1).tolist()


@every_decoder
def test_no_samples_give_no_classes(decoder):
    assert decoder(RECORDED[decoder.needs][:0], READOUT).shape == (0,)
