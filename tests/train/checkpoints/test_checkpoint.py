import json
import os

import ml_dtypes
import numpy as np
import pytest

from spikenet.errors import CheckpointError
from spikenet.train import Epoch, History
from spikenet.train.checkpoints.checkpoint import TrainingIdentity, TrainingState, read_checkpoint, write_checkpoint

RNG = np.random.default_rng(1)
STATE = TrainingState(
    History((Epoch(1, 0.1 + 0.2, 0.5, 0.25, (None, 1 / 3), 1e-3, 2.0),)),
    first_loss=2.5,
    model=[RNG.normal(size=(3, 2)).astype("float32"), np.array(7), np.array([2**40, 1]), np.array([True])],
    optimizer=[np.array(12, dtype="int64")],
    best=[],
)
IDENTITY = TrainingIdentity({"batch": "3"}, ("a (3, 2) float32", "b", "c", "d"), ("iteration",))


@pytest.fixture
def path(tmp_path):
    write_checkpoint(tmp_path / "epoch-0001.npz", STATE, IDENTITY)
    return tmp_path / "epoch-0001.npz"


def test_all_comes_back_bit_by_bit(path):
    state, identity = read_checkpoint(path)
    assert identity == IDENTITY
    assert (state.history, state.first_loss, state.best) == (STATE.history, 2.5, [])
    for found, wanted in zip([*state.model, *state.optimizer], [*STATE.model, *STATE.optimizer], strict=True):
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)


def test_more_than_ten_arrays_keep_their_order(tmp_path):
    many = [np.array(number) for number in range(25)]
    write_checkpoint(tmp_path / "x.npz", TrainingState(History(), 1.0, many, [], many[::-1]), IDENTITY)
    state, _ = read_checkpoint(tmp_path / "x.npz")
    assert [int(array) for array in state.model] == list(range(25))
    assert [int(array) for array in state.best] == list(range(24, -1, -1))


def test_bfloat16_is_kept_exactly(tmp_path):
    values = RNG.normal(size=100).astype(ml_dtypes.bfloat16)
    write_checkpoint(tmp_path / "x.npz", TrainingState(History(), 1.0, [values], [], []), IDENTITY)
    np.testing.assert_array_equal(read_checkpoint(tmp_path / "x.npz")[0].model[0].astype(ml_dtypes.bfloat16), values)


def test_a_file_cut_anywhere_is_refused_by_name(path):
    whole = path.read_bytes()
    for part in (0.0, 0.01, 0.3, 0.6, 0.9, 0.99):
        path.write_bytes(whole[: int(part * len(whole))])
        with pytest.raises(CheckpointError, match="epoch-0001.npz cannot be read"):
            read_checkpoint(path)
    path.unlink()
    with pytest.raises(CheckpointError, match="epoch-0001.npz cannot be read"):
        read_checkpoint(path)


def test_a_changed_number_is_found_by_the_checksum(path):
    """A whole npz file, with right check sums of its own, but with one weight changed."""
    with np.load(path) as stored:
        arrays = dict(stored)
    arrays["model0"][1, 1] += 1e-6
    np.savez(path, **arrays)
    with pytest.raises(CheckpointError, match="its checksum is wrong"):
        read_checkpoint(path)


def test_a_flipped_bit_never_goes_unseen(path):
    """Either the file is refused, or what is read from it is the same (names and dates in a zip tell nothing)."""
    whole, refused = path.read_bytes(), 0
    for place in range(0, len(whole), 37):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        try:
            state, identity = read_checkpoint(path)
        except CheckpointError:
            refused += 1
            continue
        assert identity == IDENTITY and state.history == STATE.history
        assert all(np.array_equal(one, two) for one, two in zip(state.model, STATE.model, strict=True))
    assert refused > 20


def test_files_of_others_are_refused(tmp_path):
    np.savez(tmp_path / "weights.npz", np.zeros(3))
    np.savez(tmp_path / "pickle.npz", checksum=np.array({"a": 1}, dtype=object))
    for name in ("weights.npz", "pickle.npz"):
        with pytest.raises(CheckpointError, match=f"{name} cannot be read"):
            read_checkpoint(tmp_path / name)


def test_another_format_is_refused(path, monkeypatch):
    monkeypatch.setattr("spikenet.train.checkpoints.checkpoint.FORMAT", 3)
    with pytest.raises(CheckpointError, match="it has format 2, wanted 3"):
        read_checkpoint(path)


@pytest.mark.parametrize("point", ["fsync", "replace"])
def test_an_end_at_any_moment_leaves_the_file_that_was_there(path, monkeypatch, point):
    def die(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, point, die)
    with pytest.raises(KeyboardInterrupt):
        write_checkpoint(path, TrainingState(History(), 0.0, [], [], []), IDENTITY)
    assert read_checkpoint(path)[0].first_loss == 2.5


def test_there_is_no_pickle_in_it(path):
    with np.load(path, allow_pickle=False) as stored:
        assert {"meta", "checksum", "model0", "optimizer0"} <= set(stored)
        assert json.loads(str(stored["meta"]))["settings"] == {"batch": "3"}
