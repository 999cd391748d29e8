"""Learning in blocks, which can be interrupted."""

import numpy as np
import pytest

from spikenet.papers.gupta_naveed.digits.learning import Showing, Shown, digit_program
from spikenet.papers.gupta_naveed.digits.network import DigitSettings

SMALL = DigitSettings(neurons=10, pixels=100, total=20.0)


class _Killed(Exception):
    """What ends a run."""


def test_what_was_shown_comes_back_from_its_file(tmp_path):
    states = {"learning.w": np.array([0.1, 0.2], np.float32)}
    shown = Shown(np.arange(3), np.ones((3, 2), np.int32), 7, 10, 1.5, ((4, 0.25), (7, 0.5)), states)
    shown.save(tmp_path / "shown.npz")
    again = Shown.load(tmp_path / "shown.npz")
    assert (again.n, again.presentations, again.seconds, again.measured) == (7, 10, 1.5, ((4, 0.25), (7, 0.5)))
    np.testing.assert_array_equal(again.counts, shown.counts)
    assert again.states["learning.w"].tobytes() == shown.states["learning.w"].tobytes()


@pytest.mark.slow
def test_an_interrupted_network_learns_the_same_bits(tmp_path):
    """Interrupted after one block, then after two more, each time with a program that is started anew."""
    images = np.random.default_rng(1).integers(0, 200, (12, 100))
    states = []
    for folder, after in (("whole", ()), ("pieces", (1, 2))):
        (tmp_path / folder).mkdir()
        for stop in (*after, None):
            with digit_program(SMALL, 4, seed=2) as program:
                blocks = []

                def measure(shown, stop=stop, blocks=blocks):
                    if len(blocks) == stop:
                        raise _Killed
                    blocks.append(shown.n)
                    return shown.counts.sum()

                how = Showing(True, 5, Shown.nothing(10), tmp_path / folder / "learn.npz", measure, keep=8)
                try:
                    shown = program.show(images, 16, how)
                except _Killed:
                    continue
        states.append(shown)
    whole, pieces = states
    assert whole.n == pieces.n >= 16
    assert whole.measured == pieces.measured
    assert [n for n, _ in whole.measured] == sorted(n for n, _ in whole.measured)
    assert len(whole.images) == len(whole.counts) == 8
    for name, values in whole.states.items():
        assert values.tobytes() == pieces.states[name].tobytes(), name
    assert len(np.unique(whole.states["learning.w"])) > 100
    np.testing.assert_array_equal(whole.counts, pieces.counts)
