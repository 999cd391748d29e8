import numpy as np

from spikenet.papers.bogatenko2023.decoder_comparison import count_correct_by_decoder, decode_all


class Scripted:
    """A network whose logits are given: two images, ten instants a millisecond apart, three classes."""

    sample_dt = 1e-3

    def __init__(self):
        logits = np.zeros((2, 10, 3))
        logits[:, :6, 2] = 1  # wins for the longest time
        logits[:, 6:, 1] = 9  # and this one by the mean
        self.pieces = [(slice(0, 1), logits[:1]), (slice(1, 2), logits[1:])]

    def stream_logits(self, images, *, progress):
        yield from self.pieces


def test_one_pass_serves_every_decoder():
    found = decode_all(Scripted(), None, "0 ms")
    assert found["dwell"].tolist() == found["smooth"].tolist() == [2, 2]
    assert found["mean"].tolist() == [1, 1]


def test_a_slow_filter_hands_the_end_to_who_was_there_at_the_start():
    """tau dy/dt = x - y from y = (0, 0, 1): over 4 ms class 1 rises to 9 (1 - exp(-4/tau)), class 2 falls to
    exp(-4/tau). With tau = 100 ms that is 0.35 against 0.96: class 2 wins at every instant."""
    network = Scripted()
    network.pieces[0][1][:, 6:, 2] = 0.5
    assert decode_all(network, None, "100 ms")["smooth"][0] == 2


def test_scores_are_the_counts_by_decoder():
    found = count_correct_by_decoder(Scripted(), None, np.array([2, 1]), "0 ms")
    assert found["dwell"].tolist() == [0, 0, 1] + [0] * 7
    assert found["mean"].tolist() == [0, 1, 0] + [0] * 7
